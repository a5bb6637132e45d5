#include "clients/cli/arguments.hpp"
#include "clients/cli/exit_codes.hpp"
#include "clients/cli/lab/lab.hpp"

namespace matinee::cli {

int run_lab_cache(Words words) {
    const Arguments arguments({.command = "lab cache",
                               .flags = {"--ignore-size", "--json"},
                               .valued = {"--trace", "--format", "--policy", "--capacity"}},
                              words);
    return kDone;
}

}  // namespace matinee::cli
