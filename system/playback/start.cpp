// Starting a stream.
#include <algorithm>
#include <initializer_list>

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

std::string joined(std::initializer_list<std::string_view> parts) {
    size_t size = 0;
    for (const std::string_view part : parts) size += part.size();
    std::string text;
    text.reserve(size);
    for (const std::string_view part : parts) text.append(part);
    return text;
}

constexpr std::string_view kTokenPrefix = "pbt_";
constexpr size_t kTimeBytes = 6, kSecretBytes = 18;

/// The time in ms, by which its row is found, and 144 secret bits.
std::string token_of(TimeNs now, const std::string& secret) {
    std::string bytes;
    for (int shift = 40; shift >= 0; shift -= 8) bytes += char(uint64_t(now / kMillisecond) >> shift & 255);
    return std::string(kTokenPrefix).append(to_base64url(bytes.append(secret)));
}

}  // namespace

std::pair<TimeNs, TimeNs> start_of(const std::string& token) {
    if (!token.starts_with(kTokenPrefix)) return {0, 0};
    const auto bytes = from_base64url(std::string_view(token).substr(kTokenPrefix.size(), kTimeBytes * 4 / 3));
    if (!bytes || bytes->size() != kTimeBytes) return {0, 0};
    uint64_t ms = 0;
    for (const char c : *bytes) ms = ms << 8 | uint8_t(c);
    // 48 bits of ms are more than a TimeNs holds.
    if (ms >= uint64_t(kNever / kMillisecond)) return {0, 0};
    return {TimeNs(ms) * kMillisecond, TimeNs(ms + 1) * kMillisecond};
}

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

/// What was asked for, or the episode that stands for it. Nothing where there is no such title: that, as whether it may
/// be watched here and now, the start's transaction decides.
Task<std::optional<catalog::Title>> Playback::title_to_play(const std::string& user_id, const StartRequest& request) {
    std::optional<catalog::Title> title = co_await needs_.titles.find(request.title_id);
    if (title && title->type == catalog::TitleType::Series) title = co_await episode_to_play(user_id, request);
    co_return title;
}

