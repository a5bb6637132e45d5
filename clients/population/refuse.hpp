// How this room refuses a specification that contradicts itself. The reader of scenarios has checked units and ranges
// before; these checks keep the models safe when a specification is built by hand, and catch what only two values
// together show. The file is left empty: this room knows the JSON path, not where it was read.
#pragma once

#include <charconv>
#include <string>

#include "system/base/errors.hpp"

namespace matinee::population {

/// Shortest decimal text that reads back as `value`, in any locale.
inline std::string text_of(double value) {
    char buffer[32];
    const auto end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
    return std::string(buffer, end);
}

inline void require(bool holds, const char* path, double found, const std::string& expected,
                    const std::string& suggestion = "") {
    if (!holds) throw InputError({"", path, text_of(found), expected, suggestion});
}

}  // namespace matinee::population
