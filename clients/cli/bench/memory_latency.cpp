#include <algorithm>
#include <chrono>
#include <numeric>
#include <vector>

#include "clients/cli/bench/bench.hpp"
#include "system/base/random.hpp"

namespace matinee::bench {

double dependent_access_ns() {
    struct alignas(64) Line {  // of the cache
        uint32_t next = 0;
    };
    constexpr uint32_t lines = (512u << 20) / sizeof(Line);
    constexpr uint32_t hops = 4'000'000;
    std::vector<Line> memory(lines);
    {
        std::vector<uint32_t> order(lines);
        std::iota(order.begin(), order.end(), 0u);
        RandomStream random(42, Purpose::Test, 0);
        for (uint32_t i = lines - 1; i > 0; --i) std::swap(order[i], order[random.below(i + 1)]);
        for (uint32_t i = 0; i < lines; ++i) memory[order[i]].next = order[(i + 1) % lines];
    }
    std::vector<double> rounds;
    uint32_t at = 0;
    for (int round = 0; round < 5; ++round) {
        const auto start = std::chrono::steady_clock::now();
        for (uint32_t hop = 0; hop < hops; ++hop) at = memory[at].next;
        const std::chrono::duration<double, std::nano> spent = std::chrono::steady_clock::now() - start;
        rounds.push_back(spent.count() / hops);
    }
    volatile uint32_t keep = at;  // without a use of the last hop the compiler may drop the walk
    (void)keep;
    std::sort(rounds.begin(), rounds.end());
    return rounds[2];
}

}  // namespace matinee::bench