Task<catalog::Title> Playback::episode_to_play(const std::string& user_id, const StartRequest& request) {
    const TimeNs now = clock_.now();
    const auto ask = [&](SqlTransaction& tx) { return admission(tx, user_id, request.profile_id, now); };
    const Admission admission = co_await sql_.read(ask);
    if (admission.refused) throw ServiceError(*admission.refused);
    std::vector<catalog::Title> episodes = co_await needs_.titles.episodes(request.title_id);
    if (episodes.empty()) throw ServiceError(ErrorCode::NotFound, "the series has no episodes");
    std::erase_if(episodes,
                  [&](const catalog::Title& t) { return !catalog::is_available(t, admission.country, now); });
    if (episodes.empty()) throw ServiceError(ErrorCode::NotInRegion);
    const auto select = [&](SqlTransaction& tx, std::vector<std::string>& open) {
        return positions_of_series(tx, user_id, request.profile_id, request.title_id, open);
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

int64_t Playback::cap_of(const std::string& device_type) const {
    for (const DeviceCap& cap : settings_.device_caps)
        if (cap.device_type == device_type) return cap.most_lines;
    return StartRequest::kNoCap;  // an unknown device: it knows itself what it can show
}

/// Names what is about to start, now.
void Playback::begin(Entering& entering) {
    entering.secret = random_.bytes(kSecretBytes);
    entering.now = clock_.now();
    entering.token = token_of(entering.now, entering.secret);
    entering.stream_id = new_id("str", clock_, random_);
    // The first heartbeat is always written.
    entering.lease_until = entering.now + std::min(settings_.lease, settings_.stream_lifetime);
}

Task<Started> Playback::start(std::string user_id, StartRequest request) {
    if (!request.device_type.empty() && cap_of(request.device_type) == StartRequest::kNoCap)
        throw ServiceError(ErrorCode::InvalidField, "device_type is unknown", "device_type");
    const std::optional<catalog::Title> title = co_await title_to_play(user_id, request);
    const std::string key = co_await address_key();
    Entering entering{.user_id = user_id, .request = request, .title = title};
    begin(entering);
    Entry entry = co_await try_to_enter(entering);
    if (entry.needs_pin) {
        co_await needs_.parents.require_pin(user_id, *request.pin);
        entering.pin_is_right = true;
        begin(entering);
        entry = co_await try_to_enter(entering);
    }
    if (entry.full) {
        // A player may have vanished a moment ago, which the database notices up to `save_every` later.
        if (co_await end_vanished(std::move(entry.open))) entry = co_await try_to_enter(entering);
        if (entry.full) throw ServiceError(ErrorCode::TooManyStreams);
    }
    co_return started(entering, entry, key);
}

/// What its player is told.
Started Playback::started(const Entering& entering, const Entry& entry, const std::string& key) const {
    const catalog::Title& title = *entering.title;
    const Admission& admission = entry.admission;
    const Cdn& cdn = steering_.pick(admission.country, number_of(entering.secret));
    Started started;
    started.token = entering.token;
    started.stream_id = entering.stream_id;
    started.title_id = title.title_id;
    started.series_id = title.series_id;
    started.resume_position_s = entry.resume_position_s;
    started.duration_s = title.duration_s;
    started.most_lines =
        std::min({admission.plan.most_lines, cap_of(entry.device_type), entering.request.most_lines});
    started.cdn = cdn.name;
    started.expires_at = entering.now + std::min(settings_.stream_lifetime, settings_.manifest_lifetime);
    started.language = admission.watcher.language;
    const std::string path = joined({"/v1/", title.title_id, "/"});
    const std::string query = joined({"?stream=", started.stream_id, "&lines=", std::to_string(started.most_lines),
                                      "&expires=", std::to_string(started.expires_at / kSecond)});
    const std::string signature = folder_signature(crypto_, key, path, query);
    started.manifest_url = joined({cdn.base_url, path, "manifest.mpd", query, signature});
    started.license_url = joined({settings_.license_base_url, path, "clearkey", query, signature});
    return started;
}

Task<Playback::Entry> Playback::try_to_enter(Entering& entering) {
    const auto try_now = [&](SqlTransaction& tx) { return enter(tx, entering); };
    Entry entry = co_await sql_.write(try_now);
    if (!entry.to_write_up.empty()) {
        co_await write_up(std::move(entry.to_write_up));
        entering.is_up_to_date = true;
        entry = co_await sql_.write(try_now);
    }
    if (entry.admission.refused) throw ServiceError(*entry.admission.refused);
    co_return entry;
}

/// Whether it plays what is about to start.
bool Playback::is_of(const Open& stream, const Entering& entering) {
    return stream.profile_id == entering.request.profile_id && stream.title_id == entering.title->title_id;
}

/// Asked where it counts: in the transaction that takes the screen. What was paid, cancelled or erased before that is
/// heeded, whoever did it; what was erased hears of the stream by its event, because that comes later.
Playback::Admission Playback::admission(SqlTransaction& tx, const std::string& user_id, const std::string& profile_id,
                                        TimeNs now) const {
    Admission asked;
    std::optional<profiles::Watcher> watcher = needs_.profiles.watcher(tx, profile_id);
    if (!watcher || watcher->user_id != user_id) {
        asked.refused.emplace(ErrorCode::NotFound);
        return asked;
    }
    const std::optional<payments::Entitlement> plan = needs_.entitlements.of_user(tx, user_id, now);
    if (!plan) {
        asked.refused.emplace(ErrorCode::SubscriptionRequired);
        return asked;
    }
    std::optional<std::string> country = needs_.accounts.country_of(tx, user_id);
    if (!country) {
        asked.refused.emplace(ErrorCode::NotFound);
        return asked;
    }
    asked.plan = *plan;
    asked.watcher = std::move(*watcher);
    asked.country = std::move(*country);
    return asked;
}

void Playback::check_title(const Entering& entering, Entry& entry) const {
    const std::optional<catalog::Title>& title = entering.title;
    const Admission& admission = entry.admission;
    std::optional<ServiceError>& refused = entry.admission.refused;
    if (!title) {
        refused.emplace(ErrorCode::NotFound, "there is no such title");
    } else if (!catalog::is_available(*title, admission.country, entering.now)) {
        refused.emplace(ErrorCode::NotInRegion);
    } else if (title->rating > admission.watcher.strongest_rating && !entering.pin_is_right) {
        entry.needs_pin = entering.request.pin.has_value();
        if (!entry.needs_pin) refused.emplace(ErrorCode::RatingBlocked, "the parents' PIN would do");
    }
}

/// Counts and takes a screen, in one transaction: of starts that race, as many get in as there are screens.
Playback::Entry Playback::enter(SqlTransaction& tx, const Entering& entering) const {
    const StartRequest& request = entering.request;
    Entry entry;
    // Refusals are no exceptions here: those cost the others whose writes share a commit.
    entry.admission = admission(tx, entering.user_id, request.profile_id, entering.now);
    if (entry.admission.refused) return entry;
    check_title(entering, entry);
    if (entry.admission.refused || entry.needs_pin) return entry;
    const catalog::Title& title = *entering.title;
    const SqlRows rows = tx.query(
        "SELECT token, profile_id, title_id, position_s, moved_at, started_at, saved_at, lease_until FROM streams"
        " WHERE user_id = $1 AND started_at > $2 AND ended_at IS NULL ORDER BY started_at, token",
        entering.user_id, may_be_open_since(entering.now));
    std::vector<Open> open;
    for (const SqlRow& row : rows)
        open.push_back({row.text(0), row.text(1), row.text(2), row.integer(3), row.integer(4), row.integer(5),
                        row.integer(6), row.integer(7)});
    for (const Open& stream : open) {
        const bool decides = stream.lease_until <= entering.now || is_of(stream, entering);
        if (decides && stream.was_heard() && !entering.is_up_to_date) entry.to_write_up.push_back(stream.token);
    }
    if (!entry.to_write_up.empty()) return entry;
    entry.resume_position_s = resume_position(tx, request.profile_id, title.title_id, open);
    if (is_finished(entry.resume_position_s, title.duration_s)) entry.resume_position_s = 0;
    // Whoever gives a screen away must end the stream that had it: one of its heartbeats may be on its way to the row,
    // sent before the lease ran out, and would bring it back.
    for (const Open& stream : open)
        if (stream.lease_until <= entering.now)
            end_stream(tx, {entering.user_id, stream.started_at, stream.token}, stream.lease_until);
    std::erase_if(open, [&](const Open& stream) { return stream.lease_until <= entering.now; });
    if (int64_t(open.size()) >= entry.admission.plan.screens) {
        entry.full = true;
        entry.open = std::move(open);
        return entry;
    }
    entry.device_type = register_device(tx, entering);
    tx.execute(
        "INSERT INTO streams(token, stream_id, user_id, profile_id, title_id, series_id, duration_s, device_id, quality,"
        " started_at, position_s, moved_at, watched_s, sequence, saved_at, lease_until, check_at, ended_at, stopped)"
        " VALUES($1, $2, $3, $4, $5, $6, $7, $8, '', $9, $10, 0, 0, -1, $9, $11, $11, NULL, 0)",
        entering.token, entering.stream_id, entering.user_id, request.profile_id, title.title_id, title.series_id,
        title.duration_s, request.device_id, entering.now, entry.resume_position_s, entering.lease_until);
    events::append(tx, stream_event(kStarted, entering.stream_id, entering.user_id, request.profile_id,
                                    title.title_id, entering.now));
    return entry;
}

/// The type it is registered with, now or before.
std::string Playback::register_device(SqlTransaction& tx, const Entering& entering) const {
    const StartRequest& request = entering.request;
    const auto known = tx.find("SELECT device_type, used_at FROM devices WHERE user_id = $1 AND device_id = $2",
                               entering.user_id, request.device_id);
    if (!known) {
        const auto devices = tx.find("SELECT COUNT(*) FROM devices WHERE user_id = $1", entering.user_id);
        if (devices->integer(0) >= settings_.most_devices) throw ServiceError(ErrorCode::TooManyDevices);
        tx.execute(
            "INSERT INTO devices(user_id, device_id, device_type, registered_at, used_at) VALUES($1, $2, $3, $4, $4)",
            entering.user_id, request.device_id, request.device_type, entering.now);
        return request.device_type;
    }
    const std::string type = request.device_type.empty() ? known->text(0) : request.device_type;
    // To the day is good enough, and spares a write for every start.
    if (type != known->text(0) || known->integer(1) + kDay <= entering.now)
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
