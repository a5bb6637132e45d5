// What `matinee explain` prints.
#pragma once

#include <string>

#include "simulator/world/run.hpp"

namespace matinee::cli {

/// Lines of at most 80 columns. `wall_s`: the time a run is expected to take on one thread.
std::string explanation_text(const scenario::Scenario& scenario, const world::Explanation& explanation, double wall_s);

}  // namespace matinee::cli
