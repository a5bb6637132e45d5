#include "clients/cli/interrupt.hpp"

#include <csignal>

namespace matinee::cli {

static std::atomic<bool> interrupted{false};
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler may touch nothing else");

extern "C" void matinee_on_interrupt(int) { interrupted.store(true); }

Interrupt::Interrupt() {
    interrupted.store(false);
    struct sigaction action = {};
    action.sa_handler = matinee_on_interrupt;
    action.sa_flags = SA_RESTART | static_cast<int>(SA_RESETHAND);  // the second signal meets the default action
    sigaction(SIGINT, &action, nullptr);
    sigaction(SIGTERM, &action, nullptr);
}

Interrupt::~Interrupt() {
    std::signal(SIGINT, SIG_DFL);
    std::signal(SIGTERM, SIG_DFL);
}

const std::atomic<bool>& Interrupt::requested() { return interrupted; }

}  // namespace matinee::cli
