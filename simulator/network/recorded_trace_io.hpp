// Reads and writes recorded access links in the file formats that streaming research uses.
//
// | format   | told by                                  | content                                            |
// |----------|------------------------------------------|----------------------------------------------------|
// | Sabre    | .json, or text that starts with `[`      | [{duration_ms, bandwidth_kbps, latency_ms}, ...]   |
// | CSV      | .csv, or a first line with `,` or `;`    | time_s or time_ms, kbps and optionally latency_ms  |
// | Mahimahi | .mahi .mahimahi .up .down, or one number | a line: the millisecond of an opportunity to send  |
// |          | a line                                   | 1504 bytes; the last one is the cycle's length     |
// | Pensieve | two numbers a line                       | `seconds Mbit/s`, Pensieve's "cooked" traces       |
// | Log      | six numbers a line                       | Unix time, clock in ms, latitude, longitude, bytes |
// |          |                                          | and ms since the line before: the Norway HSDPA     |
// |          |                                          | logs (Riiser et al., MMSys 2013) and the Ghent 4G  |
// |          |                                          | logs (van der Hooft et al., IEEE Comm. Letters     |
// |          |                                          | 2016)                                              |
//
// Semantics: a CSV row's rate holds from its time to the next row's, the last row's for as long as the row before it;
// without a header the columns are time_s, kbps[, latency_ms]. Row k of a Pensieve trace holds over (t[k-1], t[k]], so
// the first row gives only the start. A log's line is a period of its last column, whatever the clock says between two
// lines; lines of 0 bytes in 0 ms say nothing and are left out. Mahimahi opportunities are counted over (k, k+1] steps of kMahimahiStepMs and
// neighbours of equal rate become one period; the mean over the cycle is exact, what happens inside a step is not kept.
// Times are rounded to whole nanoseconds. Text formats may hold blank lines and lines that start with `#`.
//
// Everything else is refused with InputError: the file, `line N` or a JSON path, what was found and what may stand
// there. That includes text that is not UTF-8, NaN and infinities, times that do not increase, unknown keys and
// columns, bandwidths above 100 Gbit/s or between 0 and 1 bit/s, latencies above 60 s, traces longer than 31 days and
// traces whose bandwidth is always 0.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "simulator/network/recorded_trace.hpp"

namespace matinee::network {

enum class TraceFormat : uint8_t { Auto, Sabre, Csv, Mahimahi, Pensieve, Log };

/// Mahimahi's opportunities are counted over steps of this length.
inline constexpr int64_t kMahimahiStepMs = 1000;
/// What one Mahimahi line may deliver: an MTU of 1500 and the 4 bytes of its tun header (Netravali et al., ATC 2015).
inline constexpr int64_t kMahimahiBytes = 1504;
/// No trace file may be larger; a Mahimahi trace of 100 Mbit/s takes about 60 kB a second.
inline constexpr uint64_t kMaxTraceFileBytes = 256u << 20;

/// Parses the text of one trace. `name` becomes the trace's name and stands for the file in errors; Auto decides by the
/// extension of `name`, then by the text. Pure: no files, no state. Throws InputError and nothing else of its own.
RecordedTrace parse_trace(std::string_view text, std::string name, TraceFormat format = TraceFormat::Auto);

/// Reads one file. The trace is named after the file without its folder; errors name the path as given.
RecordedTrace read_trace(const std::filesystem::path& file);

/// Reads one file, or every trace in a folder and the folders below it in the order of their sorted paths (bytes, `/`
/// between folders). Skipped in a folder: names that start with a dot, `*.md`, and README, LICENSE, LICENCE, COPYING,
/// NOTICE with any extension. Any other file must be a trace, and there must be at least one; links to folders and
/// things that are not files are refused.
std::vector<RecordedTrace> read_traces(const std::filesystem::path& file_or_folder);

/// The text of a trace in a format that parse_trace reads; not Auto or Log, which say more than a trace knows. Sabre and CSV
/// keep everything, to the nanosecond; Pensieve drops latencies; Mahimahi drops them too and keeps the mean rate to half an
/// opportunity. Throws InputError (file: the trace's name) for a Mahimahi trace that no file may hold.
std::string trace_text(const RecordedTrace& trace, TraceFormat format);

}  // namespace matinee::network
