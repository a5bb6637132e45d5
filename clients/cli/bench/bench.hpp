// Benchmarks of the program: `matinee bench`. To add one, write its function in a file of this folder and a line in
// registry.cpp. A benchmark, or its quick form, measures at most a minute or so and emits a measurement for each point
// it measured.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace matinee::bench {

/// One measured point: named figures in the order in which they were added. Units are part of the names.
class Measurement {
public:
    /// `name` is the benchmark's; it becomes the first figure.
    explicit Measurement(std::string_view name);

    Measurement& text(std::string_view key, std::string_view value);
    Measurement& number(std::string_view key, double value);
    Measurement& integer(std::string_view key, uint64_t value);

    std::string json_line() const;  ///< one JSON object and a newline
    std::string table() const;      ///< for people: a figure a line

private:
    struct Figure {
        std::string key;
        std::string json;   ///< the value as JSON
        std::string shown;  ///< the value for people
    };
    std::vector<Figure> figures_;
};

using Emit = std::function<void(const Measurement&)>;

struct Benchmark {
    std::string_view name;
    std::string_view summary;  ///< one line for `matinee bench --list`
    void (*run)(const Emit& emit);
    void (*run_quick)(const Emit& emit) = nullptr;  ///< for `--quick`; without it, `run`
};

/// Every benchmark, in the order in which they run.
std::span<const Benchmark> benchmarks();

/// Nanoseconds of one dependent random access to memory, now: the yardstick for everything that jumps around in memory,
/// because it moves with the machine and its other tenants. Median of 5 rounds of 4 million hops through a random cycle
/// of 512 MiB, one hop per cache line; takes about 10 s, mostly to lay out the cycle.
double dependent_access_ns();

}  // namespace matinee::bench
