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

/// The yardstick for everything that jumps around in memory, because it moves with the machine and its other tenants: a
/// random cycle through 512 MiB, one hop per cache line. Laying it out takes some 5 s.
class MemoryYardstick {
public:
    MemoryYardstick();
    /// Nanoseconds of one dependent random access to memory, now: the median of 5 rounds of 4 million hops, some 5 s.
    double access_ns();

private:
    struct alignas(64) Line {  // of the cache
        uint32_t next = 0;
    };
    std::vector<Line> lines_;
    uint32_t at_ = 0;
};

/// The same once.
double dependent_access_ns();

}  // namespace matinee::bench
