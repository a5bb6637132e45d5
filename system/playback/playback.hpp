// Playback: who may start what, how many screens play at once, and where everybody left off.
//
// Screens. A start inserts a row into `streams` in the transaction that counts the account's other rows, so that
// however many start at once, there are never more than the plan has. A row counts until `lease_until`; heartbeats move
// that on. A player that vanishes frees its screen `lease` after its last heartbeat. A stream whose lease ran out is
// over: its token works for nothing but a last stop, which may still say where the viewer left off.
//
// Positions. While a stream is open, its row holds the position; when it ends, the position goes to `positions`.
// Readers put both together. What is believed:
// - Among streams of one title of a profile the one started last. A second screen that was left paused cannot pull the
//   position back, whatever its heartbeats or its stop say.
// - Within a stream what arrived last, or, where the player numbers its heartbeats, what has the highest number. A
//   heartbeat that comes after the stop changes nothing.
// - A position set outright (`set_position`), until a stream's position moves after that.
// - A stream that only repeats the position it was started with says nothing, unless it is stopped there.
//
// Starting. One transaction asks whether the account, the profile and the plan are there, and takes the screen: whatever
// was acknowledged before counts, whichever process did it, and nothing about them is kept anywhere else.
//
// Erasing. Accounts and profiles that go are heard of by event. The ids of profiles are remembered for a while, so that
// a position that was under way in that moment cannot stay behind.
// Refusals are ServiceErrors of the table.
#pragma once

#include <optional>

#include "system/accounts/api.hpp"
#include "system/base/json.hpp"
#include "system/payments/api.hpp"
#include "system/playback/api.hpp"
#include "system/playback/steering.hpp"
#include "system/ports/clock.hpp"
#include "system/ports/crypto.hpp"
#include "system/ports/event_log.hpp"
#include "system/ports/kv.hpp"
#include "system/ports/random.hpp"
#include "system/ports/sql.hpp"
#include "system/profiles/api.hpp"

namespace matinee::playback {

/// What playback needs of the host and of others. Everything outlives it.
struct Needs {
    Clock& clock;
    Random& random;
    Sql& sql;
    Kv& kv;
    Crypto& crypto;
    catalog::Titles& titles;
    payments::Entitlements& entitlements;
    profiles::Profiles& profiles;
    profiles::ParentalControl& parents;
    accounts::Directory& accounts;
};

struct StartRequest {
    std::string profile_id;
    std::string title_id;  ///< a film, an episode, or a series: then the episode in progress, else the next unwatched
    std::string device_id;
    std::string device_type;      ///< of Settings::device_caps; empty: as registered, or unknown
    int64_t most_lines = kNoCap;  ///< the best picture the player wants, by its height
    std::optional<std::string> pin;

    static constexpr int64_t kNoCap = 1'000'000;
};

struct Started {
    std::string token;
    std::string stream_id;
    std::string title_id;
    std::string series_id;  ///< of an episode
    int64_t resume_position_s = 0;
    int64_t duration_s = 0;
    int64_t most_lines = 0;  ///< what plan, device and player together allow
    std::string cdn;
    std::string manifest_url;
    std::string license_url;
    TimeNs expires_at = 0;  ///< of the token and both addresses
    std::string language;   ///< the profile's
};

/// The texts are the caller's, until the heartbeat is done.
struct Heartbeat {
    const std::string& token;
    int64_t position_s = 0;
    std::optional<int64_t> sequence;  ///< grows from heartbeat to heartbeat
    std::string_view quality;         ///< what is shown; empty: not said
};

struct Device {
    std::string device_id;
    std::string device_type;
    TimeNs registered_at = 0;
    TimeNs used_at = 0;  ///< to the day
};

/// One stream, past or present.
struct Viewing {
    std::string stream_id;
    std::string title_id;
    std::string series_id;
    std::string device_id;
    std::string quality;
    TimeNs started_at = 0;
    std::optional<TimeNs> ended_at;
    int64_t position_s = 0;
    int64_t watched_s = 0;
    int64_t duration_s = 0;
};

/// A title that a profile has begun.
struct Begun {
    Progress progress;
    catalog::Title title;
};

class Playback : public WatchRecord {
public:
    /// Throws InputError for settings that contradict themselves.
    Playback(const Needs& needs, const Settings& settings);

    /// NotFound (profile, title), SubscriptionRequired, NotInRegion (region or window), RatingBlocked, WrongPin,
    /// RateLimited (PINs), TooManyStreams, TooManyDevices, InvalidField (device type).
    Task<Started> start(std::string user_id, StartRequest request);
    /// NotFound where there is no such stream or it is over.
    Task<> heartbeat(const std::string& user_id, const Heartbeat& beat);
    /// Without a position the last one known is kept. Again is fine, and changes nothing. NotFound.
    Task<> stop(std::string user_id, std::string token, std::optional<int64_t> position_s);
    /// Passes on what a player noticed, as an event. NotFound; InvalidField.
    Task<> report(std::string user_id, std::string token, const Json& events);

    /// The latest first. NotFound for somebody else's profile; so below.
    Task<std::vector<Viewing>> history(std::string user_id, std::string profile_id, size_t limit);
    Task<std::vector<Begun>> continue_watching(std::string user_id, std::string profile_id, size_t limit);
    Task<> require_profile(std::string user_id, std::string profile_id);
    /// InvalidField for a series.
    Task<Progress> set_position(std::string user_id, std::string profile_id, std::string title_id, int64_t position_s);
    Task<std::vector<Progress>> unfinished(std::string profile_id, size_t limit) override;

