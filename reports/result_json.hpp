// result.json: a Result as a file that scripts and later runs read.
//
// Layout (schema "matinee.result.v1"; keys in this order, every key always present):
//   schema, scenario{name, description, hash, overrides: ["path=value"]}, seed, digest, simulated_s, warmup_s,
//   sample_s, start_unix_s, interrupted, counts{sessions, segments, events},
//   metrics{sessions, startup_ms, rebuffering_ratio, bitrate_kbps, switches_per_minute: each {mean, p50, p95, p99,
//           samples, cdf: [[value, share], ...]}, video_start_failures, exits_before_start, peak_concurrent_viewers,
//           viewer_hours, origin_offload, cdn{<group>: {role, sites, servers, requests, request_hit_ratio, ...}}},
//   thresholds[{text, metric, stat, min, max, window_s, value, worst_at_s, has_samples, passed}], with null for no
//   bound, breakdowns[{dimension, slices[{name, then what `metrics` says of viewers}]}], markers[{kind, text, from_s,
//   to_s}], cost{total_usd, usd_per_viewer_hour, prices, lines[{item, group, quantity, unit, unit_price, usd,
//   source}]}, series{<name>: {unit, values: [one per sample step, null where nothing was measured]}}, build{version,
//   commit, compiler, type}, wall{elapsed_s, peak_rss_bytes, segments_per_second, threads}.
// Figures of nothing are null: of a distribution without samples, of a ratio whose denominator is 0, of a threshold
// without samples (`value`). `metrics`, `services`, `thresholds`, `breakdowns` and `cost` are of what follows the
// warm-up; `counts`, `markers` and `series` are of the whole run.
// Only `build` and `wall` may differ between two runs of one scenario and seed. Units are part of the names, as in
// Result.
#pragma once

#include <string>
#include <string_view>

#include "reports/result.hpp"

namespace matinee::reports {

inline constexpr std::string_view kResultSchema = "matinee.result.v1";

/// The whole file. Equal results give equal bytes; a number that is not finite becomes null.
std::string result_json(const Result& result);

/// The inverse: result_json(parse_result(text)) == text for any text that result_json wrote. Unknown keys are passed
/// over, for a later version may add some. Throws InputError naming `file` where the text is not JSON, of another
/// schema, or lacks a key.
Result parse_result(std::string_view text, const std::string& file);

}  // namespace matinee::reports
