// Scenario files that build on others.
#pragma once

#include <string>

#include "simulator/scenario/files.hpp"
#include "simulator/scenario/value.hpp"

namespace matinee::scenario {

/// Merges `over` into `base`: objects key by key, anything else is replaced; null takes a value away (RFC 7396, except
/// that the null stays, so that a reader sees the key as absent).
void merge(Value& base, Value over);

/// Reads a text and everything it includes. Included files lie relative to the file that names them; later ones win
/// over earlier ones and the including file over all. Refuses cycles, with the chain, and more than 16 levels or 200
/// files. The result is an object without "include".
Value read_with_includes(const std::string& path, const std::string& text, Files& files);

}  // namespace matinee::scenario
