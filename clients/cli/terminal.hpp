// What the program knows about where its output goes.
#pragma once

namespace matinee::cli {

/// Whether standard output may have colours: a terminal that is not dumb, and no NO_COLOR (https://no-color.org).
bool stdout_has_colour();

/// Whether a line on standard error can be drawn again in its place.
bool stderr_redraws();

}  // namespace matinee::cli
