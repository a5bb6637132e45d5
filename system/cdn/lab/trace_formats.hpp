// Traces as files have them. What comes from outside is refused whole (InputError) where it is damaged.
//
// oracle-general (libCacheSim): records of 24 bytes, little endian, without a header: u32 time in seconds, u64 object
// id,
//   u32 size in bytes, i64 number of the object's next request (counted over the recording), -1 or 2^63 - 1 for never.
//   Other negative numbers are refused. The trace itself shows next requests, so the recorded ones count only where
//   they lie beyond its end.
// csv: time,object,size in a line. Time in seconds, 0 to 4294967295, of which the whole seconds count; an object is a
//   decimal number up to 2^64 - 1 or any other text without a comma, of which a 64-bit digest is the id; size in bytes.
//   A first line whose time and size are not numbers is a header. Empty lines and lines that begin with # are skipped.
//
// Sizes may be 0 and may change from request to request. A time that goes back counts as the latest before it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "system/cdn/lab/trace.hpp"

namespace matinee::cdn::lab {

enum class TraceFormat : uint8_t { OracleGeneral, Csv };

/// Names as command lines spell them, in the order of the enumeration.
std::span<const std::string> trace_format_names();
std::optional<TraceFormat> trace_format_named(std::string_view name);

/// `file` is the name in messages. Throws InputError.
Trace parse_trace(std::string_view content, const std::string& file, TraceFormat format);

struct OracleRecord {
    uint32_t time_s = 0;
    ObjectKey id = 0;
    uint32_t size = 0;
    int64_t next = -1;
};
inline constexpr size_t kOracleRecordBytes = 24;
OracleRecord decode_oracle_record(const char* bytes);
void append_oracle_record(std::string& file, const OracleRecord& record);

}  // namespace matinee::cdn::lab
