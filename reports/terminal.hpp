// The report for a terminal: verdict first, then what viewers saw, the CDN, the cost and what happened meanwhile.
#pragma once

#include <string>

#include "reports/result.hpp"

namespace matinee::reports {

struct TerminalOptions {
    bool colour = false;  ///< ANSI colours; the caller knows whether a terminal listens and what NO_COLOR says
};

/// Lines of at most 80 columns, each ending in a newline. Equal results give equal text except for the speed and the
/// build.
std::string terminal_text(const Result& result, const TerminalOptions& options = {});

}  // namespace matinee::reports
