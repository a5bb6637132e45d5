// Small text helpers for messages that people read.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace matinee {

/// The candidate with the least edit distance to `word`, or empty when none is near (more than a third of its letters
/// differ, at least two).
std::string nearest_spelling(std::string_view word, std::span<const std::string> candidates);

/// "a, b or c".
std::string one_of(std::span<const std::string> choices);

}  // namespace matinee
