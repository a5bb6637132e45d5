#include "tests/services/swarm/playback_model.hpp"

#include <algorithm>
#include <cstdlib>

namespace matinee::swarm {

Place& HouseholdModel::add_place(const std::string& profile_id, const std::string& title_id) {
    return places_.emplace_back(Place{.profile_id = profile_id, .title_id = title_id, .claims = {}});
}

void HouseholdModel::release_profile(const std::string& profile_id) {
    for (Stream& stream : streams_)
        if (stream.place->profile_id == profile_id) asks_for_end(stream);
}

Stream& HouseholdModel::starts(Place& place, const std::string& device_id, TimeNs now) {
    Stream& stream = streams_.emplace_back();
    stream.place = &place;
    stream.device_id = device_id;
    stream.sent = now;
    sends(stream);
    return stream;
}

/// It had its effect by now, and a row's lease reaches `save_every` further than what the player is promised.
void HouseholdModel::is_over(Stream& stream, TimeNs now) {
    --stream.under_way;
    if (stream.start_over == kNever) stream.start_over = now;
    if (!stream.is_stopped) stream.may_hold_until = now + promise_.lease + promise_.save_every;
}

void HouseholdModel::promised(Stream& stream, TimeNs sent) {
    if (!stream.is_closing) stream.promised_until = std::max(stream.promised_until, sent + promise_.lease);
}

void HouseholdModel::ended(Stream& stream, TimeNs now) {
    stream.is_stopped = true;
    stream.may_hold_until = now;
}

void HouseholdModel::ended_on_device(const std::string& device_id, TimeNs asked, TimeNs now) {
    for (Stream& stream : streams_)
        if (stream.device_id == device_id && stream.start_over <= asked)
            stream.may_hold_until = std::min(stream.may_hold_until, now);
}

Claim& HouseholdModel::claims(Place& place, const Stream* stream, int64_t position_s, TimeNs now,
                              bool is_certainly_written) {
    bool moves = stream != nullptr && position_s != stream->resume_s;
    for (const Claim& claim : place.claims)
        if (claim.stream == stream && claim.position_s == position_s) moves = false;
    return place.claims.emplace_back(Claim{
        .stream = stream, .position_s = position_s, .sent = now, .is_written = is_certainly_written, .moves = moves});
}

bool HouseholdModel::is_jump(const Stream& stream, int64_t position_s) const {
    static constexpr int64_t kFar = 60;
    if (std::abs(position_s - stream.resume_s) < kFar) return false;
    const auto& claims = stream.place->claims;
    return std::none_of(claims.begin(), claims.end(), [&](const Claim& claim) {
        return claim.stream == &stream && std::abs(claim.position_s - position_s) < kFar;
    });
}

int64_t HouseholdModel::promised_at(TimeNs now) const {
    return std::count_if(streams_.begin(), streams_.end(),
                         [&](const Stream& stream) { return stream.promised_until > now; });
}

TimeNs HouseholdModel::next_promise_ends(TimeNs now) const {
    TimeNs next = kNever;
    for (const Stream& stream : streams_)
        if (stream.promised_until > now) next = std::min(next, stream.promised_until);
    return next;
}

int64_t HouseholdModel::in_the_way_of(const Stream& refused) const {
    return std::count_if(streams_.begin(), streams_.end(), [&](const Stream& stream) {
        return &stream != &refused && (stream.under_way > 0 || stream.may_hold_until > refused.sent);
    });
}

bool HouseholdModel::may_be_at(const Place& place, int64_t position_s, TimeNs sent, TimeNs over) const {
    if (position_s == 0 && !is_outranked(place, {.over = 0}, sent)) return true;
    return std::any_of(place.claims.begin(), place.claims.end(), [&](const Claim& claim) {
        return claim.position_s == position_s && claim.sent <= over && !is_outranked(place, claim, sent);
    });
}

bool HouseholdModel::is_outranked(const Place& place, const Claim& claim, TimeNs before) const {
    return std::any_of(place.claims.begin(), place.claims.end(), [&](const Claim& other) {
        return other.acknowledged && other.over <= before && outranks(place, other, claim);
    });
}

/// Whether it does whatever else happened, by the rules of system/playback/playback.hpp.
bool HouseholdModel::outranks(const Place& place, const Claim& winner, const Claim& loser) const {
    // Set outright: it wins against everything before it.
    if (winner.stream == nullptr) return loser.over <= winner.sent;
    // Within a stream the last one wins. One that brings nothing unexpected may be lost, but not what is older by
    // `save_every`.
    if (winner.stream == loser.stream) return loser.over <= winner.sent - (winner.is_written ? 0 : promise_.save_every);
    if (!winner.is_written || !winner.moves) return false;
    const bool nothing_before = loser.stream == nullptr && loser.over == 0;
    // Against a position that was set, only the stream that was started last.
    if (loser.stream == nullptr && !nothing_before)
        return loser.over <= winner.sent && is_latest(place, *winner.stream);
    // Among streams the one started later wins, unless something else was set in the meantime.
    if (!nothing_before && loser.stream->start_over > winner.stream->sent) return false;
    return std::none_of(place.claims.begin(), place.claims.end(),
                        [&](const Claim& claim) { return claim.stream == nullptr && claim.over > winner.sent; });
}

bool HouseholdModel::is_latest(const Place& place, const Stream& stream) const {
    return std::all_of(streams_.begin(), streams_.end(), [&](const Stream& other) {
        return &other == &stream || other.place != &place || other.start_over <= stream.sent;
    });
}

}  // namespace matinee::swarm
