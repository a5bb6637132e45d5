#include <iostream>
#include <vector>

#include "clients/cli/arguments.hpp"
#include "clients/cli/command.hpp"
#include "clients/cli/exit_codes.hpp"
#include "clients/cli/help.hpp"
#include "system/base/errors.hpp"
#include "system/base/text.hpp"

namespace matinee::cli {

static std::string name_of_text(Words words) {
    if (words.empty()) return "overview";
    std::string name = words[0];
    for (const std::string& word : words.subspan(1)) name += '-' + word;
    return name;
}

bool has_help(Words words) {
    const std::string wanted = name_of_text(words);
    for (const HelpText& text : help_texts())
        if (text.name == wanted) return true;
    return false;
}

int help_command(Words words) {
    const Arguments arguments({.command = "help", .word = "COMMAND", .most_words = 2}, words);
    const std::string wanted = name_of_text(arguments.words());
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
