// Devices, what players report, export and erasure.
#include <algorithm>

#include "system/base/service_error.hpp"
#include "system/base/time_text.hpp"
#include "system/events/outbox.hpp"
#include "system/playback/rows.hpp"

namespace matinee::playback {

namespace {

/// What a player may report, and what it may say about it.
constexpr std::string_view kKinds[] = {"startup",      "play",           "pause", "seek", "rebuffer_start",
                                       "rebuffer_end", "quality_change", "error", "end"};
constexpr std::string_view kNumbers[] = {"at_ms",        "duration_ms", "position_seconds",
                                         "bitrate_kbps", "buffer_ms",   "dropped_frames"};
constexpr std::string_view kTexts[] = {"quality_level", "code", "cdn"};
constexpr size_t kLongestText = 64;
/// Of one report as it is passed on: a hundred events with half of their fields. It stays in the log for days.
constexpr size_t kLongestReport = 16 * 1024;
/// How long after its end a stream is still reported about: players empty their pockets then.
constexpr TimeNs kLateReports = kHour;

[[noreturn]] void refuse(const std::string& what) {
    throw ServiceError(ErrorCode::InvalidField, "events " + what, "events");
}

/// What is known of one event; anything else stays outside.
void write_event(JsonOut& out, const Json& event) {
    const Json* const type = event.find("type");
    if (event.object() == nullptr || type == nullptr || type->text() == nullptr) refuse("must be objects with a type");
    if (std::find(std::begin(kKinds), std::end(kKinds), *type->text()) == std::end(kKinds))
        refuse("has an unknown type");
    out.object().text("type", *type->text());
    for (const std::string_view name : kNumbers) {
        const Json* const number = event.find(name);
        if (number == nullptr) continue;
        if (number->integer() == nullptr) refuse("must have whole numbers as " + std::string(name));
        out.integer(name, *number->integer());
    }
    for (const std::string_view name : kTexts) {
        const Json* const text = event.find(name);
        if (text == nullptr) continue;
        if (text->text() == nullptr || text->text()->size() > kLongestText)
            refuse("must have short texts as " + std::string(name));
        out.text(name, *text->text());
    }
    out.end();
}

}  // namespace

/// The streams that are open on a device; of all devices where it is empty.
std::vector<Playback::Place> Playback::open_on(SqlTransaction& tx, const std::string& user_id,
                                               const std::string& device_id) {
    const SqlRows rows = tx.query(
        "SELECT started_at, token FROM streams WHERE user_id = $1 AND ended_at IS NULL"
        " AND ($2 = '' OR device_id = $2) ORDER BY started_at, token",
        user_id, device_id);
    std::vector<Place> open;
    for (const SqlRow& row : rows) open.push_back({user_id, row.integer(0), row.text(1)});
    return open;
}

std::vector<std::string> Playback::tokens_of(const std::vector<Place>& places) {
    std::vector<std::string> tokens;
    for (const Place& place : places) tokens.push_back(place.token);
    return tokens;
}

Task<> Playback::report(std::string user_id, std::string token, const Json& events) {
    JsonOut list;
    list.array();
    if (events.array() == nullptr) refuse("must be a list");
    for (const Json& event : *events.array()) write_event(list, event);
    const std::string text = list.end().take();
    if (text.size() > kLongestReport)
        throw ServiceError(ErrorCode::PayloadTooLarge,
                           "events are at most " + std::to_string(kLongestReport) + " bytes at once");
    const std::string event_id = new_id("evt", clock_, random_);
    const TimeNs now = clock_.now();
    const auto [first, behind] = start_of(token);
    const auto pass_on = [&, first = first, behind = behind](SqlTransaction& tx) {
        const auto row = tx.find(
            "SELECT stream_id, title_id, profile_id FROM streams"
            " WHERE user_id = $1 AND started_at >= $2 AND started_at < $3 AND token = $4"
            " AND (ended_at IS NULL OR ended_at > $5)",
            user_id, first, behind, token, now - kLateReports);
        if (!row) throw ServiceError(ErrorCode::NotFound, "there is no such stream");
        JsonOut data;
        data.object().text("stream_id", row->text(0)).text("title_id", row->text(1)).text("profile_id", row->text(2));
        data.key("events").raw(text).end();
        events::append(tx, {.event_id = event_id,
                            .topic = kQualityTopic,
                            .type = kReported,
                            .key = row->text(2),
                            .at = now,
                            .data = data.take()});
    };
    co_await sql_.write(pass_on);
}

Task<std::vector<Device>> Playback::devices(std::string user_id) {
    const auto select = [&](SqlTransaction& tx) {
        return tx.query(
            "SELECT device_id, device_type, registered_at, used_at FROM devices WHERE user_id = $1"
            " ORDER BY registered_at, device_id",
            user_id);
    };
    const SqlRows rows = co_await sql_.read(select);
    std::vector<Device> devices;
    for (const SqlRow& row : rows) devices.push_back({row.text(0), row.text(1), row.integer(2), row.integer(3)});
    co_return devices;
}

Task<> Playback::remove_device(std::string user_id, std::string device_id) {
    const TimeNs now = clock_.now();
    const auto select = [&](SqlTransaction& tx) { return tokens_of(open_on(tx, user_id, device_id)); };
    co_await write_up(co_await sql_.read(select));
    const auto remove = [&](SqlTransaction& tx) {
        if (tx.execute("DELETE FROM devices WHERE user_id = $1 AND device_id = $2", user_id, device_id) == 0)
            throw ServiceError(ErrorCode::NotFound);
        const std::vector<Place> open = open_on(tx, user_id, device_id);
        for (const Place& place : open) end_stream(tx, place, now);
        return tokens_of(open);
    };
    const std::vector<std::string> ended = co_await sql_.write(remove);
    for (const std::string& token : ended) co_await note_over(token);
}

Task<std::string> Playback::export_of(std::string user_id, std::vector<std::string> profile_ids) {
    const auto open = [&](SqlTransaction& tx) { return tokens_of(open_on(tx, user_id, "")); };
    co_await write_up(co_await sql_.read(open));
    struct Kept {
        SqlRows devices;
        std::vector<SqlRows> positions, streams;
    };
    const auto select = [&](SqlTransaction& tx) {
        Kept kept;
        kept.devices = tx.query(
            "SELECT device_id, device_type, registered_at, used_at FROM devices WHERE user_id = $1 ORDER BY device_id",
            user_id);
        for (const std::string& profile_id : profile_ids) {
            kept.positions.push_back(tx.query(
                "SELECT title_id, position_s, watched_at FROM positions WHERE profile_id = $1 ORDER BY title_id",
                profile_id));
            kept.streams.push_back(
                tx.query("SELECT stream_id, title_id, device_id, started_at, position_s, watched_s FROM streams"
                         " WHERE user_id = $1 AND profile_id = $2 ORDER BY started_at, token",
                         user_id, profile_id));
        }
        return kept;
    };
    const Kept kept = co_await sql_.read(select);
    JsonOut out;
    out.object().key("devices").array();
    for (const SqlRow& row : kept.devices) {
        out.object().text("device_id", row.text(0)).text("device_type", row.text(1));
        out.text("registered_at", utc_text(row.integer(2))).text("used_at", utc_text(row.integer(3))).end();
    }
    out.end().key("profiles").array();
    for (size_t i = 0; i < profile_ids.size(); ++i) {
        out.object().text("profile_id", profile_ids[i]).key("positions").array();
        for (const SqlRow& row : kept.positions[i]) {
            out.object().text("title_id", row.text(0)).integer("position_seconds", row.integer(1));
            out.text("watched_at", utc_text(row.integer(2))).end();
        }
        out.end().key("history").array();
        for (const SqlRow& row : kept.streams[i]) {
            out.object().text("stream_id", row.text(0)).text("title_id", row.text(1)).text("device_id", row.text(2));
            out.text("started_at", utc_text(row.integer(3))).integer("position_seconds", row.integer(4));
            out.integer("watched_seconds", row.integer(5)).end();
        }
        out.end().end();
    }
    co_return out.end().end().take();
}

Task<> Playback::follow(EventLog& log, TimeNs until) {
    static constexpr size_t kBatch = 100;
    const auto note = [](SqlTransaction& tx, const std::string& id, TimeNs at) {
        tx.execute("INSERT INTO playback_erased(id, at) VALUES($1, $2) ON CONFLICT DO NOTHING", id, at);
    };
    const auto account = [&](SqlTransaction& tx, const Event& event) {
        if (event.type != accounts::kErased) return;
        // What is kept by profile goes when the profile service says that the profile went.
        tx.execute("DELETE FROM streams WHERE user_id = $1 AND ended_at IS NULL", event.key);
        tx.execute("DELETE FROM devices WHERE user_id = $1", event.key);
    };
    const auto profile = [&](SqlTransaction& tx, const Event& event) {
        if (event.type != profiles::kDeleted) return;
        const Json data = Json::parse(event.data);
        const Json* const profile_id = data.find("profile_id");
        if (profile_id == nullptr || profile_id->text() == nullptr) return;
        note(tx, *profile_id->text(), event.at);
        tx.execute("DELETE FROM streams WHERE user_id = $1 AND profile_id = $2", event.key, *profile_id->text());
        tx.execute("DELETE FROM positions WHERE profile_id = $1", *profile_id->text());
    };
    size_t read = 0;
    do read = co_await events::consume(sql_, log, "playback", accounts::kTopic, kBatch, account);
    while (read == kBatch && clock_.now() < until);
    do read = co_await events::consume(sql_, log, "playback", profiles::kTopic, kBatch, profile);
    while (read == kBatch && clock_.now() < until);
}

Task<size_t> Playback::forget(size_t limit) {
    static constexpr size_t kLookedAt = 10;  // devices for each that may be forgotten
    std::pair<std::string, std::string> next;
    const TimeNs erased_before = clock_.now() - settings_.erasure_memory;
    const TimeNs unused_since = clock_.now() - settings_.device_memory;
    const auto remove = [&](SqlTransaction& tx) {
        const SqlRows erased =
            tx.query("SELECT id FROM playback_erased WHERE at < $1 ORDER BY at, id LIMIT $2", erased_before, limit);
        for (const SqlRow& row : erased) tx.execute("DELETE FROM playback_erased WHERE id = $1", row.text(0));
        // Nothing hurries here, so that an index by used_at, which every first start on a device and every day's first
        // would have to write, is not worth it: each call goes on where the one before it left off.
        const SqlRows devices = tx.query(
            "SELECT user_id, device_id, used_at FROM devices WHERE (user_id, device_id) > ($1, $2)"
            " ORDER BY user_id, device_id LIMIT $3",
            forgotten_up_to_.first, forgotten_up_to_.second, kLookedAt * limit);
        size_t forgotten = 0;
        for (const SqlRow& row : devices) {
            if (row.integer(2) >= unused_since) continue;
            tx.execute("DELETE FROM devices WHERE user_id = $1 AND device_id = $2", row.text(0), row.text(1));
            if (++forgotten < limit) continue;
            next = {row.text(0), row.text(1)};
            return forgotten;
        }
        const bool is_end = devices.size() < kLookedAt * limit;
        if (is_end)
            next = {};
        else
            next = {devices.back().text(0), devices.back().text(1)};
        return std::max(erased.size(), forgotten);
    };
    const size_t done = co_await sql_.write(remove);
    forgotten_up_to_ = std::move(next);
    co_return done;
}

}  // namespace matinee::playback
