#include "simulator/scenario/metrics.hpp"

#include "simulator/services/operations.hpp"
#include "system/base/text.hpp"

namespace matinee::scenario {

std::span<const MetricInfo> metrics() {
    static constexpr MetricInfo kMetrics[] = {
        {"startup_ms", "ms", "from pressing play to the first frame, over sessions", true, true},
        {"rebuffering_ratio", "share", "stall / (stall + play), over sessions", true, true},
        {"bitrate_kbps", "kbit/s", "time-weighted mean of what was played, over sessions", true, true},
        {"switches_per_minute", "1/min", "changes of rung per minute played, over sessions", true, true},
        {"video_start_failures", "share", "sessions that never started because requests failed", false, false},
        {"exits_before_start", "share", "sessions left by an impatient viewer before the first frame", false, false},
        {"peak_concurrent_viewers", "viewers", "most viewers at one moment", false, false},
        {"origin_offload", "share", "1 - bytes served by origins / bytes served to viewers", false, false},
        {"cost.total_usd", "USD", "what the run costs by the price file", false, false},
        {"cost.usd_per_viewer_hour", "USD", "the same per hour a viewer spent", false, false},
        {"api.latency_ms", "ms", "from the region's door to the answer's leaving it, over calls", true, false, true},
        {"api.failed", "share", "calls refused, answered with an error or given up", false, false, true},
        {"visits.sign_in_ms", "ms", "opening the app to the home page, time for choices aside", true, false, true},
        {"visits.play_answer_ms", "ms", "pressing play to the platform's answer", true, false, true},
        {"visits.refused", "share", "visits that a failed call ended before play", false, false, true},
    };
    return kMetrics;
}

std::span<const MetricInfo> group_metrics() {
    static constexpr MetricInfo kMetrics[] = {
        {"request_hit_ratio", "share", "(hits + coalesced) / requests", false, true},
        {"byte_hit_ratio", "share", "the same by bytes", false, true},
        {"coalesced", "requests", "requests that waited for an object already on its way", false, false},
        {"requests", "requests", "segment requests that arrived", false, false},
        {"egress_bytes", "bytes", "bytes that left the group", false, false},
        {"peak_egress_gbps", "Gbit/s", "highest 5-minute mean of its egress", false, false},
        {"rejected", "requests", "requests answered with \"overloaded\"", false, false},
    };
    return kMetrics;
}

std::span<const MetricInfo> operation_metrics() {
    static constexpr MetricInfo kMetrics[] = {
        {"latency_ms", "ms", "from the region's door to the answer's leaving it, over calls", true, false, true},
        {"failed", "share", "calls refused, answered with an error or given up", false, false, true},
    };
    return kMetrics;
}

std::span<const std::string> metric_stats() {
    static const std::string kStats[] = {"mean", "p50", "p95", "p99"};
    return kStats;
}

std::vector<std::string> metric_names(std::span<const std::string> groups) {
    std::vector<std::string> names;
    for (const MetricInfo& metric : metrics()) names.emplace_back(metric.name);
    for (const std::string& group : groups)
        for (const MetricInfo& metric : group_metrics()) names.push_back("cdn." + group + "." + metric.name);
    for (const services::OperationInfo& operation : services::kOperationTable)
        for (const MetricInfo& metric : operation_metrics())
            names.push_back("api." + std::string(operation.name) + "." + metric.name);
    return names;
}

std::string metric_names_text(std::span<const std::string> groups) {
    std::string text;
    for (const MetricInfo& metric : metrics()) text += std::string(metric.name) + ", ";
    std::vector<std::string> of_groups;
    for (const MetricInfo& metric : group_metrics()) of_groups.emplace_back(metric.name);
    std::vector<std::string> of_operations;
    for (const MetricInfo& metric : operation_metrics()) of_operations.emplace_back(metric.name);
    return text + "or cdn.<group>.<name> with the group " + one_of(groups) + " and the name " + one_of(of_groups) +
           ", or api.<operation>.<name> with the name " + one_of(of_operations);
}

std::vector<std::string> metric_names(const Scenario& scenario) {
    std::vector<std::string> groups;
    for (const NodeGroup& group : scenario.cdn.nodes) groups.push_back(group.id);
    return metric_names(groups);
}

const MetricInfo* find_metric(const std::string& name) {
    for (const MetricInfo& metric : metrics())
        if (name == metric.name) return &metric;
    const size_t dot = name.rfind('.');  // ids have no dots
    const auto among = [&](std::span<const MetricInfo> known) -> const MetricInfo* {
        for (const MetricInfo& metric : known)
            if (name.compare(dot + 1, name.npos, metric.name) == 0) return &metric;
        return nullptr;
    };
    if (name.starts_with("cdn.")) return among(group_metrics());
    if (name.starts_with("api.") && dot > 3 && services::operation_named(std::string_view(name).substr(4, dot - 4)))
        return among(operation_metrics());
    return nullptr;
}

}  // namespace matinee::scenario
