// What the exit code of the program says.
#pragma once

namespace matinee::cli {

inline constexpr int kDone = 0;
inline constexpr int kInternalError = 1;     ///< a bug in matinee
inline constexpr int kBadInput = 2;          ///< nothing was written
inline constexpr int kMachineRefused = 3;    ///< disk, port, memory
inline constexpr int kNondeterminism = 4;    ///< of verify-digest
inline constexpr int kThresholdFailed = 99;  ///< k6 uses the same
inline constexpr int kInterrupted = 130;     ///< 128 + SIGINT, as shells have it

}  // namespace matinee::cli
