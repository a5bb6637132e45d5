#include "clients/cli/bench/measured_run.hpp"

#include <sys/resource.h>

#include <chrono>

namespace matinee::bench {

reports::Result measured_run(const scenario::Scenario& scenario, const world::RunOptions& options) {
    const auto started = std::chrono::steady_clock::now();
    reports::Result result = world::run(scenario, options);
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - started;
    rusage usage = {};
    getrusage(RUSAGE_SELF, &usage);
    result.wall.elapsed_s = elapsed.count();
    result.wall.peak_rss_bytes = uint64_t(usage.ru_maxrss) * 1024;
    result.wall.segments_per_second = elapsed.count() > 0 ? double(result.counts.segments) / elapsed.count() : 0;
    result.wall.threads = options.threads;
    return result;
}

}  // namespace matinee::bench
