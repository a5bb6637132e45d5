// Ctrl-C: the first asks the run to end at its next window, the second ends the process at once.
#pragma once

#include <atomic>

namespace matinee::cli {

/// While one lives, SIGINT and SIGTERM set the flag instead of ending the process. One at a time.
class Interrupt {
public:
    Interrupt();
    ~Interrupt();
    Interrupt(const Interrupt&) = delete;
    Interrupt& operator=(const Interrupt&) = delete;

    static const std::atomic<bool>& requested();
};

}  // namespace matinee::cli
