// Starting a stream.
#include <algorithm>

#include "system/base/encoding.hpp"
#include "system/base/service_error.hpp"
#include "system/events/outbox.hpp"
#include "system/playback/rows.hpp"

namespace matinee::playback {

namespace {

uint64_t number_of(const std::string& bytes) {
    uint64_t number = 0;
    for (size_t i = 0; i < 8; ++i) number = number << 8 | uint8_t(bytes[i]);
    return number;
}

/// The time in ms, so that streams that start together lie together in the table, and 144 secret bits.
std::string token_of(TimeNs now, const std::string& secret) {
    std::string bytes;
    for (int shift = 40; shift >= 0; shift -= 8) bytes += char(uint64_t(now / kMillisecond) >> shift & 255);
    return "pbt_" + to_base64url(bytes + secret);
}

}  // namespace

Playback::Playback(const Needs& needs, const Settings& settings)
    : needs_(needs),
      clock_(needs.clock),
      random_(needs.random),
      sql_(needs.sql),
      kv_(needs.kv),
      crypto_(needs.crypto),
      settings_(settings),
      steering_(settings.cdns) {}

Event stream_event(const char* type, const std::string& stream_id, const std::string& user_id,
                   const std::string& profile_id, const std::string& title_id, TimeNs at) {
    JsonOut data;
    data.object().text("title_id", title_id).text("user_id", user_id).text("profile_id", profile_id).end();
    // Named by the stream, of which each event is told once.
    return {.event_id = stream_id + "." + type,
            .topic = kTopic,
            .type = type,
            .key = profile_id,
            .at = at,
            .data = data.take()};
}

Task<catalog::Title> Playback::title_to_play(const StartRequest& request, const std::string& region) {
    std::optional<catalog::Title> title = co_await needs_.titles.find(request.title_id);
    if (!title) throw ServiceError(ErrorCode::NotFound, "there is no such title");
    const TimeNs now = clock_.now();
    if (title->type != catalog::TitleType::Series) {
        if (!catalog::is_available(*title, region, now)) throw ServiceError(ErrorCode::NotInRegion);
        co_return std::move(*title);
    }
    std::vector<catalog::Title> episodes = co_await needs_.titles.episodes(request.title_id);
    if (episodes.empty()) throw ServiceError(ErrorCode::NotFound, "the series has no episodes");
    std::erase_if(episodes, [&](const catalog::Title& t) { return !catalog::is_available(t, region, now); });
    if (episodes.empty()) throw ServiceError(ErrorCode::NotInRegion);
    const auto select = [&](SqlTransaction& tx, std::vector<std::string>& open) {
        return positions_of_series(tx, request.profile_id, request.title_id, open);
    };
    const std::vector<Saved> watched = co_await read_up_to_date(select);  // the latest first
    const auto place_of = [&](const Saved& saved) {
        return std::find_if(episodes.begin(), episodes.end(),
                            [&](const catalog::Title& t) { return t.title_id == saved.title_id; });
    };
    for (const Saved& saved : watched)
        if (const auto place = place_of(saved);
            place != episodes.end() && !is_finished(saved.position_s, saved.duration_s))
            co_return std::move(*place);
    const auto is_unwatched = [&](const catalog::Title& episode) {
        return std::none_of(watched.begin(), watched.end(),
                            [&](const Saved& saved) { return saved.title_id == episode.title_id; });
    };
    // Behind the one watched last, else the first that was left out, else all over again.
    auto behind = episodes.begin();
    for (const Saved& saved : watched)
        if (const auto place = place_of(saved); place != episodes.end()) {
            behind = place + 1;
            break;
        }
    auto next = std::find_if(behind, episodes.end(), is_unwatched);
    if (next == episodes.end()) next = std::find_if(episodes.begin(), episodes.end(), is_unwatched);
    if (next == episodes.end()) next = episodes.begin();
    co_return std::move(*next);
}

Task<> Playback::check_rating(const std::string& user_id, const StartRequest& request, const profiles::Profile& profile,
                              const catalog::Title& title) {
    if (title.rating <= profile.strongest_rating) co_return;
    if (!request.pin) throw ServiceError(ErrorCode::RatingBlocked, "the parents' PIN would do");
    co_await needs_.parents.require_pin(user_id, *request.pin);
}

int64_t Playback::cap_of(const std::string& device_type) const {
    for (const DeviceCap& cap : settings_.device_caps)
        if (cap.device_type == device_type) return cap.most_lines;
    return StartRequest::kNoCap;  // an unknown device: it knows itself what it can show
}

Task<Started> Playback::start(std::string user_id, StartRequest request) {
    if (!request.device_type.empty() && cap_of(request.device_type) == StartRequest::kNoCap)
        throw ServiceError(ErrorCode::InvalidField, "device_type is unknown", "device_type");
    const profiles::Profile profile = co_await needs_.profiles.of_user(user_id, request.profile_id);
    const std::optional<payments::Entitlement> plan = co_await needs_.entitlements.of_user(user_id);
    if (!plan) throw ServiceError(ErrorCode::SubscriptionRequired);
    const accounts::Account account = co_await needs_.accounts.read(user_id);
    const catalog::Title title = co_await title_to_play(request, account.country);
    co_await check_rating(user_id, request, profile, title);
    const std::string key = co_await address_key();

    const std::string secret = random_.bytes(18);
    const TimeNs now = clock_.now();
    Entering entering{.user_id = user_id,
                      .request = request,
                      .title = title,
                      .screens = plan->screens,
                      .token = token_of(now, secret),
                      .stream_id = new_id("str", clock_, random_),
                      .now = now,
                      // The first heartbeat is always written.
                      .lease_until = now + std::min(settings_.lease, settings_.stream_lifetime)};
    Entry entry = co_await try_to_enter(entering);
    if (entry.full) {
        // A player may have vanished a moment ago, which the database notices up to `save_every` later.
        if (co_await end_vanished(std::move(entry.open))) entry = co_await try_to_enter(entering);
        if (entry.full) throw ServiceError(ErrorCode::TooManyStreams);
    }

    const Cdn& cdn = steering_.pick(account.country, number_of(secret));
    Started started;
    started.token = entering.token;
    started.stream_id = entering.stream_id;
    started.title_id = title.title_id;
    started.series_id = title.series_id;
    started.resume_position_s = entry.resume_position_s;
    started.duration_s = title.duration_s;
    started.most_lines = std::min({plan->most_lines, cap_of(entry.device_type), request.most_lines});
    started.cdn = cdn.name;
    started.expires_at = now + std::min(settings_.stream_lifetime, settings_.manifest_lifetime);
    started.language = profile.language;
    const std::string query = "?stream=" + started.stream_id + "&lines=" + std::to_string(started.most_lines) +
                              "&expires=" + std::to_string(started.expires_at / kSecond);
    started.manifest_url =
        signed_address(crypto_, key, cdn.base_url, "/v1/" + title.title_id + "/manifest.mpd" + query);
    started.license_url =
        signed_address(crypto_, key, settings_.license_base_url, "/v1/" + title.title_id + "/clearkey" + query);
    co_return started;
}

Task<Playback::Entry> Playback::try_to_enter(Entering& entering) {
    const auto try_now = [&](SqlTransaction& tx) { return enter(tx, entering); };
    Entry entry = co_await sql_.write(try_now);
    if (entry.to_write_up.empty()) co_return entry;
    co_await write_up(std::move(entry.to_write_up));
    entering.is_up_to_date = true;
    co_return co_await sql_.write(try_now);
}

/// Whether it plays what is about to start.
bool Playback::is_of(const Open& stream, const Entering& entering) {
    return stream.profile_id == entering.request.profile_id && stream.title_id == entering.title.title_id;
}

/// Counts and takes a screen, in one transaction: of starts that race, as many get in as there are screens.
Playback::Entry Playback::enter(SqlTransaction& tx, const Entering& entering) const {
    const StartRequest& request = entering.request;
    const SqlRows rows = tx.query(
        "SELECT token, profile_id, title_id, position_s, moved_at, started_at, saved_at, lease_until FROM streams"
        " WHERE user_id = $1 AND ended_at IS NULL ORDER BY started_at, token",
        entering.user_id);
    std::vector<Open> open;
    for (const SqlRow& row : rows)
        open.push_back({row.text(0), row.text(1), row.text(2), row.integer(3), row.integer(4), row.integer(5),
                        row.integer(6), row.integer(7)});
    Entry entry;
    for (const Open& stream : open) {
        const bool decides = stream.lease_until <= entering.now || is_of(stream, entering);
        if (decides && stream.was_heard() && !entering.is_up_to_date) entry.to_write_up.push_back(stream.token);
    }
    if (!entry.to_write_up.empty()) return entry;
    entry.resume_position_s = resume_position(tx, request.profile_id, entering.title.title_id, open);
    if (is_finished(entry.resume_position_s, entering.title.duration_s)) entry.resume_position_s = 0;
    // Whoever gives a screen away must end the stream that had it: one of its heartbeats may be on its way to the row,
    // sent before the lease ran out, and would bring it back.
    for (const Open& stream : open)
        if (stream.lease_until <= entering.now) end_stream(tx, stream.token, stream.lease_until);
    std::erase_if(open, [&](const Open& stream) { return stream.lease_until <= entering.now; });
    if (int64_t(open.size()) >= entering.screens) {
        entry.full = true;
        entry.open = std::move(open);
        return entry;
    }
    entry.device_type = register_device(tx, entering);
    const int64_t inserted = tx.execute(
        "INSERT INTO streams(token, stream_id, user_id, profile_id, title_id, series_id, duration_s, device_id, "
        "quality,"
        " started_at, position_s, moved_at, watched_s, sequence, saved_at, lease_until, check_at, ended_at, stopped)"
        " SELECT $1, $2, $3, $4, $5, $6, $7, $8, '', $9, $10, 0, 0, -1, $9, $11, $11, NULL, 0"
        " WHERE NOT EXISTS (SELECT 1 FROM playback_erased WHERE id = $3)"
        " AND NOT EXISTS (SELECT 1 FROM playback_erased WHERE id = $4)",
        entering.token, entering.stream_id, entering.user_id, request.profile_id, entering.title.title_id,
        entering.title.series_id, entering.title.duration_s, request.device_id, entering.now, entry.resume_position_s,
        entering.lease_until);
    if (inserted == 0) throw ServiceError(ErrorCode::NotFound);
    events::append(tx, stream_event(kStarted, entering.stream_id, entering.user_id, request.profile_id,
                                    entering.title.title_id, entering.now));
    return entry;
}

/// The type it is registered with, now or before.
std::string Playback::register_device(SqlTransaction& tx, const Entering& entering) const {
    const StartRequest& request = entering.request;
    const SqlRows devices = tx.query(
        "SELECT device_id, device_type, used_at FROM devices WHERE user_id = $1 ORDER BY device_id", entering.user_id);
    const auto known = std::find_if(devices.begin(), devices.end(),
                                    [&](const SqlRow& row) { return row.text(0) == request.device_id; });
    if (known == devices.end()) {
        if (int64_t(devices.size()) >= settings_.most_devices) throw ServiceError(ErrorCode::TooManyDevices);
        tx.execute(
            "INSERT INTO devices(user_id, device_id, device_type, registered_at, used_at) VALUES($1, $2, $3, $4, $4)",
            entering.user_id, request.device_id, request.device_type, entering.now);
        return request.device_type;
    }
    const std::string type = request.device_type.empty() ? known->text(1) : request.device_type;
    // To the day is good enough, and spares a write for every start.
    if (type != known->text(1) || known->integer(2) + kDay <= entering.now)
        tx.execute("UPDATE devices SET device_type = $1, used_at = $2 WHERE user_id = $3 AND device_id = $4", type,
                   entering.now, entering.user_id, request.device_id);
    return type;
}

/// Ends those of the streams whose players have been silent for `lease`. True where there were any.
Task<bool> Playback::end_vanished(std::vector<Open> open) {
    std::vector<std::string> tokens;
    for (Open& stream : open) tokens.push_back(std::move(stream.token));
    Noted known = co_await noted(std::move(tokens));
    const Noted silent = co_await take_silent(known);
    if (silent.empty()) co_return false;
    const auto end = [&](SqlTransaction& tx) { return end_silent(tx, silent); };
    co_return co_await sql_.write(end) > 0;
}

Task<std::string> Playback::address_key() {
    if (!address_key_.empty()) co_return address_key_;
    const std::string fresh = to_base64url(random_.bytes(32));
    const auto find_or_make = [&](SqlTransaction& tx) {
        const auto row = tx.find("SELECT secret FROM address_keys WHERE key_id = 'address'");
        if (row) return row->text(0);
        tx.execute("INSERT INTO address_keys(key_id, secret) VALUES('address', $1)", fresh);
        return fresh;
    };
    const std::string text = co_await sql_.write(find_or_make);
    address_key_ = from_base64url(text).value_or(std::string());
    co_return address_key_;
}

}  // namespace matinee::playback
