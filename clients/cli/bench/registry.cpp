#include "clients/cli/bench/bench.hpp"

namespace matinee::bench {

static void measure_memory(const Emit& emit) {
    emit(Measurement("memory").number("dependent_access_ns", dependent_access_ns()));
}

std::span<const Benchmark> benchmarks() {
    static constexpr Benchmark all[] = {
        {"memory", "nanoseconds of one dependent random memory access on this machine", measure_memory},
    };
    return all;
}

}  // namespace matinee::bench
