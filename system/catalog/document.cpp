#include "system/catalog/document.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "system/base/service_error.hpp"
#include "system/base/time_text.hpp"

namespace matinee::catalog {

namespace {

constexpr std::array<const char*, 3> kTypes = {"film", "series", "episode"};
constexpr std::array<const char*, 5> kRatings = {"G", "PG", "PG-13", "R", "TV-MA"};

[[noreturn]] void refuse(const std::string& field, const std::string& what) {
    throw ServiceError(ErrorCode::InvalidField, field + " " + what, field);
}

const Json* member(const Json& json, const char* name) {
    const Json* const found = json.find(name);
    return found == nullptr || found->is_null() ? nullptr : found;
}

/// Texts go into lines of copies and into messages: no control characters.
const std::string& checked_text(const std::string& field, const Json& value, size_t most) {
    const std::string* const text = value.text();
    if (text == nullptr) refuse(field, "must be a text");
    if (text->size() > most) refuse(field, "must not have more than " + std::to_string(most) + " bytes");
    if (std::any_of(text->begin(), text->end(), [](char c) { return uint8_t(c) < 0x20 || c == 0x7f; }))
        refuse(field, "must not have control characters");
    return *text;
}

std::string text_of(const Json& json, const char* name, size_t most) {
    const Json* const found = member(json, name);
    return found == nullptr ? "" : checked_text(name, *found, most);
}

int64_t integer_of(const Json& json, const char* name, int64_t most) {
    const Json* const found = member(json, name);
    if (found == nullptr) return 0;
    const int64_t* const number = found->integer();
    if (number == nullptr || *number < 0 || *number > most)
        refuse(name, "must be a whole number from 0 to " + std::to_string(most));
    return *number;
}

/// What is said twice counts once.
std::vector<std::string> texts_of(const Json& json, const char* name, size_t most_items, size_t most_bytes) {
    const Json* const found = member(json, name);
    if (found == nullptr) return {};
    if (found->array() == nullptr || found->array()->size() > most_items)
        refuse(name, "must be a list of at most " + std::to_string(most_items));
    std::vector<std::string> texts;
    for (const Json& item : *found->array()) {
        const std::string& text = checked_text(name, item, most_bytes);
        if (text.empty()) refuse(name, "must not have an empty text");
        if (std::find(texts.begin(), texts.end(), text) == texts.end()) texts.push_back(text);
    }
    return texts;
}

template <class Names>
size_t choice_of(const Json& json, const char* name, const Names& names) {
    const std::string text = text_of(json, name, 20);
    const auto found = std::find(names.begin(), names.end(), text);
    if (found != names.end()) return size_t(found - names.begin());
    std::string known;
    for (const char* one : names) known += (known.empty() ? "" : ", ") + std::string(one);
    refuse(name, "must be one of " + known);
}

bool is_genre(const std::string& text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
    });
}

TimeNs moment_of(const Json& window, const char* name, TimeNs absent) {
    const std::string text = text_of(window, name, 40);
    if (text.empty()) return absent;
    const std::optional<TimeNs> moment = unix_time(text);
    if (!moment) refuse("windows", "have a `" + std::string(name) + "` that is no moment in UTC (RFC 3339)");
    return *moment;
}

bool is_region(const std::string& text) {
    return text == "*" ||
           (text.size() == 2 && std::all_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'Z'; }));
}

std::vector<Window> windows_of(const Json& json) {
    const Json* const found = member(json, "windows");
    if (found == nullptr) return {};
    if (found->array() == nullptr || found->array()->size() > 300) refuse("windows", "must be a list of at most 300");
    std::vector<Window> windows;
    for (const Json& item : *found->array()) {
        Window window{.region = text_of(item, "region", 2),
                      .from = moment_of(item, "from", 0),
                      .until = moment_of(item, "until", kNever)};
        if (!is_region(window.region)) refuse("windows", "must have a region of two capital letters, or *");
        if (window.from >= window.until) refuse("windows", "must end after they begin");
        for (const Window& other : windows)
            if (other.region == window.region && other.from == window.from)
                refuse("windows", "must not begin twice at one moment in one region");
        windows.push_back(std::move(window));
    }
    return windows;
}

std::vector<std::pair<std::string, std::string>> artwork_of(const Json& json) {
    const Json* const found = member(json, "artwork");
    if (found == nullptr) return {};
    if (found->object() == nullptr || found->object()->size() > 20)
        refuse("artwork", "must be an object of at most 20 paths");
    std::vector<std::pair<std::string, std::string>> artwork;
    for (const auto& [kind, path] : *found->object()) {
        if (!is_genre(kind)) refuse("artwork", "must have kinds in lower case");
        artwork.emplace_back(kind, checked_text("artwork", path, 500));
    }
    return artwork;
}

