#include "clients/population/movie_io.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <vector>

#include "system/base/errors.hpp"
#include "system/base/text.hpp"

namespace matinee::population {

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr uintmax_t kMaxMovieFileBytes = 64u << 20;
constexpr Kbps kMostKbps = 10'000'000;
constexpr const char* kBitrate = "a whole number of kbit/s, 1 to 10000000";
constexpr const char* kSegmentMs = "100 to 60000 ms";
constexpr size_t kMostRungs = 64;
constexpr double kLeastSegmentMs = 100;
constexpr double kMostSegmentMs = 60'000;
constexpr const char* kExpectedMovie = "{segment_duration_ms, bitrates_kbps, segment_sizes_bits}";

[[noreturn]] void fail(const std::string& file, std::string path, std::string found, std::string expected,
                       std::string suggestion = {}) {
    throw InputError({file, std::move(path), std::move(found), std::move(expected), std::move(suggestion)});
}

std::string shown(std::string_view text) {
    constexpr size_t kMost = 40;
    std::string out = "\"";
    for (const char c : text.substr(0, kMost)) out += c >= ' ' && c <= '~' ? c : '?';
    return out + (text.size() > kMost ? "...\"" : "\"");
}

std::string kind_of(const Json& value) {
    if (value.is_string()) return "the string " + shown(value.get_ref<const std::string&>());
    if (value.is_primitive()) return value.dump();
    return value.is_array() ? "an array" : "an object";
}

/// Refuses what is not JSON, and keys that stand twice: a document keeps only one of them.
class JsonCheck : public Json::json_sax_t {
public:
    JsonCheck(std::string_view text, const std::string& file) : text_(text), file_(file) {}

