#include "clients/cli/layout.hpp"

#include <algorithm>

#include "reports/format.hpp"

namespace matinee::cli {

std::string entry(const std::string& title, const std::string& text, size_t indent) {
    const bool fits = reports::columns(title) < indent || title.empty();
    std::string out = fits ? "" : title + '\n';
    std::string row = fits ? reports::left(title, indent) : std::string(indent, ' ');
    bool empty = true;
    for (size_t at = 0; at < text.size();) {
        const size_t end = std::min(text.find(' ', at), text.size());
        const std::string word = text.substr(at, end - at);
        if (!empty && reports::columns(row) + 1 + reports::columns(word) > kTerminalWidth) {
            out += row + '\n';
            row.assign(indent, ' ');
            empty = true;
        }
        row += (empty ? "" : " ") + word;
        empty = false;
        at = end + 1;
    }
    row.erase(row.find_last_not_of(' ') + 1);
    return out + row + '\n';
}

}  // namespace matinee::cli
