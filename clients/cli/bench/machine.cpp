#include "clients/cli/bench/machine.hpp"

#include <algorithm>
#include <fstream>
#include <string>
#include <thread>

namespace matinee::bench {

uint32_t machine_threads() { return std::max(1u, std::thread::hardware_concurrency()); }

uint32_t useful_threads(uint32_t wanted) { return std::min(wanted, machine_threads()); }

/// The number that a file of one number holds; UINT64_MAX where there is none ("max", no such file).
static uint64_t number_in(const char* file) {
    uint64_t number = 0;
    return std::ifstream(file) >> number ? number : UINT64_MAX;
}

uint64_t free_memory_bytes() {
    uint64_t free = UINT64_MAX;
    std::ifstream lines("/proc/meminfo");
    for (std::string line; std::getline(lines, line);)
        if (line.starts_with("MemAvailable:")) free = std::stoull(line.substr(13)) * 1024;
    const uint64_t most = number_in("/sys/fs/cgroup/memory.max");
    const uint64_t used = number_in("/sys/fs/cgroup/memory.current");
    return most == UINT64_MAX || used == UINT64_MAX ? free : std::min(free, most - std::min(used, most));
}

}  // namespace matinee::bench
