// Characters of UTF-8 texts of which nothing can be seen.
#pragma once

#include <string_view>

namespace matinee {

/// Whether there is nothing but blanks in it: those that Unicode calls White_Space, and those without width.
bool is_blank(std::string_view text);
bool has_blank(std::string_view text);

}  // namespace matinee
