#include "simulator/world/services_result.hpp"

#include <algorithm>
#include <functional>

#include "simulator/world/outcome.hpp"

namespace matinee::world {

namespace {

using services::Cause;
using services::CauseCounts;
using services::RegionCounts;
using services::ServiceStep;

constexpr double kMsPerUs = 1e-3;

reports::Distribution without_cdf(const Histogram& histogram) {
    reports::Distribution d = distribution(histogram, kMsPerUs);
    d.cdf.clear();
    return d;
}

uint64_t sum(const CauseCounts& counts) {
    uint64_t total = 0;
    for (const uint64_t count : counts) total += count;
    return total;
}

reports::ApiOperation operation_of(const services::OperationInfo& info, const services::OperationCounts& counts) {
    reports::ApiOperation operation;
    operation.name = info.name;
    operation.calls = counts.calls;
    operation.ok = counts.ok;
    operation.failed = sum(counts.failed);
    for (size_t c = 0; c < counts.failed.size(); ++c)
        if (counts.failed[c] > 0) operation.causes.emplace_back(Cause::at(c).name(), counts.failed[c]);
    std::sort(operation.causes.begin(), operation.causes.end(), [](const auto& a, const auto& b) {
        return a.second != b.second ? a.second > b.second : a.first < b.first;
    });
    operation.latency_ms = without_cdf(counts.latency_us);
    return operation;
}

void add_operations(const RegionCounts& all, reports::Services& services) {
    for (const services::OperationInfo& info : services::kOperationTable) {
        const size_t i = size_t(info.operation);
        const services::OperationCounts& counts = all.operations[i];
        services.calls += counts.calls;
        services.failed += sum(counts.failed);
        if (counts.calls > 0) services.operations.push_back(operation_of(info, counts));
        for (size_t c = 0; c < services::kCauses; ++c) {
            const uint64_t visits = all.visits_lost[i][c];
            services.refused += visits;
            if (visits > 0) services.lost.push_back({std::string(info.name), std::string(Cause::at(c).name()), visits});
        }
    }
    std::sort(services.lost.begin(), services.lost.end(), [](const auto& a, const auto& b) {
        return a.visits != b.visits         ? a.visits > b.visits
               : a.operation != b.operation ? a.operation < b.operation
                                            : a.cause < b.cause;
    });
}

reports::ServiceRegion region_of(const std::string& id, const RegionCounts& counts) {
    reports::ServiceRegion region;
    region.id = id;
    for (const services::OperationCounts& of : counts.operations) {
        region.calls += of.calls;
        region.failed += sum(of.failed);
    }
    region.latency_ms = without_cdf(counts.latency_us);
    region.instances_most = counts.instances_most;
    region.machine_hours = to_seconds(counts.machine_ns) / 3600;
    region.scaled_up = counts.scaled_up;
    region.scaled_down = counts.scaled_down;
    return region;
}

void add_series(const World& world, const std::string& id, const RegionCounts& counts, TimeNs end,
                reports::Result& result) {
    const TimeNs sample = world.shape.sample;
    const size_t steps = std::min(counts.steps.size(), size_t((end + sample - 1) / sample));
    const auto length_s = [&](size_t s) { return to_seconds(std::min(sample, end - TimeNs(s) * sample)); };
    using Value = std::function<std::optional<double>(const ServiceStep&, size_t)>;
    const auto add = [&](const char* name, const char* unit, const Value& value) {
        reports::Series series{std::string(name) + "." + id, unit, {}};
        for (size_t s = 0; s < steps; ++s) series.values.push_back(value(counts.steps[s], s));
        result.series.push_back(std::move(series));
    };
    add("api_calls_per_s", "1/s", [&](const ServiceStep& step, size_t s) { return double(step.calls) / length_s(s); });
    add("api_failed_per_s", "1/s",
        [&](const ServiceStep& step, size_t s) { return double(step.failed) / length_s(s); });
    add("api_latency_p95_ms", "ms", [&](const ServiceStep& step, size_t) -> std::optional<double> {
        if (step.latency_us.count() == 0) return std::nullopt;
        return step.latency_us.quantile(0.95) * kMsPerUs;
    });
    add("api_waiting", "calls", [&](const ServiceStep& step, size_t) { return double(step.queue_most); });
    add("instances", "instances", [&](const ServiceStep& step, size_t) { return double(step.instances); });
}

void add_markers(const World& world, reports::Result& result) {
    const services::Spec& spec = *world.scenario.services;
    const auto add = [&](const char* kind, const std::string& text, TimeNs at, TimeNs end) {
        result.markers.push_back({kind, text, to_seconds(at), to_seconds(std::min(end, world.shape.duration))});
    };
    for (const services::Promotion& promotion : spec.promotions)
        add("promotion", "new viewers", promotion.at, promotion.end);
    for (const services::BrownOut& spell : spec.provider.brown_outs)
        add("fault", "payment provider browns out", spell.at, spell.end);
}

}  // namespace

void add_services(const World& world, const std::vector<RegionCounts>& regions, TimeNs end, reports::Result& result) {
    RegionCounts all;
    for (const RegionCounts& region : regions) all.merge(region);
    reports::Services services;
    services.visits = all.visits;
    services.ready = all.ready;
    services.left = all.left;
    add_operations(all, services);
    services.latency_ms = without_cdf(all.latency_us);
    services.sign_in_ms = distribution(all.sign_in_us, kMsPerUs);
    services.start_ms = distribution(all.start_us, kMsPerUs);
    for (size_t r = 0; r < regions.size(); ++r) {
        const std::string& id = world.scenario.regions[r].id;
        services.regions.push_back(region_of(id, regions[r]));
        if (world.shape.series) add_series(world, id, regions[r], end, result);
    }
    add_markers(world, result);
    result.services = std::move(services);
}

}  // namespace matinee::world
