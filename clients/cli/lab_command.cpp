#include <vector>

#include "clients/cli/command.hpp"
#include "clients/cli/lab/lab.hpp"
#include "system/base/errors.hpp"
#include "system/base/text.hpp"

namespace matinee::cli {

/// In the order of their names. Each has a help text lab-NAME.txt.
static constexpr Command kLabs[] = {
    {"abr", run_lab_abr},
    {"cache", run_lab_cache},
    {"convert", run_lab_convert},
};

int lab_command(Words words) {
    if (words.empty()) return help_command(std::vector<std::string>{"lab"});
    for (const Command& lab : kLabs)
        if (lab.name == words[0]) return lab.run(words.subspan(1));
    std::vector<std::string> known;
    for (const Command& lab : kLabs) known.emplace_back(lab.name);
    const std::string near = nearest_spelling(words[0], known);
    throw InputError({.file = "command line",
                      .path = "",
                      .found = "`lab " + words[0] + "`",
                      .expected = one_of(known),
                      .suggestion = near.empty() ? "matinee help lab" : near});
}

}  // namespace matinee::cli
