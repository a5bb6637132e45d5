#include "clients/cli/bench/core_probe.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>

#include "clients/cli/bench/cpu_time.hpp"

namespace matinee::bench {

namespace {

double upper_median(std::vector<double> values) {
    if (values.empty()) return 0;
    const auto middle = values.begin() + std::ptrdiff_t(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

}  // namespace

double core_probe_s() {
    const double start_s = thread_cpu_seconds();
    // Several chains side by side: what shares the core takes away the room for these first.
    uint64_t a = 1, b = 2, c = 3, d = 4;
    for (uint64_t i = 0; i < 40'000; ++i) {
        a = a * 5 + 1;
        b ^= b << 3;
        c += c >> 7;
        d = (d << 1) ^ a;
        b += i;
        c ^= d;
        asm volatile("" : "+r"(a), "+r"(b), "+r"(c), "+r"(d));  // each round for itself
    }
    return thread_cpu_seconds() - start_s;
}

double ProbedSamples::fastest_probe_s() const {
    double fastest_s = std::numeric_limits<double>::infinity();
    for (const Sample& sample : samples_) fastest_s = std::min(fastest_s, sample.probe_s);
    return fastest_s;
}

size_t ProbedSamples::at_full_speed(double fastest_s) const {
    return size_t(std::count_if(samples_.begin(), samples_.end(),
                                [&](const Sample& sample) { return sample.at_full_speed(fastest_s); }));
}

double ProbedSamples::median_at_full_speed(double fastest_s) const {
    std::vector<double> values;
    for (const Sample& sample : samples_)
        if (sample.at_full_speed(fastest_s)) values.push_back(sample.value);
    return values.size() < kFewest ? median() : upper_median(std::move(values));
}

double ProbedSamples::median() const {
    std::vector<double> values;
    for (const Sample& sample : samples_) values.push_back(sample.value);
    return upper_median(std::move(values));
}

}  // namespace matinee::bench
