// Independent jobs on all cores.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>

namespace matinee::cli {

/// Calls job(0) to job(count - 1), each once, on up to `threads` threads, the caller's among them; returns when all are
/// done. Jobs start in order and must not depend on one another. The first exception, in the order of the jobs, is
/// rethrown here; no further jobs start after one.
void run_parallel(size_t count, uint32_t threads, const std::function<void(size_t job)>& job);

/// What --threads may be at most.
inline constexpr uint64_t kMostThreads = 1024;

}  // namespace matinee::cli
