// What `matinee explain` prints.
#pragma once

#include <string>

#include "simulator/world/run.hpp"

namespace matinee::cli {

/// Lines of at most 80 columns.
std::string explanation_text(const scenario::Scenario& scenario, const world::Explanation& explanation);

}  // namespace matinee::cli
