#include <algorithm>
#include <chrono>
#include <numeric>
#include <vector>

#include "clients/cli/bench/bench.hpp"
#include "system/base/random.hpp"

namespace matinee::bench {

MemoryYardstick::MemoryYardstick() : lines_((512u << 20) / sizeof(Line)) {
    const auto count = uint32_t(lines_.size());
    std::vector<uint32_t> order(count);
    std::iota(order.begin(), order.end(), 0u);
    RandomStream random(42, Purpose::Test, 0);
    for (uint32_t i = count - 1; i > 0; --i) std::swap(order[i], order[random.below(i + 1)]);
    for (uint32_t i = 0; i < count; ++i) lines_[order[i]].next = order[(i + 1) % count];
}

double MemoryYardstick::access_ns() {
    constexpr uint32_t hops = 4'000'000;
    std::vector<double> rounds;
    for (int round = 0; round < 5; ++round) {
        const auto start = std::chrono::steady_clock::now();
        uint32_t at = at_;
        for (uint32_t hop = 0; hop < hops; ++hop) at = lines_[at].next;
        at_ = at;  // the next round goes on from here, so that the compiler may not drop this one
        const std::chrono::duration<double, std::nano> spent = std::chrono::steady_clock::now() - start;
        rounds.push_back(spent.count() / hops);
    }
    volatile uint32_t keep = at_;
    (void)keep;
    std::sort(rounds.begin(), rounds.end());
    return rounds[2];
}

double dependent_access_ns() { return MemoryYardstick().access_ns(); }

}  // namespace matinee::bench
