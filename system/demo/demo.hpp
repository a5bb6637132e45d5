// A catalogue to look at: invented films and series, the same every time. Titles, plots and people are put together
// from word lists (words.hpp) by draws from fixed streams; any likeness to a work or person is chance.
#pragma once

#include "system/catalog/api.hpp"

namespace matinee::demo {

/// Each film alone, each series followed by its episodes. Ids depend on nothing but the position: to import it again
/// changes nothing.
std::vector<std::vector<catalog::Details>> catalogue();

}  // namespace matinee::demo
