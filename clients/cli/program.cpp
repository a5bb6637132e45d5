#include <cstdio>
#include <exception>
#include <iostream>
#include <new>
#include <vector>

#include "clients/cli/command.hpp"
#include "clients/cli/exit_codes.hpp"
#include "clients/cli/help.hpp"
#include "system/base/errors.hpp"
#include "system/base/text.hpp"

namespace matinee::cli {

std::span<const Command> commands() {
    static constexpr Command all[] = {
        {"admin", admin_command},     {"bench", bench_command},       {"compare", compare_command},
        {"explain", explain_command}, {"help", help_command},         {"lab", lab_command},
        {"list", list_command},       {"run", run_command},           {"seed-demo", seed_demo_command},
        {"serve", serve_command},     {"validate", validate_command}, {"version", version_command},
    };
    return all;
}

static int unknown_command(const std::string& word) {
    std::vector<std::string> known;
    for (const HelpText& text : help_texts())  // the launcher's own commands have help texts too
        if (text.name != "overview" && !text.name.starts_with("lab-")) known.emplace_back(text.name);
    const std::string near = nearest_spelling(word, known);
    throw InputError({.file = "command line",
                      .path = "",
                      .found = "`" + word + "`",
                      .expected = "a command: " + one_of(known),
                      .suggestion = near.empty() ? "matinee help" : near});
}

static int run_command_by_name(Words words) {
    if (words.empty() || words[0] == "--help" || words[0] == "-h") return help_command({});
    if (words[0] == "--version") return version_command({});
    for (const Command& command : commands()) {
        if (command.name != words[0]) continue;
        for (const std::string& word : words.subspan(1)) {
            if (word == "--") break;
            if (word == "--help" || word == "-h") return help_command(words.first(has_help(words.first(2)) ? 2 : 1));
        }
        return command.run(words.subspan(1));
    }
    return unknown_command(words[0]);
}

/// A result that did not reach its reader (a full disk behind `>`) must not look like success.
static int with_flushed_output(int code) {
    std::cout.flush();
    if (std::cout.good() && std::fflush(stdout) == 0) return code;
    std::fputs("matinee: standard output cannot be written\n", stderr);
    return kMachineRefused;
}

int run_program(Words words) {
    try {
        return with_flushed_output(run_command_by_name(words));
    } catch (const InputError& error) {
        std::fprintf(stderr, "matinee: %s\n", error.what());
        return kBadInput;
    } catch (const MachineError& error) {
        std::fprintf(stderr, "matinee: %s\n", error.what());
        return kMachineRefused;
    } catch (const std::bad_alloc&) {
        std::fputs("matinee: not enough memory\n", stderr);
        return kMachineRefused;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "matinee: internal error: %s\n  This is a bug in matinee.\n", error.what());
        return kInternalError;
    }
}

}  // namespace matinee::cli