    bool null() override { return true; }
    bool boolean(bool) override { return true; }
    bool number_integer(int64_t) override { return true; }
    bool number_unsigned(uint64_t) override { return true; }
    bool number_float(double, const std::string&) override { return true; }
    bool string(std::string&) override { return true; }
    bool binary(Json::binary_t&) override { return true; }
    bool start_array(size_t) override { return true; }
    bool end_array() override { return true; }
    bool start_object(size_t) override {
        open_.emplace_back();
        return true;
    }
    bool end_object() override {
        open_.pop_back();
        return true;
    }
    bool key(std::string& name) override {
        if (!open_.back().insert(name).second)
            fail(file_, "", "the key " + shown(name) + " twice in one object", "each key once");
        return true;
    }
    bool parse_error(size_t position, const std::string&, const Json::exception&) override {
        const auto end = text_.begin() + std::ptrdiff_t(std::min(position, text_.size()));
        const auto line = std::count(text_.begin(), end, '\n') + 1;
        fail(file_, "line " + std::to_string(line), "text that is not JSON, or a number too large",
             "a movie in JSON: " + std::string(kExpectedMovie),
             "the file may be cut short; Pensieve's sizes are named by their folder");
    }

private:
    std::string_view text_;
    const std::string& file_;
    std::vector<std::set<std::string>> open_;
};

Json parse_json(std::string_view text, const std::string& file) {
    JsonCheck check(text, file);
    Json::sax_parse(text, &check);
    return Json::parse(text);
}

uint64_t size_of(const Json& bits, const std::string& file, size_t segment, size_t rung) {
    const auto path = [&] {
        return "segment_sizes_bits[" + std::to_string(segment) + "][" + std::to_string(rung) + "]";
    };
    const uint64_t most = uint64_t(kMostSegmentBytes) * 8;
    if (!bits.is_number_unsigned() || bits.get<uint64_t>() == 0 || bits.get<uint64_t>() > most)
        fail(file, path(), kind_of(bits), "a whole number of bits, 1 to " + std::to_string(most));
    return bits.get<uint64_t>();
}

void check_keys(const Json& movie, const std::string& file) {
    static const std::array<std::string, 3> kKeys{"segment_duration_ms", "bitrates_kbps", "segment_sizes_bits"};
    if (!movie.is_object()) {
        const bool trace =
            movie.is_array() && !movie.empty() && movie[0].is_object() && movie[0].contains("bandwidth_kbps");
        fail(file, "", kind_of(movie), kExpectedMovie, trace ? "this is a trace of an access link, not a movie" : "");
    }
    for (const auto& [key, value] : movie.items())
        if (std::find(kKeys.begin(), kKeys.end(), key) == kKeys.end())
            fail(file, "", "the key " + shown(key), one_of(kKeys), nearest_spelling(key, kKeys));
    for (const std::string& key : kKeys)
        if (!movie.contains(key)) fail(file, "", "no key " + key, kExpectedMovie);
}

double segment_of(const Json& value, const std::string& file) {
    const double ms = value.is_number() ? value.get<double>() : 0;
    if (!value.is_number()) fail(file, "segment_duration_ms", kind_of(value), kSegmentMs);
    check_segment_ms(ms, file, "segment_duration_ms");
    return ms;
}

std::vector<Kbps> ladder_of(const Json& values, const std::string& file) {
    if (!values.is_array()) fail(file, "bitrates_kbps", kind_of(values), "an array of bitrates");
    std::vector<Kbps> ladder;
    for (const Json& value : values) {
        if (!value.is_number_unsigned() || value.get<uint64_t>() > kMostKbps)
            fail(file, "bitrates_kbps[" + std::to_string(ladder.size()) + "]", kind_of(value), kBitrate);
        ladder.push_back(value.get<Kbps>());
    }
    check_ladder(ladder, file, "bitrates_kbps");
    return ladder;
}

/// One size a line; blank lines only at the end.
std::vector<uint64_t> sizes_of(const PensieveSizes& rung) {
    std::vector<uint64_t> sizes;
    std::string_view rest = rung.text;
    for (size_t number = 1; !rest.empty(); ++number) {
        const size_t end = std::min(rest.find('\n'), rest.size());
        std::string_view line = rest.substr(0, end);
        rest = rest.substr(std::min(end + 1, rest.size()));
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (line.empty() && rest.find_first_not_of("\r\n") == rest.npos) break;
        uint32_t bytes = 0;
        const auto [stop, error] = std::from_chars(line.data(), line.data() + line.size(), bytes);
        if (error != std::errc{} || stop != line.data() + line.size() || bytes == 0 || bytes > kMostSegmentBytes)
            fail(rung.file, "line " + std::to_string(number), line.empty() ? "an empty line" : shown(line),
                 "a whole number of bytes, 1 to " + std::to_string(kMostSegmentBytes));
        sizes.push_back(uint64_t(bytes) * 8);
    }
    if (sizes.empty()) fail(rung.file, "", "an empty file", "the bytes of one segment a line");
    return sizes;
}

std::string read_file(const fs::path& path) {
    const std::string file = path.string();
    std::error_code error;
    const fs::file_status status = fs::status(path, error);
    if (!fs::exists(status))
        fail(file, "", "no such file", "a movie: a Sabre JSON file or a folder of Pensieve's sizes");
    if (!fs::is_regular_file(status)) fail(file, "", "something that is not a file", "a file that can be read");
    const uintmax_t size = fs::file_size(path, error);
    if (error || size > kMaxMovieFileBytes)
        fail(file, "", error ? error.message() : std::to_string(size) + " bytes",
             "a file of at most " + std::to_string(kMaxMovieFileBytes) + " bytes");
    std::ifstream stream(path, std::ios::binary);
    std::string text(size_t(size), '\0');
    stream.read(text.data(), std::streamsize(text.size()));
    if (!stream) fail(file, "", "a file that cannot be read", "a file that can be read", "check its permissions");
    return text;
}

/// The rung k of a name that ends in `video_size_<k>`, or -1; `prefix` is what stands before.
int rung_of_name(const std::string& name, std::string& prefix) {
    constexpr std::string_view kStem = "video_size_";
    const size_t at = name.rfind(kStem);
    if (at == name.npos) return -1;
    int rung = 0;
    const char* const end = name.data() + name.size();
    const auto [stop, error] = std::from_chars(name.data() + at + kStem.size(), end, rung);
    if (error != std::errc{} || stop != end || rung < 0) return -1;
    if (name.substr(at + kStem.size()) != std::to_string(rung)) return -1;  // 00 would be a second 0
    prefix = name.substr(0, at);
    return rung;
}

RecordedMovie read_pensieve_folder(const fs::path& folder, const PensieveShape& shape) {
    const std::string file = folder.string();
    std::map<int, fs::path> files;
    std::set<std::string> prefixes;
    std::error_code error;
    auto entry = fs::directory_iterator(folder, error);
    for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
        std::string prefix;
        const int rung = rung_of_name(entry->path().filename().string(), prefix);
        if (rung < 0) continue;
        prefixes.insert(prefix);
        files[rung] = entry->path();
    }
    if (error) fail(file, "", "a folder that cannot be read: " + error.message(), "a folder of Pensieve's sizes");
    const std::string expected = "the files video_size_0 to video_size_" + std::to_string(shape.ladder.size() - 1);
    if (prefixes.size() > 1)
        fail(file, "",
             "size files of several movies: " + shown(*prefixes.begin()) + " and " + shown(*prefixes.rbegin()),
             expected);
    if (files.size() != shape.ladder.size() || files.rbegin()->first != int(shape.ladder.size()) - 1)
        fail(file, "", std::to_string(files.size()) + " files named video_size_<rung>", expected,
             files.empty() ? "a Sabre movie is named by its file, not by its folder" : "");
    std::vector<PensieveSizes> rungs;
    for (const auto& [rung, path] : files) rungs.push_back({path.string(), read_file(path)});
    return parse_pensieve_movie(rungs, file, shape);
}

}  // namespace

