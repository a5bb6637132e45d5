#include "clients/cli/terminal.hpp"

#include <unistd.h>

#include <cstdlib>
#include <string_view>

namespace matinee::cli {

static bool is_live_terminal(int descriptor) {
    const char* terminal = std::getenv("TERM");
    return isatty(descriptor) != 0 && terminal != nullptr && std::string_view(terminal) != "dumb";
}

bool stdout_has_colour() {
    const char* no_colour = std::getenv("NO_COLOR");
    return is_live_terminal(STDOUT_FILENO) && (no_colour == nullptr || *no_colour == '\0');
}

bool stderr_redraws() { return is_live_terminal(STDERR_FILENO); }

}  // namespace matinee::cli
