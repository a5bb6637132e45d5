#include <iostream>
#include <vector>

#include "clients/cli/arguments.hpp"
#include "clients/cli/command.hpp"
#include "clients/cli/exit_codes.hpp"
#include "clients/cli/help.hpp"
#include "system/base/errors.hpp"
#include "system/base/text.hpp"

namespace matinee::cli {

int help_command(Words words) {
    const Arguments arguments({.command = "help", .word = "COMMAND", .most_words = 1}, words);
    const std::string wanted = arguments.words().empty() ? "overview" : arguments.words()[0];
    std::vector<std::string> known;
    for (const HelpText& text : help_texts()) {
        if (text.name == wanted) {
            std::cout << text.text;
            return kDone;
        }
        if (text.name != "overview") known.emplace_back(text.name);
    }
    throw InputError({.file = "command line",
                      .path = "",
                      .found = "`help " + wanted + "`",
                      .expected = "a command: " + one_of(known),
                      .suggestion = nearest_spelling(wanted, known)});
}

}  // namespace matinee::cli
