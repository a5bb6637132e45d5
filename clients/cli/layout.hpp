// Text in two columns, for a terminal of 80 columns.
#pragma once

#include <cstddef>
#include <string>

namespace matinee::cli {

inline constexpr size_t kTerminalWidth = 80;

/// "title     text text": `title` padded to `indent` columns, then the text, broken at spaces and continued under
/// itself. A title that leaves no room stands on a line of its own.
std::string entry(const std::string& title, const std::string& text, size_t indent);

}  // namespace matinee::cli
