#include "system/base/errors.hpp"

namespace matinee {

static std::string message_of(const InputError::Where& where) {
    std::string text = where.file;
    if (!where.path.empty()) text += (text.empty() ? "" : ": ") + where.path;
    if (!where.found.empty()) text += "\n  found:    " + where.found;
    if (!where.expected.empty()) text += "\n  expected: " + where.expected;
    if (!where.suggestion.empty()) text += "\n  hint:     " + where.suggestion;
    return text;
}

InputError::InputError(Where w) : std::runtime_error(message_of(w)), where(std::move(w)) {}

}  // namespace matinee
