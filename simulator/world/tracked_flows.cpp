#include "simulator/world/tracked_flows.hpp"

#include <algorithm>

namespace matinee::world {

constexpr size_t kRowsAhead = 24;  // for which memory is asked

uint32_t TrackedFlows::take() {
    if (free_.empty()) {
        hot_.emplace_back();
        rest_.emplace_back();
        return places() - 1;
    }
    const uint32_t place = free_.back();
    free_.pop_back();
    return place;
}

void TrackedFlows::set(uint32_t place, const Rest& rest, uint64_t left_bits, uint32_t link_set) {
    hot_[place] = {left_bits, 0, kNever, 0, link_set};
    rest_[place] = rest;
    rest_[place].is_over = false;
}

void TrackedFlows::watch(uint32_t place, TimeNs late_ns) {
    rest_[place].late_ns = late_ns;
    if (!rest_[place].is_over) hot_[place].steady_until = 0;
}

void TrackedFlows::prefetch(uint32_t place) const {
    matinee::prefetch(&hot_[place]);
    matinee::prefetch(&rest_[place]);
}

void TrackedFlows::renew(const network::TraceRow* rows, TimeNs now, TimeNs end) {
    ++tick_;
    now_ = now;
    end_ = end;
    renewals_.clear();
    stale_.resize(hot_.size());
    size_t stale = 0;
    for (uint32_t place = 0; place < hot_.size(); ++place) {
        stale_[stale] = place;
        stale += hot_[place].steady_until <= tick_;
    }
    stale_.resize(stale);
    for (size_t i = 0; i < stale; ++i) {
        if (i + 2 * kRestAhead < stale) matinee::prefetch(&rest_[stale_[i + 2 * kRestAhead]]);
        if (i + kRowsAhead < stale) network::prefetch_rows(rows, rest_[stale_[i + kRowsAhead]].path.cursor);
        renew(stale_[i], rows);
    }
}

/// What its path carries in this tick, and in the next and those that follow while the same row lasts.
void TrackedFlows::renew(uint32_t place, const network::TraceRow* rows) {
    Hot& hot = hot_[place];
    Rest& rest = rest_[place];
    hot.steady_until = 0;
    hot.tick_bits = 0;
    if (rest.from_ns >= end_) return;
    const TimeNs from = std::max(rest.from_ns, now_);
    network::RowInForce next;
    hot.tick_bits = network::carried_bits(rows, rest.path, from, end_, next);
    if (from > now_) return;
    hot.late_ns = std::min(hot.late_ns, rest.late_ns);
    rest.late_ns = kNever;
    const TimeNs step = end_ - now_;
    const int64_t ticks = std::min<int64_t>((next.ends_ns - end_) / step, kForEver / 2);
    if (ticks > 0) renewals_.push_back({place, tick_ + 1 + uint32_t(ticks), next.bits_in(step, rest.path.scale)});
}

void TrackedFlows::offer(std::vector<network::SharedFlow>& flows, std::span<uint64_t> set_bits) const {
    flows.resize(hot_.size());
    for (size_t place = 0; place < hot_.size(); ++place) {
        const Hot& hot = hot_[place];
        const uint64_t cap = std::min(hot.left_bits, hot.tick_bits);
        flows[place] = {cap, hot.link_set};
        set_bits[hot.link_set] += cap;
    }
}

/// When it ends within the tick: the rest runs at the pace that its path and the links allow.
TimeNs TrackedFlows::end_of(uint32_t place, uint64_t granted_bits, uint64_t level_bits) const {
    const TimeNs from = std::max(rest_[place].from_ns, now_);
    const uint64_t pace = std::min(hot_[place].tick_bits, std::max(level_bits, granted_bits));
    const double part = pace == 0 ? 1 : double(granted_bits) / double(pace);
    return std::min(end_, from + TimeNs(double(end_ - from) * part) + 1);
}

void TrackedFlows::end_tick() {
    for (const Renewal& renewal : renewals_) {
        Hot& hot = hot_[renewal.place];
        if (hot.steady_until == kForEver) continue;
        hot.steady_until = renewal.steady_until;
        hot.tick_bits = renewal.tick_bits;
    }
}

}  // namespace matinee::world
