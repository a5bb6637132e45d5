#include "simulator/network/recorded_trace_io.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <optional>

#include "simulator/network/trace_parsers.hpp"
#include "system/base/errors.hpp"

namespace matinee::network {

namespace {

namespace fs = std::filesystem;
using parsers::At;
using parsers::Periods;
using parsers::refuse;

constexpr const char* kExpectedTrace =
    "a trace: Sabre JSON, CSV, Mahimahi (one number a line), Pensieve (two a line) or a log (six a line)";

std::string lower(std::string text) {
    for (char& c : text) c = c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c;
    return text;
}

/// Length of the well-formed UTF-8 sequence at the start of `text` (Unicode 15, table 3-7), or 0.
size_t utf8_length(std::string_view text) {
    const auto byte = [&](size_t i) { return i < text.size() ? uint8_t(text[i]) : uint8_t(0); };
    const auto follows = [&](size_t i, uint8_t least = 0x80, uint8_t most = 0xbf) {
        return byte(i) >= least && byte(i) <= most;
    };
    const uint8_t lead = byte(0);
    if (lead < 0x80) return 1;
    if (lead >= 0xc2 && lead <= 0xdf) return follows(1) ? 2 : 0;
    if (lead >= 0xe0 && lead <= 0xef) {
        const bool second = follows(1, lead == 0xe0 ? 0xa0 : 0x80, lead == 0xed ? 0x9f : 0xbf);
        return second && follows(2) ? 3 : 0;
    }
    if (lead >= 0xf0 && lead <= 0xf4) {
        const bool second = follows(1, lead == 0xf0 ? 0x90 : 0x80, lead == 0xf4 ? 0x8f : 0xbf);
        return second && follows(2) && follows(3) ? 4 : 0;
    }
    return 0;
}

void check_text(std::string_view text, const std::string& file) {
    size_t line = 1;
    for (size_t i = 0; i < text.size();) {
        const size_t length = text[i] == '\0' ? 0 : utf8_length(text.substr(i));
        if (length == 0) {
            constexpr const char* kDigits = "0123456789abcdef";
            const uint8_t bad = uint8_t(text[i]);
            const bool gzip = text.starts_with("\x1f\x8b");
            refuse({file, parsers::line_path(line)}, std::string("byte 0x") + kDigits[bad >> 4] + kDigits[bad & 15],
                   "text in UTF-8", gzip ? "the file is compressed with gzip: unpack it first" : "");
        }
        if (text[i] == '\n') ++line;
        i += length;
    }
}

std::optional<TraceFormat> format_by_extension(const std::string& name) {
    const std::string extension = lower(fs::path(name).extension().string());
    if (extension == ".json") return TraceFormat::Sabre;
    if (extension == ".csv") return TraceFormat::Csv;
    for (const char* known : {".mahi", ".mahimahi", ".up", ".down"})
        if (extension == known) return TraceFormat::Mahimahi;
    return std::nullopt;
}

TraceFormat format_by_content(std::string_view text, const std::string& file) {
    parsers::Lines lines(text);
    if (!lines.next()) refuse({file, ""}, "nothing but comments", kExpectedTrace);
    const std::string_view line = lines.text();
    if (line.front() == '[' || line.front() == '{') return TraceFormat::Sabre;
    const char delimiter = parsers::delimiter_of(line);
    const std::vector<std::string_view> fields = parsers::fields(line, delimiter);
    if (delimiter != ' ' && (parsers::looks_numeric(fields[0]) || line.find("time_") != line.npos))
        return TraceFormat::Csv;
    if (delimiter == ' ' && parsers::looks_numeric(fields[0])) {
        if (fields.size() == 1) return TraceFormat::Mahimahi;
        if (fields.size() == 2) return TraceFormat::Pensieve;
        if (fields.size() == 6) return TraceFormat::Log;
    }
    refuse({file, parsers::line_path(lines.number())}, parsers::shown(line), kExpectedTrace,
           "keep files that are not traces out of the folder, or name them README or *.md");
}

Periods parse_periods(std::string_view text, const std::string& file, TraceFormat format) {
    switch (format) {
        case TraceFormat::Sabre:
            return parsers::parse_sabre(text, file);
        case TraceFormat::Csv:
            return parsers::parse_csv(text, file);
        case TraceFormat::Mahimahi:
            return parsers::parse_mahimahi(text, file);
        case TraceFormat::Pensieve:
            return parsers::parse_pensieve(text, file);
        case TraceFormat::Log:
            return parsers::parse_log(text, file);
        case TraceFormat::Auto:
            break;
    }
    return parse_periods(text, file, format_by_content(text, file));
}

/// What holds for every format; single numbers were checked where they were read.
void check_whole(const Periods& periods, const std::string& file) {
    if (periods.empty()) refuse({file, ""}, "no rows", kExpectedTrace);
    double total_ms = 0;
    bool alive = false;
    for (const RecordedTrace::Period& period : periods) {
        total_ms += period.duration_ms;
        alive = alive || period.bandwidth_kbps > 0;
    }
    if (!alive) refuse({file, ""}, "a bandwidth of 0 from beginning to end", "some period with a bandwidth above 0");
    if (total_ms > parsers::kDurationMs.most) refuse({file, ""}, "a trace of more than 31 days", "at most 31 days");
}

Periods parse_checked(std::string_view text, const std::string& file, TraceFormat format) {
    check_text(text, file);
    if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);  // a byte order mark
    if (text.find_first_not_of(" \t\r\n") == text.npos) refuse({file, ""}, "an empty file", kExpectedTrace);
    if (format == TraceFormat::Auto) format = format_by_extension(file).value_or(TraceFormat::Auto);
    Periods periods = parse_periods(text, file, format);
    check_whole(periods, file);
    return periods;
}

std::string read_file(const fs::path& path) {
    const std::string file = path.string();
    std::error_code error;
    const fs::file_status status = fs::status(path, error);
    if (!fs::exists(status)) refuse({file, ""}, "no such file", "a trace file that can be read");
    if (fs::is_directory(status)) refuse({file, ""}, "a folder", "a trace file");
    if (!fs::is_regular_file(status)) refuse({file, ""}, "something that is not a file", "a trace file");
    const uintmax_t size = fs::file_size(path, error);
    if (error) refuse({file, ""}, "a file of unknown size: " + error.message(), "a trace file that can be read");
    if (size > kMaxTraceFileBytes)
        refuse({file, ""}, std::to_string(size) + " bytes", "at most " + std::to_string(kMaxTraceFileBytes) + " bytes");
    std::ifstream stream(path, std::ios::binary);
    std::string text(size_t(size), '\0');
    stream.read(text.data(), std::streamsize(text.size()));
    if (!stream || uint64_t(stream.gcount()) != size)
        refuse({file, ""}, "a file that cannot be read", "a trace file that can be read", "check its permissions");
    return text;
}

bool is_skipped(const std::string& name) {
    const fs::path path(lower(name));
    if (name.front() == '.' || path.extension() == ".md") return true;
    for (const char* known : {"readme", "license", "licence", "copying", "notice"})
        if (path.stem() == known) return true;
    return false;
}

std::vector<fs::path> files_below(const fs::path& folder) {
    std::vector<fs::path> files;
    std::error_code error;
    auto entry = fs::recursive_directory_iterator(folder, error);
    for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
        const std::string name = entry->path().filename().string();
        std::error_code unknown;
        const bool is_folder = entry->is_directory(unknown);
        if (name.front() == '.' || (!is_folder && is_skipped(name))) {
            if (is_folder) entry.disable_recursion_pending();
        } else if (is_folder && entry->is_symlink(unknown)) {
            refuse({entry->path().string(), ""}, "a link to a folder", "files and folders", "name the folder itself");
        } else if (!is_folder) {
            files.push_back(entry->path());
        }
    }
    if (error) refuse({folder.string(), ""}, "a folder that cannot be read: " + error.message(), "a folder of traces");
    std::sort(files.begin(), files.end(),
              [](const fs::path& a, const fs::path& b) { return a.generic_string() < b.generic_string(); });
    return files;
}

}  // namespace

RecordedTrace parse_trace(std::string_view text, std::string name, TraceFormat format) {
    Periods periods = parse_checked(text, name, format);
    return {std::move(name), std::move(periods)};
}

RecordedTrace read_trace(const fs::path& file) {
    return {file.filename().string(), parse_checked(read_file(file), file.string(), TraceFormat::Auto)};
}

std::vector<RecordedTrace> read_traces(const fs::path& file_or_folder) {
    std::error_code error;
    if (!fs::is_directory(file_or_folder, error)) return {read_trace(file_or_folder)};
    std::vector<RecordedTrace> traces;
    for (const fs::path& file : files_below(file_or_folder)) traces.push_back(read_trace(file));
    if (traces.empty())
        refuse({file_or_folder.string(), ""}, "a folder without traces", "a folder with at least one trace");
    return traces;
}

}  // namespace matinee::network
