#include <iostream>

#include "clients/cli/bench/cpu_time.hpp"
#include "clients/cli/bench/mapped_file.hpp"
#include "clients/cli/exit_codes.hpp"
#include "clients/cli/lab/cache_arguments.hpp"
#include "clients/cli/lab/cache_report.hpp"
#include "clients/cli/lab/lab.hpp"
#include "clients/cli/lab/option_values.hpp"
#include "clients/cli/lab/output_file.hpp"
#include "clients/cli/parallel.hpp"
#include "system/cdn/lab/replay.hpp"

namespace matinee::cli {

using namespace cdn::lab;

namespace {

constexpr uint32_t kCurvePoints = 40;

/// Policy after policy, each at every capacity.
std::vector<CacheRun> replay_all(const CacheTask& task, const Trace& trace) {
    std::vector<CacheRun> runs;
    bool foresees = false;
    for (const cdn::CacheSpec& spec : task.specs) {
        foresees |= spec.evict == cdn::Eviction::Belady;
        for (const Capacity& capacity : task.capacities) {
            runs.push_back(
                {.spec = spec, .capacity_text = capacity.text, .capacity = capacity.of(footprint_of(task, trace))});
            if (runs.back().capacity == 0)
                refuse_option("--capacity", capacity.text,
                              "a share of the footprint that is at least one byte or object");
        }
    }
    const std::vector<uint32_t> future = foresees ? trace.future() : std::vector<uint32_t>();
    run_parallel(runs.size(), task.threads, [&](size_t job) {
        CacheRun& run = runs[job];
        const double start_s = bench::thread_cpu_seconds();
        run.counts = replay(trace, {run.spec, run.capacity, task.ignore_size}, future);
        run.cpu_s = bench::thread_cpu_seconds() - start_s;
    });
    return runs;
}

/// LRU with all admitted has an exact way; the others are sampled.
MissRatioCurves all_curves(const CacheTask& task, const Trace& trace) {
    MissRatioCurves all;
    all.capacities = curve_capacities(footprint_of(task, trace), kCurvePoints);
    all.sample_rate = task.sample_rate.value_or(usual_sample_rate(trace));
    const MiniatureCache miniature(trace, all.sample_rate, task.ignore_size);
    struct Job {
        size_t curve, point;
    };
    std::vector<Job> jobs;
    for (const cdn::CacheSpec& spec : task.specs) {
        const bool exact = spec.evict == cdn::Eviction::Lru && spec.admit == cdn::Admission::Always;
        for (size_t point = 0; point < (exact ? 1 : all.capacities.size()); ++point)
            jobs.push_back({all.curves.size(), point});
        all.curves.push_back({spec, exact, std::vector<MissRatios>(all.capacities.size())});
    }
    run_parallel(jobs.size(), task.threads, [&](size_t number) {
        const auto [which, point] = jobs[number];
        MissRatioCurve& curve = all.curves[which];
        if (!curve.exact) {
            curve.points[point] = miniature.ratios_at(curve.spec, all.capacities[point]);
            return;
        }
        const std::vector<Counts> counts = lru_curve(trace, all.capacities, task.ignore_size);
        for (size_t i = 0; i < counts.size(); ++i)
            curve.points[i] = {counts[i].object_miss_ratio(), counts[i].byte_miss_ratio()};
    });
    return all;
}

Trace read_trace(const CacheTask& task) {
    const MappedFile file(task.trace_file);
    return parse_trace(file.content(), task.trace_file, task.format);
}

}  // namespace

int run_lab_cache(Words words) {
    const CacheTask task = read_cache_task(words);
    const Trace trace = read_trace(task);
    const std::vector<CacheRun> runs = replay_all(task, trace);
    MissRatioCurves curves;
    if (task.curve_file) {
        curves = all_curves(task, trace);
        write_file(*task.curve_file, curves_page(task, trace, curves));
    }
    if (task.json) {
        std::cout << (runs.empty() ? curves_json(curves) : runs_json(runs));
        return kDone;
    }
    if (!runs.empty()) std::cout << runs_table(task, trace, runs);
    if (task.curve_file) std::cout << (runs.empty() ? "" : "\n") << "curves  " << *task.curve_file << '\n';
    return kDone;
}

}  // namespace matinee::cli
