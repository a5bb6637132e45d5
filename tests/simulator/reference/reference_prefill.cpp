// Objects put in place before they are asked for.
#include <algorithm>

#include "tests/simulator/reference/reference_world.hpp"

namespace matinee::reference {

namespace {

/// Until the local clock stands within [from, to); 0 if it does. `to` below `from`: over midnight.
TimeNs until_hours(TimeNs local, TimeNs from, TimeNs to) {
    const bool inside = from <= to ? from <= local && local < to : local >= from || local < to;
    if (inside) return 0;
    return local <= from ? from - local : from + kDay - local;
}

}  // namespace

void Site::insert(uint32_t server, uint64_t page, bool evicts) {
    const auto playable = uint32_t(page / model().library.rungs());
    const auto rung = uint32_t(page % model().library.rungs());
    for (uint32_t i = 0; i < model().library.segments(playable); ++i)
        nodes_[server].prefill(model().key_of(playable, rung, i), model().library.segment_bytes(playable, rung, i),
                               now(), evicts);
}

static Bytes bytes_of(const population::Library& library, uint64_t page) {
    const auto playable = uint32_t(page / library.rungs());
    Bytes sum = 0;
    for (uint32_t i = 0; i < library.segments(playable); ++i)
        sum += library.segment_bytes(playable, uint32_t(page % library.rungs()), i);
    return sum;
}

/// For each server the playables that it should hold, the most wanted first: releases that are due, then by popularity.
/// A server takes them in order until one does not fit.
std::vector<std::vector<uint32_t>> Site::choose_prefill() const {
    const population::Library& library = model().library;
    const auto& releases = scenario().releases;
    std::vector<uint32_t> order;
    for (uint32_t r = 0; r < releases.size(); ++r)
        if (releases[r].prefill && *releases[r].prefill <= 0) order.push_back(library.release_playable(r));
    const std::vector<double> share = library.popularity(model().topology.sites[id_].region, 0);
    std::vector<std::pair<double, uint32_t>> rest;
    for (uint32_t p = 0; p < share.size(); ++p)
        if (share[p] > 0 && std::count(order.begin(), order.end(), p) == 0) rest.push_back({-share[p], p});
    std::sort(rest.begin(), rest.end());
    for (const auto& [negative, playable] : rest) order.push_back(playable);

    std::vector<std::vector<uint32_t>> chosen(nodes_.size());
    std::vector<Bytes> room(nodes_.size(), Bytes(double(group_->disk) * group_->prefill_share));
    std::vector<bool> full(nodes_.size());
    for (const uint32_t playable : order) {
        const uint32_t server = pick_server(playable);
        Bytes bytes = 0;
        for (uint32_t rung = 0; rung < library.rungs(); ++rung)
            bytes += bytes_of(library, model().rendition_of(playable, rung));
        if (bytes > room[server]) full[server] = true;
        if (full[server]) continue;
        room[server] -= bytes;
        chosen[server].push_back(playable);
    }
    return chosen;
}

void Site::prefill_at_start() {
    if (!group_->prefill || !group_->prefilled_at_start || nodes_[0].spec().holds_everything) return;
    const auto chosen = choose_prefill();
    for (uint32_t s = 0; s < nodes_.size(); ++s) {
        for (auto playable = chosen[s].rbegin(); playable != chosen[s].rend(); ++playable) {
            for (uint32_t rung = 0; rung < model().library.rungs(); ++rung) {
                insert(s, model().rendition_of(*playable, rung), false);
                ++totals.prefilled_at_start;
            }
        }
    }
}

void Site::plan_prefill() {
    if (!group_->prefill || nodes_[0].spec().holds_everything) return;
    const auto& releases = scenario().releases;
    const uint32_t rungs = model().library.rungs();
    for (uint32_t r = 0; r < releases.size(); ++r) {
        if (!releases[r].prefill) continue;
        if (*releases[r].prefill <= 0 && group_->prefilled_at_start) continue;
        const TimeNs time = std::max<TimeNs>(0, *releases[r].prefill);
        const uint32_t playable = model().library.release_playable(r);
        const uint32_t server = pick_server(playable);
        for (uint32_t rung = 0; rung < rungs; ++rung)
            prefill_[server].releases.push_back({time, model().rendition_of(playable, rung)});
        wake_prefill(server, time);
    }
    if (group_->prefilled_at_start) return;
    const auto chosen = choose_prefill();
    for (uint32_t s = 0; s < nodes_.size(); ++s) {
        for (auto playable = chosen[s].rbegin(); playable != chosen[s].rend(); ++playable)
            for (uint32_t rung = rungs; rung > 0; --rung)
                prefill_[s].queue.push_back(model().rendition_of(*playable, rung - 1));
        wake_prefill(s, 0);
    }
}

void Site::wake_prefill(uint32_t server, TimeNs time) {
    When when = event(time, Kind::PrefillWake, server);
    when.third = numbers_++;
    at(when, [this, server] { continue_prefill(server); });
}

void Site::take_prefill_back(Prefill& prefill) {
    prefill.ask.reset();
    if (prefill.release) {
        prefill.releases.insert(prefill.releases.begin(), {*prefill.release, prefill.page});
    } else {
        prefill.queue.push_back(prefill.page);
    }
}

/// The next rendition, if none is under way and one may be fetched now.
void Site::continue_prefill(uint32_t s) {
    Prefill& prefill = prefill_[s];
    if (!up_[s]) return;
    if (prefill.ask) {
        if (now() < prefill.asked_ns + 10 * kMinute) return;
        take_prefill_back(prefill);
        ++totals.prefill_lost;
    }
    uint64_t page = 0;
    prefill.release.reset();
    const auto release = std::find_if(prefill.releases.begin(), prefill.releases.end(),
                                      [&](const auto& waiting) { return waiting.first <= now(); });
    if (release != prefill.releases.end()) {
        page = release->second;
        prefill.release = release->first;
        prefill.releases.erase(release);
    } else {
        if (prefill.queue.empty()) return;
        const double offset_h = scenario().regions[model().topology.sites[id_].region].utc_offset_h;
        const TimeNs local = scenario().time.start_unix_s * kSecond + TimeNs(offset_h * double(kHour)) + now();
        const TimeNs wait = until_hours(((local % kDay) + kDay) % kDay, TimeNs(group_->fill_from_h * double(kHour)),
                                        TimeNs(group_->fill_to_h * double(kHour)));
        if (wait > 0) return wake_prefill(s, now() + wait);
        page = prefill.queue.back();
        prefill.queue.pop_back();
    }
    Ask ask;
    ask.number = numbers_++;
    prefill.ask = ask.number;
    prefill.asked_ns = now();
    prefill.page = page;
    wake_prefill(s, now() + 10 * kMinute);
    const auto playable = uint32_t(page / model().library.rungs());
    const auto root = model().topology.roots[id_].choose(*table_, mix64(playable), kNobody, false);
    if (root.site == kNobody || path_condition_.down) return;
    ask.purpose = Ask::For::Prefill;
    ask.playable = playable;
    ask.key = model().key_of(playable, uint32_t(page % model().library.rungs()), 0);
    ask.size = bytes_of(model().library, page);
    const double whole = double(scenario().cdn.fill_flow_kbps);
    send_up(ask, root, now(), group_->fill_kbps == 0 ? 1 : std::min(1.0, double(group_->fill_kbps) / whole));
}

void Site::prefill_answered(const Ask& ask, bool ok) {
    const auto prefill =
        std::find_if(prefill_.begin(), prefill_.end(), [&](const Prefill& p) { return p.ask == ask.number; });
    if (prefill == prefill_.end() || !ok) return;  // asked before a crash, or to be asked again in a while
    const auto server = uint32_t(prefill - prefill_.begin());
    prefill->ask.reset();
    if (up_[server]) {
        nodes_[server].counters.prefill_bytes += ask.size;
        const uint32_t rung = model().library.place_of(ask.key).rung;
        insert(server, model().rendition_of(ask.playable, rung), model().library.is_release(ask.playable));
        ++totals.prefill_transfers;
    }
    continue_prefill(server);
}

}  // namespace matinee::reference
