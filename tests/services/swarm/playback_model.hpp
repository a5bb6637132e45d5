// What the clients of one household know of its streams, and what follows from it whatever happened in between: how
// many streams must be live, how many screens may be taken, where a profile may be in a title.
//
// A request is under way from when it is sent until it is answered or its process dies: only in between can it have
// an effect. Where nobody can know whether it had one, the model believes both.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "system/base/units.hpp"

namespace matinee::swarm {

struct Stream;

/// Somebody said that a profile is at that position of a title.
struct Claim {
    const Stream* stream = nullptr;  ///< whose heartbeat or stop it was; null: set outright
    int64_t position_s = 0;
    TimeNs sent = 0;
    TimeNs over = kNever;
    bool acknowledged = false;
    bool is_written = false;  ///< an acknowledgement of it means that it is in the database
    bool moves = false;       ///< nothing that the stream said before was this position
};

/// A profile in a title.
struct Place {
    std::string profile_id;
    std::string title_id;
    std::deque<Claim> claims;  // references stay
};

/// A stream that was asked for.
struct Stream {
    Place* place = nullptr;
    std::string device_id;
    TimeNs sent = 0;
    TimeNs start_over = kNever;
    std::string stream_id, token;  ///< empty: no answer, or none that has them
    int64_t resume_s = 0;
    TimeNs promised_until = 0;       ///< it is live until then, as the answers say
    TimeNs may_hold_until = kNever;  ///< it cannot hold a screen from then on
    int under_way = 0;
    bool is_closing = false;  ///< somebody asked for its end
    bool is_stopped = false;  ///< and was told so
};

class HouseholdModel {
public:
    struct Promise {
        int64_t screens = 1;
        TimeNs lease = 0;
        TimeNs save_every = 0;
    };
    explicit HouseholdModel(const Promise& promise) : promise_(promise) {}
    const Promise& promise() const { return promise_; }

    Place& add_place(const std::string& profile_id, const std::string& title_id);
    std::deque<Place>& places() { return places_; }
    std::deque<Stream>& streams() { return streams_; }
    /// Its profile goes: whatever was promised to it may end.
    void release_profile(const std::string& profile_id);

    // A stream's requests. `now` is when they are sent, or over.
    Stream& starts(Place& place, const std::string& device_id, TimeNs now);
    void sends(Stream& stream) { ++stream.under_way; }
    void is_over(Stream& stream, TimeNs now);
    void refused(Stream& stream) { stream.may_hold_until = 0; }
    void promised(Stream& stream, TimeNs sent);
    void asks_for_end(Stream& stream) { stream.is_closing = true, stream.promised_until = 0; }
    void ended(Stream& stream, TimeNs now);
    /// Those of a device that were there when that was asked for.
    void ended_on_device(const std::string& device_id, TimeNs asked, TimeNs now);

    Claim& claims(Place& place, const Stream* stream, int64_t position_s, TimeNs now, bool is_certainly_written);
    /// Far enough from everything that the stream ever said that the service cannot expect it.
    bool is_jump(const Stream& stream, int64_t position_s) const;

    /// Streams that were promised to be live now: never more than there are screens.
    int64_t promised_at(TimeNs now) const;
    /// When the next of them is not any more; kNever where there is none.
    TimeNs next_promise_ends(TimeNs now) const;
    /// Streams that can have been in the way of one that was sent then and is answered now.
    int64_t in_the_way_of(const Stream& refused) const;
    /// Whether somebody who asked in that time may be told that the profile is there. 0: nothing is known.
    bool may_be_at(const Place& place, int64_t position_s, TimeNs sent, TimeNs over) const;

private:
    bool is_outranked(const Place& place, const Claim& claim, TimeNs before) const;
    bool outranks(const Place& place, const Claim& winner, const Claim& loser) const;
    bool is_latest(const Place& place, const Stream& stream) const;

    Promise promise_;
    std::deque<Place> places_;
    std::deque<Stream> streams_;
};

}  // namespace matinee::swarm
