// The metrics that thresholds may name. `metrics()` and `group_metrics()` are the documentation as data: `matinee list
// metrics` prints them.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "simulator/scenario/scenario.hpp"

namespace matinee::scenario {

struct MetricInfo {
    const char* name;  ///< group metrics: the part after `cdn.<group>.`; operation metrics: after `api.<operation>.`
    const char* unit;
    const char* text;   ///< one line
    bool distribution;  ///< has the statistics mean, p50, p95 and p99, one of which a threshold must name
    bool windowed;      ///< may be demanded of every window instead of the whole run
    bool of_services = false;  ///< only where the scenario has services
};

/// Of viewers and of the whole run.
std::span<const MetricInfo> metrics();
/// Of one node group: `cdn.edge.byte_hit_ratio`.
std::span<const MetricInfo> group_metrics();
/// Of one operation of the platform's services: `api.start_playback.latency_ms`.
std::span<const MetricInfo> operation_metrics();
std::span<const std::string> metric_stats();

/// Every name that a threshold of this scenario may use.
std::vector<std::string> metric_names(const Scenario& scenario);
std::vector<std::string> metric_names(std::span<const std::string> groups);
/// The same in short, for messages.
std::string metric_names_text(std::span<const std::string> groups);
/// What a name from `metric_names` means; nullptr for any other.
const MetricInfo* find_metric(const std::string& name);

}  // namespace matinee::scenario
