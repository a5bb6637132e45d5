#include "system/playback/routes.hpp"

#include <algorithm>
#include <charconv>

#include "system/base/service_error.hpp"
#include "system/base/time_text.hpp"

namespace matinee::playback {

using gateway::Access;
using gateway::bound_to;
using gateway::Call;
using gateway::empty_reply;
using gateway::Field;
using gateway::limit_field;
using gateway::may_say;
using gateway::Reply;
using gateway::Route;
using gateway::says;
using gateway::says_flag;
using gateway::says_list;
using gateway::says_number;
using gateway::text_field;

namespace {

constexpr int64_t kLongestTitleS = 1'000'000;

Field token_field() {
    return {.name = "playback_token", .least = 1, .most = 64, .about = "As the start of the stream gave it"};
}
Field position_field(bool required) {
    return {.name = "position_seconds",
            .kind = Field::Kind::Number,
            .required = required,
            .least = 0,
            .most = kLongestTitleS,
            .about = "Where in the title the viewer is"};
}
/// "auto", "4K" or lines such as "1080p".
int64_t lines_of(const std::string& quality) {
    if (quality == "auto") return StartRequest::kNoCap;
    if (quality == "4K" || quality == "4k") return 2160;
    int64_t lines = 0;
    const char* const end = quality.data() + quality.size();
    const auto [behind, error] = std::from_chars(quality.data(), end, lines);
    if (error != std::errc() || behind + 1 != end || *behind != 'p' || lines < 144 || lines > 4320)
        throw ServiceError(ErrorCode::InvalidField, "quality must be auto, 4K or lines such as 1080p", "quality");
    return lines;
}

std::string quality_name(int64_t lines) { return lines == 2160 ? "4K" : std::to_string(lines) + "p"; }

/// An address that has no host is on the one that the client asked.
std::string absolute(const Call& call, const std::string& address) {
    const std::string* const host = call.request.header("host");
    const auto harmless = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == ':' ||
               c == '-' || c == '[' || c == ']';
    };
    if (!address.starts_with("/") || host == nullptr || host->empty() ||
        !std::all_of(host->begin(), host->end(), harmless))
        return address;
    return (call.request.is_secure ? "https://" : "http://") + *host + address;
}

/// The tracks that titles have in some languages, as JSON: every stream has one of as many texts as there are languages.
class Tracks {
public:
    explicit Tracks(const std::vector<std::string>& languages) : languages_(languages) {
        texts_.push_back("[]");
        for (const std::string& chosen : languages) {
            JsonOut out;
            out.array();
            for (const std::string& language : languages)
                out.object().text("language", language).flag("default", language == chosen).end();
            texts_.push_back(out.end().take());
        }
    }
    /// The profile's language is the default where there is such a track, else the first.
    const std::string& preferring(std::string_view language) const {
        const auto same = [&](const std::string& one) {
            return language.starts_with(one) && (language.size() == one.size() || language[one.size()] == '-');
        };
        const auto found = std::find_if(languages_.begin(), languages_.end(), same);
        if (found == languages_.end()) return texts_[languages_.empty() ? 0 : 1];
        return texts_[size_t(found - languages_.begin()) + 1];
    }

private:
    std::vector<std::string> languages_;
    std::vector<std::string> texts_;  ///< without any, then with each of the languages as the default
};

Reply reply_with(JsonOut& out) {
    Reply reply;
    reply.data = out.take();
    return reply;
}

/// It is to be found again at .../devices/{device_id}.
void require_path_segment(const std::string& device_id) {
    const bool is_odd = std::any_of(device_id.begin(), device_id.end(),
                                    [](char c) { return c == '/' || c == '\\' || uint8_t(c) < 0x20 || c == 0x7f; });
    if (is_odd || device_id == "." || device_id == "..")
        throw ServiceError(ErrorCode::InvalidField, "device_id must not have slashes or control characters",
                           "device_id");
}

Task<Reply> start(Playback& playback, const Tracks& audio, const Tracks& subtitles, Call& call) {
    StartRequest request;
    request.profile_id = call.text("profile_id");
    request.title_id = call.text("title_id");
    request.device_id = call.text("device_id");
    require_path_segment(request.device_id);
    if (const std::string* const type = call.optional_text("device_type")) request.device_type = *type;
    if (const std::string* const quality = call.optional_text("quality")) request.most_lines = lines_of(*quality);
    if (const std::string* const pin = call.optional_text("pin")) request.pin = *pin;
    const Started started = co_await playback.start(call.principal.user_id, std::move(request));
    const Settings& settings = playback.settings();
    JsonOut out;
    out.object().text("playback_token", started.token).text("stream_id", started.stream_id);
    out.text("title_id", started.title_id);
    if (!started.series_id.empty()) out.text("series_id", started.series_id);
    out.integer("resume_position_seconds", started.resume_position_s).integer("duration_seconds", started.duration_s);
    out.text("manifest_url", absolute(call, started.manifest_url));
    out.text("license_url", absolute(call, started.license_url)).text("cdn", started.cdn);
    out.key("audio_tracks").raw(audio.preferring(started.language));
    out.key("subtitle_tracks").raw(subtitles.preferring(started.language));
    out.text("max_quality", quality_name(started.most_lines));
    out.integer("heartbeat_seconds", settings.heartbeat_interval / kSecond);
    out.integer("lease_seconds", settings.lease / kSecond).text("expires_at", utc_text(started.expires_at)).end();
    Reply reply = reply_with(out);
    reply.headers.push_back({"cache-control", "no-store"});
    co_return reply;
}

Task<Reply> heartbeat(Playback& playback, Call& call) {
    Heartbeat beat{.token = call.text("playback_token"),
                   .position_s = call.number("position_seconds").value_or(0),
                   .sequence = call.integer("sequence"),
                   .quality = {}};
    if (const std::string* const quality = call.optional_text("quality_level")) beat.quality = *quality;
    co_await playback.heartbeat(call.principal.user_id, beat);
    Reply reply;
    reply.data = "{\"lease_seconds\":" + std::to_string(playback.settings().lease / kSecond) + "}";
    co_return reply;
}

Task<Reply> stop(Playback& playback, Call& call) {
    co_await playback.stop(call.principal.user_id, call.text("playback_token"), call.number("position_seconds"));
    co_return empty_reply();
}

Task<Reply> drop(Playback& playback, Call& call) {
    co_await playback.stop(call.principal.user_id, call.parameter("playback_token"), std::nullopt);
    co_return empty_reply();
}

Task<Reply> report(Playback& playback, Call& call) {
    const Json& events = *call.body.find("events");
    co_await playback.report(call.principal.user_id, call.text("playback_token"), events);
    Reply reply;
    reply.data = "{\"accepted\":" + std::to_string(events.array()->size()) + "}";
    co_return reply;
}

int64_t percent(int64_t position_s, int64_t duration_s) { return duration_s > 0 ? position_s * 100 / duration_s : 0; }

Task<Reply> history(Playback& playback, Call& call) {
    // 50: 004, "Watch History & Resume APIs".
    const auto limit = size_t(call.query_integer("limit").value_or(50));
    const std::vector<Viewing> all =
        co_await playback.history(call.principal.user_id, call.parameter("profile_id"), limit);
    JsonOut out;
    out.object().key("history").array();
    for (const Viewing& viewing : all) {
        out.object().text("stream_id", viewing.stream_id).text("title_id", viewing.title_id);
        if (!viewing.series_id.empty()) out.text("series_id", viewing.series_id);
        out.text("device_id", viewing.device_id).text("quality_level", viewing.quality);
        out.text("started_at", utc_text(viewing.started_at)).key("ended_at");
        viewing.ended_at ? out.text(utc_text(*viewing.ended_at)) : out.null();
        out.integer("position_seconds", viewing.position_s).integer("watched_seconds", viewing.watched_s);
        out.integer("duration_seconds", viewing.duration_s);
        out.integer("watched_percentage", percent(viewing.position_s, viewing.duration_s)).end();
    }
    out.end().end();
    co_return reply_with(out);
}

void write(JsonOut& out, const Progress& progress) {
    out.text("title_id", progress.title_id);
    if (!progress.series_id.empty()) out.text("series_id", progress.series_id);
    out.integer("position_seconds", progress.position_s).integer("duration_seconds", progress.duration_s);
    out.text("watched_at", utc_text(progress.watched_at));
}

Task<Reply> continue_watching(Playback& playback, Call& call) {
    const auto limit = size_t(call.query_integer("limit").value_or(50));
    const std::vector<Begun> all =
        co_await playback.continue_watching(call.principal.user_id, call.parameter("profile_id"), limit);
    JsonOut out;
    out.object().key("titles").array();
    for (const Begun& begun : all) {
        out.object();
        write(out, begun.progress);
        out.text("title", begun.title.title).text("type", catalog::name_of(begun.title.type)).end();
    }
    out.end().end();
    co_return reply_with(out);
}

Task<Reply> set_position(Playback& playback, Call& call) {
    const std::string* const title_id = call.optional_text("title_id");
    const std::optional<int64_t> position_s = call.number("position_seconds");
    if (title_id == nullptr || !position_s) {
        // Whose profile it is comes before what is missing: strangers learn nothing.
        co_await playback.require_profile(call.principal.user_id, call.parameter("profile_id"));
        const std::string missing = title_id == nullptr ? "title_id" : "position_seconds";
        throw ServiceError(ErrorCode::InvalidField, missing + " is missing", missing);
    }
    const Progress progress =
        co_await playback.set_position(call.principal.user_id, call.parameter("profile_id"), *title_id, *position_s);
    JsonOut out;
    out.object();
    write(out, progress);
    out.end();
    co_return reply_with(out);
}

Task<Reply> devices(Playback& playback, Call& call) {
    const std::vector<Device> all = co_await playback.devices(call.parameter("user_id"));
    JsonOut out;
    out.object().key("devices").array();
    for (const Device& device : all) {
        out.object().text("device_id", device.device_id).text("device_type", device.device_type);
        out.text("registered_at", utc_text(device.registered_at)).text("used_at", utc_text(device.used_at)).end();
    }
    out.end().end();
    co_return reply_with(out);
}

Task<Reply> remove_device(Playback& playback, Call& call) {
    co_await playback.remove_device(call.parameter("user_id"), call.parameter("device_id"));
    co_return empty_reply();
}

/// Fields of what is known about where a profile is in a title.
std::vector<Field> progress_fields() {
    return {says("title_id"), may_say("series_id", "Of an episode"), says_number("position_seconds"),
            says_number("duration_seconds"), says("watched_at")};
}

std::vector<Field> started_fields() {
    const std::vector<Field> track = {says("language"), says_flag("default")};
    return {says("playback_token", "For heartbeats and the stop"),
            says("stream_id"),
            says("title_id", "What plays: of a series, an episode"),
            may_say("series_id", "Of an episode"),
            says_number("resume_position_seconds"),
            says_number("duration_seconds"),
            says("manifest_url"),
            says("license_url"),
            says("cdn"),
            says_list("audio_tracks", track),
            says_list("subtitle_tracks", track),
            says("max_quality", "What plan, device and player together allow"),
            says_number("heartbeat_seconds", "Between heartbeats"),
            says_number("lease_seconds", "After the last heartbeat that the screen is held"),
            says("expires_at", "Of the token and both addresses")};
}

std::vector<Field> history_fields() {
    return {says("stream_id"),
            says("title_id"),
            may_say("series_id", "Of an episode"),
            says("device_id"),
            says("quality_level"),
            says("started_at"),
            may_say("ended_at", "Null while it plays"),
            says_number("position_seconds"),
            says_number("watched_seconds"),
            says_number("duration_seconds"),
            says_number("watched_percentage", "Of the position")};
}

std::vector<Route> stream_routes(Playback& playback) {
    const auto bound = bound_to(playback);
    const std::string path = "/api/v1/playback/";
    return {
        {.method = "POST",
         .pattern = path + "start",
         .operation_id = "start_playback",
         .summary = "Start a stream; of a series, the episode in progress or else the next unwatched one",
         .success = 201,
         .body = {text_field("profile_id", true, 64, "Who watches"),
                  text_field("title_id", true, 64, "A film, an episode or a series"),
                  text_field("device_id", true, 128, "The device's own name for itself; registered at first use"),
                  text_field("device_type", false, 16, "mobile, tablet, desktop or tv"),
                  text_field("quality", false, 8, "The best picture wanted: auto, 4K or lines such as 1080p"),
                  text_field("pin", false, 16, "The parents' PIN, for titles beyond the profile's rating")},
         .reply = started_fields(),
         .handler = [&playback, audio = Tracks(playback.settings().audio_languages),
                     subtitles = Tracks(playback.settings().subtitle_languages)](
                        Call& call) { return start(playback, audio, subtitles, call); }},
        {.method = "POST",
         .pattern = path + "heartbeat",
         .operation_id = "playback_heartbeat",
         .summary = "Say that the stream still plays, and where",
         .body = {token_field(),
                  position_field(true),
                  text_field("quality_level", false, 20, "What is shown"),
                  {.name = "buffer_level",
                   .kind = Field::Kind::Number,
                   .required = false,
                   .least = 0,
                   .most = kLongestTitleS,
                   .about = "Seconds in the buffer"},
                  {.name = "sequence",
                   .kind = Field::Kind::Integer,
                   .required = false,
                   .least = 0,
                   .most = INT64_MAX,
                   .about = "Grows from heartbeat to heartbeat, so that a late one is known as such"}},
         .reply = {says_number("lease_seconds", "From now on that the screen is held")},
         .handler = bound(heartbeat)},
        {.method = "POST",
         .pattern = path + "stop",
         .operation_id = "stop_playback",
         .summary = "End a stream and keep its position",
         .body = {token_field(), position_field(false)},
         .handler = bound(stop)},
        {.method = "DELETE",
         .pattern = path + "{playback_token}",
         .operation_id = "drop_playback",
         .summary = "End a stream at the last position known",
         .handler = bound(drop)},
        {.method = "POST",
         .pattern = path + "events",
         .operation_id = "report_playback",
         .summary = "Report what the player measured",
         .success = 202,
         .body = {token_field(),
                  {.name = "events",
                   .kind = Field::Kind::List,
                   .least = 1,
                   .most = 100,
                   .about = "Objects with a type: startup, play, pause, seek, rebuffer_start, rebuffer_end, "
                            "quality_change, error or end"}},
         .reply = {says_number("accepted")},
         .handler = bound(report)},
    };
}

}  // namespace