    Task<std::vector<Device>> devices(std::string user_id);
    /// Its streams end. NotFound.
    Task<> remove_device(std::string user_id, std::string device_id);

    /// Everything that is kept of a user who has these profiles, as JSON.
    Task<std::string> export_of(std::string user_id, std::vector<std::string> profile_ids);
    /// Deletes what is kept of accounts and profiles that went since the last time; leaves the rest to the next time
    /// where that takes too long.
    Task<> follow(EventLog& log, TimeNs until = kNever);
    /// Ends streams whose lease ran out; at most `limit`. How many it looked at.
    Task<size_t> end_abandoned(size_t limit);
    /// Deletes at most `limit` each of forgotten devices and of notes about what was erased; how many of
    /// those there were more of.
    Task<size_t> forget(size_t limit);
    /// Writes down what only the key-value store knows of open streams: before a process ends, and that store with it.
    Task<> write_up_all();

    const Settings& settings() const { return settings_; }

private:
    struct Open;      // an open stream as another start sees it
    struct Place;     // where the row of a stream is
    struct Stream;    // a stream as its own heartbeats see it
    struct Saved;     // a position
    struct Admission;  // whether somebody may watch, and what
    struct Entering;   // a start before its transaction
    struct Entry;      // how that went
    using Noted = std::vector<std::pair<std::string, Stream>>;  // tokens, and streams as their heartbeats left them

    // start.cpp
    Task<std::optional<catalog::Title>> title_to_play(const std::string& user_id, const StartRequest& request);
    Task<catalog::Title> episode_to_play(const std::string& user_id, const StartRequest& request);
    void begin(Entering& entering);
    Task<Entry> try_to_enter(Entering& entering);
    Started started(const Entering& entering, const Entry& entry, const std::string& key) const;
    Admission admission(SqlTransaction& tx, const std::string& user_id, const std::string& profile_id,
                        TimeNs now) const;
    void check_title(const Entering& entering, Entry& entry) const;
    static bool is_of(const Open& stream, const Entering& entering);
    Entry enter(SqlTransaction& tx, const Entering& entering) const;
    std::string register_device(SqlTransaction& tx, const Entering& entering) const;
    int64_t cap_of(const std::string& device_type) const;
    Task<bool> end_vanished(std::vector<Open> open);
    Task<std::string> address_key();

    // heartbeat.cpp
    Task<Stream> load(const std::string& user_id, const std::string& token);
    bool is_open(const Stream& stream, const std::string& user_id, TimeNs now) const;
    void apply(Stream& stream, const Heartbeat& beat, TimeNs now) const;
    bool must_save(const Stream& stream, TimeNs now) const;
    bool write(SqlTransaction& tx, const std::string& token, const Stream& stream, TimeNs at,
               std::string_view quality) const;
    Task<bool> save(const Stream& stream, const Heartbeat& beat, TimeNs now);
    Task<Noted> noted(std::vector<std::string> tokens);
    Task<Noted> take_silent(Noted& streams);
    int64_t end_silent(SqlTransaction& tx, const Noted& silent) const;
    Task<bool> write_up(std::vector<std::string> tokens);
    /// What `select` reads; it adds the tokens of open streams that it looked at to its second argument.
    template <class Select>
    auto read_up_to_date(Select select)
        -> Task<std::invoke_result_t<Select&, SqlTransaction&, std::vector<std::string>&>>;
    TimeNs lease_until(TimeNs started_at, TimeNs now) const;
    TimeNs over_until(TimeNs at) const;
    Task<> note_over(std::string token);

    // record.cpp
    std::vector<Saved> open_positions(SqlTransaction& tx, const std::string& user_id, const std::string& profile_id,
                                      std::vector<std::string>& tokens) const;
    std::vector<Saved> positions_of_series(SqlTransaction& tx, const std::string& user_id,
                                           const std::string& profile_id, const std::string& series_id,
                                           std::vector<std::string>& open_tokens) const;
    int64_t resume_position(SqlTransaction& tx, const std::string& profile_id, const std::string& title_id,
                            const std::vector<Open>& open) const;
    bool is_finished(int64_t position_s, int64_t duration_s) const;
    bool is_under_way(const Saved& saved) const;
    TimeNs may_be_open_since(TimeNs now) const;
    void end_stream(SqlTransaction& tx, const Place& place, TimeNs at) const;

    // upkeep.cpp
    static std::vector<Place> open_on(SqlTransaction& tx, const std::string& user_id, const std::string& device_id);
    static std::vector<std::string> tokens_of(const std::vector<Place>& places);
    static void keep_position(SqlTransaction& tx, const std::string& profile_id, const Saved& saved);

    Needs needs_;
    Clock& clock_;
    Random& random_;
    Sql& sql_;
    Kv& kv_;
    Crypto& crypto_;
    Settings settings_;
    WeightedSteering steering_;
    std::pair<std::string, std::string> forgotten_up_to_;  ///< where the look for forgotten devices goes on
    std::string address_key_;  ///< a copy of a row that never changes; empty: not read yet
};

}  // namespace matinee::playback
