#include "system/cdn/lab/trace_formats.hpp"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstring>
#include <type_traits>
#include <vector>

#include "system/base/digest.hpp"
#include "system/base/errors.hpp"

namespace matinee::cdn::lab {

namespace {

constexpr Bytes kLargestSize = Bytes(1) << 50;  // a pebibyte

[[noreturn]] void refuse(const std::string& file, const std::string& path, const std::string& found,
                         const std::string& expected, const std::string& hint = "") {
    throw InputError({.file = file, .path = path, .found = found, .expected = expected, .suggestion = hint});
}

/// What a message can show of outside text.
std::string shown(std::string_view text) {
    std::string out = "`";
    for (const char c : text.substr(0, 40)) out += c >= ' ' && c < 127 ? c : '?';
    return out + (text.size() > 40 ? "...`" : "`");
}

void refuse_compressed(std::string_view content, const std::string& file) {
    if (content.starts_with("\x28\xb5\x2f\xfd"))
        refuse(file, "", "a file compressed with zstd", "the trace itself", "zstd -d");
    if (content.starts_with("\x1f\x8b\x08"))
        refuse(file, "", "a file compressed with gzip", "the trace itself", "gunzip");
}

[[noreturn]] void refuse_too_much(const std::string& file, const std::string& path) {
    refuse(file, path, "more than a trace can hold",
           "at most " + std::to_string(TraceBuilder::kMostRequests) + " requests for less than 2^64 bytes together");
}

template <class Integer>
Integer little_endian(const char* bytes) {
    std::make_unsigned_t<Integer> value = 0;
    if constexpr (std::endian::native == std::endian::little)
        std::memcpy(&value, bytes, sizeof(value));
    else
        for (size_t i = 0; i < sizeof(value); ++i) value |= decltype(value)(uint8_t(bytes[i])) << (8 * i);
    return Integer(value);
}

template <class Integer>
void append_little_endian(std::string& file, Integer value) {
    for (size_t i = 0; i < sizeof(Integer); ++i) file += char(uint64_t(value) >> (8 * i) & 0xff);
}

Trace parse_oracle_general(std::string_view content, const std::string& file) {
    constexpr size_t ahead = 24;  // requests by which memory is asked for
    const size_t records = content.size() / kOracleRecordBytes;
    const size_t rest = content.size() % kOracleRecordBytes;
    if (rest != 0)
        refuse(file, "record " + std::to_string(records), "its first " + std::to_string(rest) + " bytes",
               "records of 24 bytes to the end", "--format csv, if this is text");
    const auto id_at = [&](size_t i) {
        return little_endian<uint64_t>(content.data() + std::min(i, records - 1) * kOracleRecordBytes + 4);
    };
    TraceBuilder builder;
    builder.expect(records);
    for (size_t i = 0; i < records; ++i) {
        builder.touch(id_at(i + ahead));
        const OracleRecord record = decode_oracle_record(content.data() + i * kOracleRecordBytes);
        if (record.next < -1)
            refuse(file, "record " + std::to_string(i), "next request " + std::to_string(record.next),
                   "the number of a request, or -1 for never");
        const bool beyond = record.next != INT64_MAX && record.next >= int64_t(records);
        if (!builder.add(record.time_s, record.id, record.size, beyond ? uint64_t(record.next) : 0))
            refuse_too_much(file, "record " + std::to_string(i));
    }
    return builder.take();
}

std::string_view trimmed(std::string_view text) {
    const size_t first = text.find_first_not_of(" \t\r");
    if (first == text.npos) return {};
    return text.substr(first, text.find_last_not_of(" \t\r") + 1 - first);
}

struct Line {
    const std::string& file;
    std::string path;
    std::string_view time, object, size;
};

/// Digits, and a fraction where `fraction` allows one, which is left out. False for anything else.
bool read_whole(std::string_view text, bool fraction, uint64_t& value) {
    const char* const end = text.data() + text.size();
    const auto [at, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc() || text.empty()) return false;
    if (at == end) return true;
    return fraction && *at == '.' && std::all_of(at + 1, end, [](char c) { return c >= '0' && c <= '9'; });
}

ObjectKey id_of(std::string_view object) {
    uint64_t number = 0;
    if (read_whole(object, false, number)) return number;
    Digest digest;
    digest.add_text(object);
    return digest.value();
}

void add_line(TraceBuilder& builder, const Line& line) {
    uint64_t time_s = 0, size = 0;
    if (!read_whole(line.time, true, time_s) || time_s > UINT32_MAX)
        refuse(line.file, line.path, "time " + shown(line.time), "seconds from 0 to 4294967295");
    if (line.object.empty()) refuse(line.file, line.path, "no object", "time,object,size");
    if (!read_whole(line.size, false, size) || size > kLargestSize)
        refuse(line.file, line.path, "size " + shown(line.size), "whole bytes from 0 to 2^50");
    if (!builder.add(uint32_t(time_s), id_of(line.object), size)) refuse_too_much(line.file, line.path);
}

bool is_header(const Line& line) {
    const auto begins_as_number = [](std::string_view text) {
        return text.empty() || (text[0] >= '0' && text[0] <= '9') || text[0] == '-' || text[0] == '+' || text[0] == '.';
    };
    const auto is_nan = [](std::string_view text) { return text == "nan" || text == "NaN" || text == "inf"; };
    return !begins_as_number(line.time) && !begins_as_number(line.size) && !is_nan(line.time) && !is_nan(line.size);
}

Trace parse_csv(std::string_view content, const std::string& file) {
    TraceBuilder builder;
    if (content.starts_with("\xef\xbb\xbf")) content.remove_prefix(3);  // a byte order mark
    bool first = true;
    size_t number = 0;
    for (size_t at = 0; at < content.size();) {
        const size_t end = std::min(content.find('\n', at), content.size());
        const std::string_view text = trimmed(content.substr(at, end - at));
        at = end + 1;
        ++number;
        if (text.empty() || text[0] == '#') continue;
        const std::string path = "line " + std::to_string(number);
        const size_t comma = text.find(',');
        const size_t second = comma == text.npos ? text.npos : text.find(',', comma + 1);
        if (second == text.npos || text.find(',', second + 1) != text.npos || text.find('\0') != text.npos)
            refuse(file, path, shown(text), "time,object,size", "--format oracle-general, if this is not text");
        const Line line{file, path, trimmed(text.substr(0, comma)), trimmed(text.substr(comma + 1, second - comma - 1)),
                        trimmed(text.substr(second + 1))};
        if (!first || !is_header(line)) add_line(builder, line);
        first = false;
    }
    return builder.take();
}

}  // namespace

std::span<const std::string> trace_format_names() {
    static const std::vector<std::string> names{"oracle-general", "csv"};
    return names;
}

std::optional<TraceFormat> trace_format_named(std::string_view name) {
    const std::span<const std::string> names = trace_format_names();
    for (size_t i = 0; i < names.size(); ++i)
        if (names[i] == name) return TraceFormat(i);
    return std::nullopt;
}

Trace parse_trace(std::string_view content, const std::string& file, TraceFormat format) {
    refuse_compressed(content, file);
    Trace trace = format == TraceFormat::Csv ? parse_csv(content, file) : parse_oracle_general(content, file);
    if (trace.requests() == 0) refuse(file, "", "no requests", "a trace of at least one request");
    return trace;
}

OracleRecord decode_oracle_record(const char* bytes) {
    return {little_endian<uint32_t>(bytes), little_endian<uint64_t>(bytes + 4), little_endian<uint32_t>(bytes + 12),
            little_endian<int64_t>(bytes + 16)};
}

void append_oracle_record(std::string& file, const OracleRecord& record) {
    append_little_endian(file, record.time_s);
    append_little_endian(file, record.id);
    append_little_endian(file, record.size);
    append_little_endian(file, record.next);
}

}  // namespace matinee::cdn::lab
