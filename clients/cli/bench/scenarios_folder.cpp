#include "clients/cli/bench/scenarios_folder.hpp"

namespace matinee::cli {

std::filesystem::path scenarios_folder() { return MATINEE_SCENARIOS_DIR; }

}  // namespace matinee::cli
