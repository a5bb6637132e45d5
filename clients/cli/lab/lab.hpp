// The laboratories: `matinee lab NAME ...` runs one part of the platform alone on recorded input. Each is a command of
// its own, with its own options (clients/cli/arguments.hpp) and help text (clients/cli/help/lab-NAME.txt).
#pragma once

#include "clients/cli/command.hpp"

namespace matinee::cli {

int run_lab_abr(Words words);
int run_lab_cache(Words words);
int run_lab_convert(Words words);

}  // namespace matinee::cli
