// JSON text to tree and back. Comments (// and /* */) are accepted; duplicate keys, malformed UTF-8, numbers beyond a
// double and nesting beyond kMaxDepth are refused with line and column.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "simulator/scenario/value.hpp"

namespace matinee::scenario {

/// Throws InputError.
Value parse_json(std::string_view text, std::shared_ptr<const Source> source);

/// The value, if the whole text is JSON (for `--set path=value`, where anything else is a string).
std::optional<Value> try_parse_json(std::string_view text, std::shared_ptr<const Source> source);

/// On one line; the same bytes on every machine (numbers are written shortest).
std::string json_line(const Value& value);
/// Indented by two, with a line feed at the end; short lists and objects stay on one line.
std::string json_pages(const Value& value);

/// The first byte that is not well-formed UTF-8, or npos.
size_t malformed_utf8(std::string_view text);

}  // namespace matinee::scenario
