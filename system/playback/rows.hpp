// What playback's own files share: rows as they are in the database and, for heartbeats, in the key-value store.
#pragma once

#include "system/base/service_error.hpp"
#include "system/playback/playback.hpp"

namespace matinee::playback {

/// The millisecond in which the stream of a token started, as [first, second); of what is no token, an empty one. Rows
/// lie in the order (user_id, started_at, token), and whoever has only the token finds the row by that.
std::pair<TimeNs, TimeNs> start_of(const std::string& token);

struct Playback::Open {
    std::string token;
    std::string profile_id;
    std::string title_id;
    int64_t position_s = 0;
    TimeNs moved_at = 0;
    TimeNs started_at = 0;
    TimeNs saved_at = 0;
    TimeNs lease_until = 0;

    /// Whether it has had a heartbeat, of which the first is always written.
    bool was_heard() const { return saved_at > started_at; }
};

/// An open stream: where its row is.
struct Playback::Place {
    std::string user_id;
    TimeNs started_at = 0;
    std::string token;
};

struct Playback::Stream {
    std::string user_id;
    int64_t duration_s = 0;
    TimeNs started_at = 0;
    TimeNs saved_at = 0;  ///< when the row was written last, and with which position
    int64_t saved_position_s = 0;
    TimeNs beat_at = 0;  ///< of the latest heartbeat
    int64_t position_s = 0;
    TimeNs moved_at = 0;
    int64_t watched_s = 0;
    int64_t sequence = -1;
    uint64_t version = 0;  ///< in the key-value store; 0: this is what its row says

    /// As the key-value store has it: the numbers as they are in memory, then the user's id.
    std::string bytes() const;
    static std::optional<Stream> parse(const std::string& bytes);
};

struct Playback::Saved {
    std::string title_id;
    std::string series_id;
    int64_t position_s = 0;
    int64_t duration_s = 0;
    TimeNs watched_at = 0;  ///< when the viewer was there
    TimeNs claimed_at = 0;  ///< start of the stream that says so
    TimeNs put_at = 0;
};

struct Playback::Admission {
    std::optional<ServiceError> refused;
    payments::Entitlement plan;
    profiles::Watcher watcher;
    std::string country;
};

struct Playback::Entering {
    const std::string& user_id;
    const StartRequest& request;
    const std::optional<catalog::Title>& title;
    std::string secret = {};
    std::string token = {};
    std::string stream_id = {};
    TimeNs now = 0;
    TimeNs lease_until = 0;
    bool pin_is_right = false;
    bool is_up_to_date = false;  ///< the rows that matter have been brought up to date
};

struct Playback::Entry {
    Admission admission;
    bool needs_pin = false;  ///< the title is beyond the profile's rating. Nothing was done
    bool full = false;       ///< every screen plays; `open` says which
    std::vector<Open> open;  ///< streams whose lease has not run out
    /// Streams whose rows decide something and may be behind. Where there are any, nothing was done.
    std::vector<std::string> to_write_up;
    int64_t resume_position_s = 0;
    std::string device_type;
};

template <class Select>
auto Playback::read_up_to_date(Select select)
    -> Task<std::invoke_result_t<Select&, SqlTransaction&, std::vector<std::string>&>> {
    std::vector<std::string> open;
    const auto look = [&](SqlTransaction& tx) {
        open.clear();
        return select(tx, open);
    };
    auto found = co_await sql_.read(look);
    if (open.empty()) co_return found;
    const bool were_behind = co_await write_up(std::move(open));
    if (were_behind) found = co_await sql_.read(look);
    co_return found;
}

inline std::string stream_key(const std::string& token) { return "stream:" + token; }
/// Notes in the key-value store that stand for a stream. The first is about to be ended because its player fell silent;
/// whether it was, its row says.
inline constexpr const char* kEnding = "ending";
inline constexpr const char* kOver = "over";

/// Events of streams, keyed by profile: {"title_id","user_id","profile_id"}.
Event stream_event(const char* type, const std::string& stream_id, const std::string& user_id,
                   const std::string& profile_id, const std::string& title_id, TimeNs at);

/// Within the title, where that has a known end.
inline int64_t clamped(int64_t position_s, int64_t duration_s) {
    return duration_s > 0 && position_s > duration_s ? duration_s : position_s;
}

}  // namespace matinee::playback