/// What fits together and what does not.
void check_whole(const Details& d) {
    if (d.title.empty()) refuse("title", "must not be empty");
    for (const std::string& genre : d.genres)
        if (!is_genre(genre)) refuse("genres", "must be in lower case, words joined by -");
    const bool is_episode = d.type == TitleType::Episode;
    if (is_episode != !d.series_id.empty()) refuse("series_id", "belongs to episodes, and only to them");
    if (is_episode && (d.season < 1 || d.number < 1)) refuse(d.season < 1 ? "season" : "number", "must be at least 1");
    if (!is_episode && (d.season != 0 || d.number != 0)) refuse("season", "belongs to episodes");
    if (d.type == TitleType::Series ? d.duration_s != 0 : d.duration_s == 0)
        refuse("duration_s", d.type == TitleType::Series ? "of a series is 0" : "must be at least 1");
    if (d.average_rating_hundredths != 0 && d.average_rating_hundredths < 100)
        refuse("average_rating_hundredths", "must be 0 or from 100 to 500");
}

void write_texts(JsonOut& out, const char* name, const std::vector<std::string>& texts) {
    out.key(name).array();
    for (const std::string& text : texts) out.text(text);
    out.end();
}

/// The picture of lists: of a kind made for them, else the poster.
std::string thumbnail_of(const Details& details) {
    for (const char* wanted : {"thumbnail", "poster"})
        for (const auto& [kind, path] : details.artwork)
            if (kind == wanted) return path;
    return "";
}

}  // namespace

const char* name_of(TitleType type) { return kTypes.at(size_t(type)); }
const char* name_of(Rating rating) { return kRatings.at(size_t(rating)); }

std::string genre_key(std::string name) {
    for (char& c : name) {
        if (c >= 'A' && c <= 'Z') c = char(c - 'A' + 'a');
        if (c == ' ') c = '-';
    }
    return name;
}

std::optional<Rating> rating_of(std::string_view name) {
    const auto found = std::find(kRatings.begin(), kRatings.end(), name);
    if (found == kRatings.end()) return std::nullopt;
    return Rating(found - kRatings.begin());
}

bool is_open(const std::vector<Window>& windows, const std::string& region, TimeNs at) {
    return std::any_of(windows.begin(), windows.end(), [&](const Window& window) {
        return (window.region == "*" || window.region == region) && window.from <= at && at < window.until;
    });
}
bool is_available(const Title& title, const std::string& region, TimeNs at) {
    return is_open(title.windows, region, at);
}

Details details_of(const Json& json) {
    Details d;
    d.title_id = text_of(json, "title_id", 64);
    d.type = TitleType(choice_of(json, "type", kTypes));
    d.title = text_of(json, "title", 300);
    d.synopsis = text_of(json, "synopsis", 4000);
    d.rating = Rating(choice_of(json, "rating", kRatings));
    d.genres = texts_of(json, "genres", 12, 40);
    d.cast = texts_of(json, "cast", 60, 100);
    d.director = text_of(json, "director", 100);
    d.release_year = integer_of(json, "release_year", 2200);
    d.duration_s = integer_of(json, "duration_s", 100 * 3600);
    d.average_rating_hundredths = integer_of(json, "average_rating_hundredths", 500);
    d.language = text_of(json, "language", 35);
    d.audio_languages = texts_of(json, "audio_languages", 60, 35);
    d.subtitle_languages = texts_of(json, "subtitle_languages", 60, 35);
    d.artwork = artwork_of(json);
    d.trailer_url = text_of(json, "trailer_url", 500);
    d.series_id = text_of(json, "series_id", 64);
    d.season = integer_of(json, "season", 1000);
    d.number = integer_of(json, "number", 10'000);
    d.version = integer_of(json, "version", INT64_MAX);
    d.windows = windows_of(json);
    check_whole(d);
    return d;
}

/// A path, or an address whose scheme is harmless in somebody's page: "javascript:" and "data:" are programs.
static bool is_web_address(std::string_view text) {
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));  // as browsers do
    const size_t colon = text.find(':');
    if (colon == std::string_view::npos || colon > text.find_first_of("/?#")) return true;  // RFC 3986, section 4.2
    std::string scheme(text.substr(0, colon));
    for (char& c : scheme)
        if (c >= 'A' && c <= 'Z') c = char(c - 'A' + 'a');
    return (scheme == "http" || scheme == "https") && text.substr(colon).starts_with("://");
}

