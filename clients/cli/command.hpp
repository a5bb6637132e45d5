// The commands of the program, one file each. A command gets the words after its name, prints, and returns the exit
// code; it throws InputError for bad input and MachineError when the machine refuses, which `run_program` turns into
// messages.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace matinee::cli {

using Words = std::span<const std::string>;

struct Command {
    std::string_view name;
    int (*run)(Words words);
};

int admin_command(Words words);
int bench_command(Words words);
int compare_command(Words words);
int explain_command(Words words);
int help_command(Words words);
int lab_command(Words words);
int list_command(Words words);
int run_command(Words words);
int seed_demo_command(Words words);
int serve_command(Words words);
int validate_command(Words words);
int version_command(Words words);

std::span<const Command> commands();

/// The whole program: finds the command, runs it, prints what it throws. `words` are main's arguments without argv[0].
int run_program(Words words);

}  // namespace matinee::cli
