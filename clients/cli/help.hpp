// The help texts of clients/cli/help, compiled in: one for each command, and `overview`.
#pragma once

#include <span>
#include <string_view>

namespace matinee::cli {

struct HelpText {
    std::string_view name;
    std::string_view text;
};

/// Sorted by name.
std::span<const HelpText> help_texts();

}  // namespace matinee::cli