std::vector<Route> routes(Playback& playback) {
    const auto bound = bound_to(playback);
    const std::string profile = "/api/v1/profiles/{profile_id}/";
    const std::string user = "/api/v1/users/{user_id}/";
    std::vector<Route> all = stream_routes(playback);
    const std::vector<Route> others = {
        {.method = "GET",
         .pattern = profile + "history",
         .operation_id = "read_history",
         .summary = "What the profile watched, the latest first",
         .query = {limit_field(200)},
         .reply = {says_list("history", history_fields())},
         .handler = bound(history)},
        {.method = "GET",
         .pattern = profile + "continue-watching",
         .operation_id = "continue_watching",
         .summary = "What the profile has begun and not nearly finished, the latest first",
         .query = {limit_field(200)},
         .reply = {says_list("titles", gateway::with(progress_fields(), {says("title"), says("type")}))},
         .handler = bound(continue_watching)},
        {.method = "PUT",
         .pattern = profile + "resume-position",
         .operation_id = "set_resume_position",
         .summary = "Say where the profile is in a title",
         .body = {text_field("title_id", false, 64, "A film or an episode; needed"), position_field(false)},
         .reply = progress_fields(),
         .handler = bound(set_position)},
        {.method = "GET",
         .pattern = user + "devices",
         .operation_id = "list_devices",
         .summary = "The devices on which the account has played",
         .access = Access::Owner,
         .reply = {says_list("devices",
                             {says("device_id"), says("device_type"), says("registered_at"), says("used_at")})},
         .handler = bound(devices)},
        {.method = "DELETE",
         .pattern = user + "devices/{device_id}",
         .operation_id = "remove_device",
         .summary = "Forget a device and end its streams",
         .access = Access::Owner,
         .handler = bound(remove_device)},
    };
    all.insert(all.end(), others.begin(), others.end());
    return all;
}

}  // namespace matinee::playback