void check_segment_ms(double ms, const std::string& file, const std::string& path) {
    if (ms >= kLeastSegmentMs && ms <= kMostSegmentMs) return;
    fail(file, path, Json(ms).dump() + " ms", kSegmentMs);
}

void check_ladder(std::span<const Kbps> ladder, const std::string& file, const std::string& path) {
    if (ladder.empty() || ladder.size() > kMostRungs)
        fail(file, path, std::to_string(ladder.size()) + " bitrates", "1 to " + std::to_string(kMostRungs) + " bitrates");
    for (size_t i = 0; i < ladder.size(); ++i) {
        const std::string at = path + "[" + std::to_string(i) + "]";
        if (ladder[i] == 0 || ladder[i] > kMostKbps) fail(file, at, std::to_string(ladder[i]), kBitrate);
        if (i > 0 && ladder[i] <= ladder[i - 1])
            fail(file, at, std::to_string(ladder[i]) + " after " + std::to_string(ladder[i - 1]),
                 "bitrates that ascend from rung to rung");
    }
}

RecordedMovie parse_sabre_movie(std::string_view text, std::string file) {
    const Json json = parse_json(text, file);
    check_keys(json, file);
    RecordedMovie movie;
    movie.segment_ms = segment_of(json["segment_duration_ms"], file);
    movie.ladder = ladder_of(json["bitrates_kbps"], file);
    const Json& rows = json["segment_sizes_bits"];
    if (!rows.is_array() || rows.empty())
        fail(file, "segment_sizes_bits", rows.is_array() ? "no segments" : kind_of(rows), "at least one segment");
    movie.segment_bits.reserve(rows.size());
    for (const Json& row : rows) {
        const size_t segment = movie.segment_bits.size();
        const std::string path = "segment_sizes_bits[" + std::to_string(segment) + "]";
        if (!row.is_array()) fail(file, path, kind_of(row), "an array with the size of each rung");
        if (row.size() != movie.ladder.size())
            fail(file, path, std::to_string(row.size()) + " sizes",
                 std::to_string(movie.ladder.size()) + ", one per bitrate");
        std::vector<uint64_t>& sizes = movie.segment_bits.emplace_back();
        for (const Json& bits : row) sizes.push_back(size_of(bits, file, segment, sizes.size()));
    }
    movie.file = std::move(file);
    return movie;
}

RecordedMovie parse_pensieve_movie(std::span<const PensieveSizes> rungs, std::string file, const PensieveShape& shape) {
    if (rungs.size() != shape.ladder.size())
        fail(file, "", std::to_string(rungs.size()) + " rungs", std::to_string(shape.ladder.size()) + " rungs");
    RecordedMovie movie;
    movie.segment_ms = shape.segment_ms;
    movie.ladder = shape.ladder;
    for (const PensieveSizes& rung : rungs) {
        const std::vector<uint64_t> sizes = sizes_of(rung);
        if (movie.segment_bits.empty()) movie.segment_bits.resize(sizes.size());
        if (sizes.size() != movie.segment_bits.size())
            fail(rung.file, "", std::to_string(sizes.size()) + " segments",
                 std::to_string(movie.segment_bits.size()) + " segments, as in " + rungs.front().file);
        for (size_t i = 0; i < sizes.size(); ++i) movie.segment_bits[i].push_back(sizes[i]);
    }
    movie.file = std::move(file);
    return movie;
}

RecordedMovie read_recorded_movie(const fs::path& file_or_folder, const PensieveShape& shape) {
    std::error_code error;
    if (fs::is_directory(file_or_folder, error)) return read_pensieve_folder(file_or_folder, shape);
    return parse_sabre_movie(read_file(file_or_folder), file_or_folder.string());
}

Movie movie_of(const RecordedMovie& recorded) {
    Movie movie;
    movie.file = recorded.file;
    movie.segment = TimeNs(std::floor(recorded.segment_ms * double(kMillisecond) + 0.5));
    movie.ladder = recorded.ladder;
    for (const std::vector<uint64_t>& row : recorded.segment_bits) {
        std::vector<uint32_t>& sizes = movie.segment_bytes.emplace_back();
        for (const uint64_t bits : row) sizes.push_back(uint32_t((bits + 7) / 8));
    }
    return movie;
}

Movie read_movie(const fs::path& file_or_folder) { return movie_of(read_recorded_movie(file_or_folder)); }

}  // namespace matinee::population
