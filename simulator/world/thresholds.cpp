#include <algorithm>
#include <cstdio>

#include "simulator/world/outcome.hpp"

namespace matinee::world {

namespace {

using reports::ThresholdVerdict;
using scenario::Threshold;

struct Value {
    double value = 0;
    bool has_samples = false;

    Value() = default;
    Value(double value_, bool has_samples_) : value(value_), has_samples(has_samples_) {}
    Value(std::optional<double> measured) : value(measured.value_or(0)), has_samples(measured.has_value()) {}
};

double stat_of(const reports::Distribution& d, const std::string& stat) {
    if (stat == "p50") return d.p50;
    if (stat == "p95") return d.p95;
    if (stat == "p99") return d.p99;
    return d.mean;
}

double stat_of(const Histogram& h, const std::string& stat) {
    if (stat == "p50") return h.quantile(0.50);
    if (stat == "p95") return h.quantile(0.95);
    if (stat == "p99") return h.quantile(0.99);
    return h.mean();
}

/// The measure a name stands for, or kMeasures.
size_t measure_named(const std::string& metric) {
    const char* const names[kMeasures] = {"startup_ms", "rebuffering_ratio", "bitrate_kbps", "switches_per_minute"};
    return size_t(std::find(std::begin(names), std::end(names), metric) - std::begin(names));
}

const reports::CdnGroup* group_of(const reports::Result& result, const std::string& metric, std::string& field) {
    if (!metric.starts_with("cdn.")) return nullptr;
    const size_t dot = metric.rfind('.');
    field = metric.substr(dot + 1);
    const std::string id = metric.substr(4, dot - 4);
    for (const reports::CdnGroup& group : result.cdn)
        if (group.id == id) return &group;
    return nullptr;
}

/// Of "api.<operation>.<field>", or of all operations.
Value of_calls(const std::string& field, const std::string& stat, uint64_t calls, uint64_t failed,
               const reports::Distribution& latency) {
    if (field == "failed") return {double(failed) / double(std::max<uint64_t>(1, calls)), calls > 0};
    return {stat_of(latency, stat), latency.samples > 0};
}

Value of_services(const Threshold& threshold, const reports::Services& services) {
    const std::string& metric = threshold.metric;
    if (metric == "visits.sign_in_ms")
        return {stat_of(services.sign_in_ms, threshold.stat), services.sign_in_ms.samples > 0};
    if (metric == "visits.play_answer_ms")
        return {stat_of(services.start_ms, threshold.stat), services.start_ms.samples > 0};
    if (metric == "visits.refused")
        return {double(services.refused) / double(std::max<uint64_t>(1, services.visits)), services.visits > 0};
    const size_t dot = metric.rfind('.');
    const std::string field = metric.substr(dot + 1);
    if (dot == 3) return of_calls(field, threshold.stat, services.calls, services.failed, services.latency_ms);
    const std::string operation = metric.substr(4, dot - 4);
    for (const reports::ApiOperation& of : services.operations)
        if (of.name == operation) return of_calls(field, threshold.stat, of.calls, of.failed, of.latency_ms);
    return {};  // never called
}

Value over_run(const Threshold& threshold, const reports::Result& result) {
    const reports::Experience& e = result.experience;
    const reports::Distribution* const measures[kMeasures] = {&e.startup_ms, &e.rebuffering_ratio, &e.bitrate_kbps,
                                                              &e.switches_per_minute};
    const size_t measure = measure_named(threshold.metric);
    if (measure < kMeasures) return {stat_of(*measures[measure], threshold.stat), measures[measure]->samples > 0};
    if (result.services && (threshold.metric.starts_with("api.") || threshold.metric.starts_with("visits.")))
        return of_services(threshold, *result.services);
    std::string field;
    if (const reports::CdnGroup* group = group_of(result, threshold.metric, field)) {
        if (field == "request_hit_ratio") return group->request_hit_ratio;
        if (field == "byte_hit_ratio") return group->byte_hit_ratio;
        if (field == "coalesced") return {double(group->coalesced), true};
        if (field == "requests") return {double(group->requests), true};
        if (field == "egress_bytes") return {double(group->egress_bytes), true};
        if (field == "peak_egress_gbps") return {group->peak_egress_gbps, true};
        if (field == "rejected") return {double(group->rejected), true};
    }
    if (threshold.metric == "video_start_failures") return e.video_start_failures;
    if (threshold.metric == "exits_before_start") return e.exits_before_start;
    if (threshold.metric == "peak_concurrent_viewers") return {double(result.peak_concurrent_viewers), true};
    if (threshold.metric == "origin_offload") return result.origin_offload;
    if (threshold.metric == "cost.total_usd") return {result.cost.total_usd, true};
    if (threshold.metric == "cost.usd_per_viewer_hour") return result.cost.usd_per_viewer_hour;
    throw std::logic_error("a metric that the scenario's reader knows has no value: " + threshold.metric);
}

/// The value in window number `w` of the threshold's length.
Value in_window(const World& world, const Recorder& recorder, const Threshold& threshold, const reports::Result& result,
                size_t w) {
    const size_t measure = measure_named(threshold.metric);
    if (measure < kMeasures) {
        const auto& windows = world.shape.windows;
        const size_t i = size_t(std::find(windows.begin(), windows.end(), threshold.window) - windows.begin());
        const Histogram& histogram = recorder.windowed(i)[w][measure];
        return {stat_of(histogram, threshold.stat) * kReportedPerUnit[measure], histogram.count() > 0};
    }
    std::string field;
    const reports::CdnGroup* group = group_of(result, threshold.metric, field);
    const size_t g = size_t(group - result.cdn.data());
    GroupStep sum;
    for (size_t step = 0; step < recorder.steps(); ++step)
        if (size_t(TimeNs(step) * world.shape.sample / threshold.window) == w) sum.merge(recorder.group_at(step, g));
    if (field == "byte_hit_ratio")
        return {double(sum.hit) / double(std::max<Bytes>(1, sum.hit + sum.forwarded)), sum.hit + sum.forwarded > 0};
    return {double(sum.hits) / double(std::max<uint64_t>(1, sum.hits + sum.misses)), sum.hits + sum.misses > 0};
}

bool within(const Threshold& threshold, double value) {
    return (!threshold.min || value >= *threshold.min) && (!threshold.max || value <= *threshold.max);
}

/// How far inside its bounds a value lies; negative outside.
double margin(const Threshold& threshold, double value) {
    double least = 1e300;
    if (threshold.min) least = std::min(least, value - *threshold.min);
    if (threshold.max) least = std::min(least, *threshold.max - value);
    return least;
}

std::string number(double x) {
    char text[32];
    std::snprintf(text, sizeof text, "%.6g", x);
    return text;
}

std::string text_of(const Threshold& threshold) {
    std::string text = threshold.metric + (threshold.stat.empty() ? "" : " " + threshold.stat);
    if (threshold.min) text += " >= " + number(*threshold.min);
    if (threshold.max) text += (threshold.min ? " and <= " : " <= ") + number(*threshold.max);
    if (threshold.window > 0) text += " in every " + number(to_seconds(threshold.window)) + " s";
    return text;
}

}  // namespace

void judge_thresholds(const World& world, const Recorder& recorder, reports::Result& result) {
    for (const Threshold& threshold : world.scenario.thresholds) {
        ThresholdVerdict verdict;
        verdict.text = text_of(threshold);
        verdict.metric = threshold.metric;
        verdict.stat = threshold.stat;
        verdict.min = threshold.min;
        verdict.max = threshold.max;
        verdict.window_s = to_seconds(threshold.window);
        if (threshold.window == 0) {
            const Value value = over_run(threshold, result);
            verdict.value = value.value;
            verdict.has_samples = value.has_samples;
        } else {
            // Windows that lie in the warm-up do not count; the one that straddles its end does.
            for (size_t w = size_t(world.shape.warmup / threshold.window);
                 TimeNs(w) * threshold.window < from_seconds(result.simulated_s); ++w) {
                const Value value = in_window(world, recorder, threshold, result, w);
                if (!value.has_samples) continue;
                const bool worse =
                    !verdict.has_samples || margin(threshold, value.value) < margin(threshold, verdict.value);
                if (worse) {
                    verdict.value = value.value;
                    verdict.worst_at_s = double(w) * verdict.window_s;
                }
                verdict.has_samples = true;
            }
        }
        verdict.passed = verdict.has_samples && within(threshold, verdict.value);
        result.thresholds.push_back(std::move(verdict));
    }
}

}  // namespace matinee::world