void check_addresses(const Details& details) {
    static constexpr const char* kRule = "must be a path or an address with http:// or https://";
    if (!is_web_address(details.trailer_url)) refuse("trailer_url", kRule);
    for (const auto& [kind, path] : details.artwork)
        if (!is_web_address(path)) refuse("artwork", kRule);
}

std::string open_document(const Details& d) {
    JsonOut out;
    out.object().text("title_id", d.title_id).text("type", name_of(d.type)).text("title", d.title);
    if (d.type == TitleType::Episode)
        out.text("series_id", d.series_id).integer("season", d.season).integer("number", d.number);
    out.text("synopsis", d.synopsis).text("rating", name_of(d.rating));
    write_texts(out, "genres", d.genres);
    write_texts(out, "cast", d.cast);
    out.text("director", d.director).integer("release_year", d.release_year).integer("duration_s", d.duration_s);
    out.integer("average_rating_hundredths", d.average_rating_hundredths).text("language", d.language);
    write_texts(out, "audio_languages", d.audio_languages);
    write_texts(out, "subtitle_languages", d.subtitle_languages);
    out.key("artwork").object();
    for (const auto& [kind, path] : d.artwork) out.text(kind, path);
    out.end().text("thumbnail_url", thumbnail_of(d)).text("trailer_url", d.trailer_url).integer("version", d.version);
    std::string document = out.end().take();
    document.pop_back();
    return document;
}

void write_windows(JsonOut& out, const std::vector<Window>& windows) {
    out.array();
    for (const Window& window : windows) {
        out.object().text("region", window.region);
        if (window.from > 0) out.text("from", utc_text(window.from));
        if (window.until < kNever) out.text("until", utc_text(window.until));
        out.end();
    }
    out.end();
}

std::string card_of(const Details& d) {
    JsonOut out;
    out.object().text("title_id", d.title_id).text("title", d.title).text("type", name_of(d.type));
    out.text("rating", name_of(d.rating));
    write_texts(out, "genres", d.genres);
    out.integer("release_year", d.release_year).integer("duration_s", d.duration_s);
    out.integer("average_rating_hundredths", d.average_rating_hundredths);
    return out.text("thumbnail_url", thumbnail_of(d)).end().take();
}

std::string packed(const std::vector<Window>& windows, const std::string& document) {
    std::string copy;
    for (const Window& window : windows)
        copy += window.region + "," + std::to_string(window.from) + "," + std::to_string(window.until) + ";";
    copy += '\n';
    // No text of a title has control characters: the routes see to that.
    const Details title = details_of(Json::parse(document));
    for (const int64_t number : {int64_t(title.type), int64_t(title.rating), title.duration_s, title.season, title.number})
        copy += std::to_string(number) + "\t";
    copy += title.title_id + "\t" + title.series_id + "\t" + title.title + "\t\n";
    return copy + document;
}

namespace {

/// Takes the parts of a text that each end with a sign.
struct Parts {
    std::string_view rest;
    std::string_view text(char end) {
        const std::string_view part = rest.substr(0, rest.find(end));
        rest.remove_prefix(part.size() + 1);
        return part;
    }
    int64_t number(char end) {
        const std::string_view digits = text(end);
        int64_t value = 0;
        std::from_chars(digits.data(), digits.data() + digits.size(), value);
        return value;
    }
};

}  // namespace

Unpacked unpacked(const std::string& copy) {
    Parts lines{copy};
    Parts windows{lines.text('\n')};
    Unpacked out;
    while (!windows.rest.empty()) {
        Window& window = out.windows.emplace_back();
        window.region = windows.text(',');
        window.from = windows.number(',');
        window.until = windows.number(';');
    }
    out.title = lines.text('\n');
    out.document = lines.rest;
    return out;
}

Title title_of(Unpacked copy) {
    Parts parts{copy.title};
    Title title;
    title.type = TitleType(parts.number('\t'));
    title.rating = Rating(parts.number('\t'));
    title.duration_s = parts.number('\t');
    title.season = parts.number('\t');
    title.number = parts.number('\t');
    title.title_id = parts.text('\t');
    title.series_id = parts.text('\t');
    title.title = parts.text('\t');
    title.windows = std::move(copy.windows);
    return title;
}

}  // namespace matinee::catalog
