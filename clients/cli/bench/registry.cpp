#include "clients/cli/bench/bench.hpp"
#include "clients/cli/bench/lab_abr.hpp"
#include "clients/cli/bench/lab_cache.hpp"
#include "clients/cli/bench/million.hpp"
#include "clients/cli/bench/serve.hpp"
#include "clients/cli/bench/services.hpp"
#include "clients/cli/bench/simulate.hpp"

namespace matinee::bench {

static void measure_memory(const Emit& emit) {
    emit(Measurement("memory").number("dependent_access_ns", dependent_access_ns()));
}

std::span<const Benchmark> benchmarks() {
    static constexpr Benchmark all[] = {
        {"memory", "nanoseconds of one dependent random memory access on this machine", measure_memory},
        {"simulate", "segment requests a second and bytes a viewer at 10 k, 100 k and 1 M viewers", measure_simulate},
        {"million",
         "a launch night of a million viewers: threads, misses, saturation (half an hour; --quick: a minute)",
         measure_million, measure_million_quick},
        {"reporting", "what series and breakdowns cost, in alternating pairs", measure_reporting},
        {"services", "CPU time of a call of the platform's API in the simulator, by operation", measure_services},
        {"lab-abr", "segments a second of the ABR laboratory by model and rule, one thread", measure_lab_abr},
        {"lab-cache", "requests a second of the cache laboratory by policy, beside a textbook LRU", measure_lab_cache},
        {"serve", "requests a second of the live host over HTTP, times at half the mark, price of idle connections",
         measure_serve, measure_serve_quick},
    };
    return all;
}

}  // namespace matinee::bench
