#include "simulator/network/fair_share.hpp"

namespace matinee::network {

namespace {

bool crosses(const LinkSet& set, uint32_t link) { return std::find(set.begin(), set.end(), link) != set.end(); }

uint64_t an_eighth_above(uint64_t bits) { return bits + std::min(bits / 8 + 1, UINT64_MAX - bits); }

}  // namespace

// Rounds of progressive filling: the least level at which a link would be full decides. Flows whose caps lie at or
// below it get their caps; if there are none, the flows of that link get the level.
//
// Levels only rise, so two things save most of the looks at flows. All caps up to a level known to be too low for any
// link to be full can be closed at once: the level of the allocation before, less a bit, is guessed, and then verified.
// And flows with caps far above the level need no look until it comes near them.
void FairShare::allocate(std::span<const SharedFlow> flows, std::span<const LinkSet> link_sets,
                         std::span<const uint64_t> capacity_bits) {
    flows_ = flows;
    link_sets_ = link_sets;
    capacity_bits_ = capacity_bits;
    const bool cannot_overflow = flows.empty() || first_level_bits_ < UINT64_MAX / flows.size();
    uint64_t done_up_to = cannot_overflow ? first_level_bits_ - first_level_bits_ / 16 : 0;
    if (!start_at(done_up_to)) {
        done_up_to = 0;
        start_at(0);
    }
    first_level_bits_ = 0;
    for (;;) {
        const auto [level, link] = tightest();
        if (link == kNoLink) return;
        if (level > near_up_to_bits_) gather_near(done_up_to, level);
        done_up_to = level;
        if (!close_up_to(level)) {
            if (first_level_bits_ == 0) first_level_bits_ = level;
            close_those_on(link, level);
        }
        take_off_links();
    }
}

/// Begins with all flows closed whose caps are at most `level_bits`. False where links cannot give that much to all
/// others.
bool FairShare::start_at(uint64_t level_bits) {
    left_bits_.assign(capacity_bits_.begin(), capacity_bits_.end());
    open_flows_.assign(capacity_bits_.size(), 0);
    levels_.assign(link_sets_.size(), UINT64_MAX);
    open_.assign(link_sets_.size(), 0);
    closed_.assign(link_sets_.size(), {});
    near_up_to_bits_ = an_eighth_above(level_bits);
    near_.resize(flows_.size());
    size_t near = 0;
    for (const SharedFlow& flow : flows_) {
        const bool closes = flow.cap_bits <= level_bits;
        Sum& sum = closed_[flow.link_set];
        sum.bits += closes ? flow.cap_bits : 0;
        sum.flows += closes;
        ++open_[flow.link_set];
        near_[near] = flow;
        near += !closes && flow.cap_bits <= near_up_to_bits_;
    }
    near_.resize(near);
    for (size_t set = 0; set < link_sets_.size(); ++set)
        for (const uint32_t link : link_sets_[set])
            if (link != kNoLink) open_flows_[link] += open_[set];
    return take_off_links() && tightest().level_bits >= level_bits;
}

/// The link that would be full first if all open flows got the same.
FairShare::Tightest FairShare::tightest() const {
    Tightest least;
    for (uint32_t link = 0; link < left_bits_.size(); ++link) {
        if (open_flows_[link] == 0) continue;
        const uint64_t at = left_bits_[link] / open_flows_[link];
        if (least.link == kNoLink || at < least.level_bits) least = {at, link};
    }
    return least;
}

/// Looks at all flows again: at and up to a bit above `level_bits`, which is beyond what is near.
void FairShare::gather_near(uint64_t above_bits, uint64_t level_bits) {
    near_up_to_bits_ = an_eighth_above(level_bits);
    near_.clear();
    for (const SharedFlow& flow : flows_)
        if (flow.cap_bits > above_bits && flow.cap_bits <= near_up_to_bits_) near_.push_back(flow);
}

/// Closes the open flows whose caps are at most `level_bits`, at their caps; says whether there were any.
bool FairShare::close_up_to(uint64_t level_bits) {
    bool any = false;
    std::erase_if(near_, [&](const SharedFlow& flow) {
        if (flow.cap_bits > level_bits) return false;
        if (levels_[flow.link_set] != UINT64_MAX) return true;  // closed with its link
        closed_[flow.link_set].bits += flow.cap_bits;
        ++closed_[flow.link_set].flows;
        any = true;
        return true;
    });
    return any;
}

/// Closes the open flows of a full link at the level.
void FairShare::close_those_on(uint32_t link, uint64_t level_bits) {
    for (size_t set = 0; set < link_sets_.size(); ++set) {
        if (levels_[set] != UINT64_MAX || !crosses(link_sets_[set], link)) continue;
        levels_[set] = level_bits;
        closed_[set] = {level_bits * open_[set], open_[set]};
    }
}

/// Takes what has been closed off the links; false where that is more than there is.
bool FairShare::take_off_links() {
    bool fits = true;
    for (size_t set = 0; set < link_sets_.size(); ++set) {
        if (closed_[set].flows == 0) continue;
        open_[set] -= closed_[set].flows;
        for (const uint32_t link : link_sets_[set]) {
            if (link == kNoLink) continue;
            fits &= closed_[set].bits <= left_bits_[link];
            left_bits_[link] -= closed_[set].bits;
            open_flows_[link] -= closed_[set].flows;
        }
        closed_[set] = {};
    }
    return fits;
}

}  // namespace matinee::network
