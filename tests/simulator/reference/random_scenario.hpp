// Small worlds drawn at random, so that the simulator meets what nobody thought of writing a scenario for.
#pragma once

#include "simulator/scenario/scenario.hpp"

namespace matinee::reference {

/// The same number draws the same world. Its policies and rules follow from the number, so that a run of a dozen numbers
/// meets every one of them. Names no file but the price file.
scenario::Scenario scenario_from_seed(uint64_t number);

}  // namespace matinee::reference
