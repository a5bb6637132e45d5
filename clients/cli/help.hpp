// The help texts of clients/cli/help, compiled in: one for each command, and `overview`.
#pragma once

#include <span>
#include <string_view>

#include "clients/cli/command.hpp"

namespace matinee::cli {

struct HelpText {
    std::string_view name;
    std::string_view text;
};

/// Sorted by name. A command of two words, such as `lab cache`, is called lab-cache.
std::span<const HelpText> help_texts();

/// Whether there is a text for the command of these words.
bool has_help(Words words);

}  // namespace matinee::cli
