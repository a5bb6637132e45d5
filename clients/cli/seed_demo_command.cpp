#include <iostream>

#include "clients/cli/arguments.hpp"
#include "clients/cli/command.hpp"
#include "clients/cli/exit_codes.hpp"
#include "system/live/seed.hpp"

namespace matinee::cli {

int seed_demo_command(Words words) {
    const Arguments arguments(
        {.command = "seed-demo", .flags = {}, .valued = {"--data"}, .repeated = {}, .word = "", .most_words = 0},
        words);
    live::Config config;
    if (const auto folder = arguments.value("--data")) live::set(config, "data", *folder, "command line");
    const live::Seeded seeded = live::seed_demo(config);
    std::cout << config.data << ": " << seeded.titles << " films and series with " << seeded.episodes << " episodes; "
              << seeded.added << " of all these are new\n";
    return kDone;
}

}  // namespace matinee::cli
