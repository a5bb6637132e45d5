#include <cstdlib>
#include <fstream>
#include <vector>

#include "clients/cli/admin/actions.hpp"
#include "clients/cli/command.hpp"
#include "clients/cli/exit_codes.hpp"
#include "system/base/errors.hpp"
#include "system/base/text.hpp"

namespace matinee::cli {

namespace {

/// Not from the command line, which everybody on the machine can read.
std::string admin_token(const Arguments& arguments, bool needed) {
    if (const auto file = arguments.value("--token-file")) {
        std::ifstream stream(*file);
        std::string token;
        if (!(stream >> token))
            throw InputError({*file, "", "no token that can be read", "a file with the server's admin_token", ""});
        return token;
    }
    const char* const variable = std::getenv("MATINEE_ADMIN_TOKEN");
    if (variable != nullptr && *variable != '\0') return variable;
    if (!needed) return "";
    throw InputError({"command line", "", "no administrator's token", "--token-file FILE or MATINEE_ADMIN_TOKEN",
                      "it is the server's setting admin_token"});
}

const AdminAction& action_of(const std::vector<std::string>& words) {
    std::vector<std::string> known;
    for (const AdminAction& action : admin_actions()) {
        const std::string name(action.name);
        const bool has_two = name.find(' ') != std::string::npos;
        if (words[0] == name || (has_two && words.size() > 1 && words[0] + " " + words[1] == name)) return action;
        known.push_back(name);
    }
    const std::string found = words[0] + (words.size() > 1 ? " " + words[1] : "");
    const std::string near = nearest_spelling(found, known);
    throw InputError({"command line", "", "`admin " + found + "`", one_of(known),
                      near.empty() ? "matinee help admin" : "matinee admin " + near});
}

}  // namespace

int admin_command(Words words) {
    const Arguments arguments({.command = "admin",
                               .flags = {"--json"},
                               .valued = {"--url", "--token-file", "--ca-file", "--limit", "--after", "--version",
                                          "--amount-minor", "--reason", "--key"},
                               .repeated = {},
                               .word = "ACTION",
                               .least_words = 1,
                               .most_words = 4},
                              words);
    const AdminAction& action = action_of(arguments.words());
    const size_t own = action.name.find(' ') == std::string_view::npos ? 1 : 2;
    const std::vector<std::string> rest(arguments.words().begin() + long(own), arguments.words().end());
    if (rest.size() != action.word_count) {
        const std::string usage =
            std::string(action.name) + (action.words.empty() ? "" : " ") + std::string(action.words);
        throw InputError({"command line", "",
                          std::to_string(rest.size()) + " words behind `" + std::string(action.name) + "`",
                          "matinee admin " + usage, "matinee help admin"});
    }
    AdminClient server({.url = arguments.value("--url").value_or("http://127.0.0.1:8080"),
                        .token = admin_token(arguments, action.needs_token),
                        .ca_file = arguments.value("--ca-file").value_or("")});
    action.run({.server = server, .options = arguments, .words = rest, .json = arguments.has("--json")});
    return kDone;
}

}  // namespace matinee::cli
