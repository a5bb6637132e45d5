#include "reports/terminal_page.hpp"

#include <algorithm>

#include "reports/format.hpp"

namespace matinee::reports {

std::string TerminalPage::in(Ink ink, const std::string& text) const {
    static constexpr const char* kCodes[] = {"0", "1", "2", "32", "31", "33"};
    return colour_ && ink != Ink::Plain ? "\x1b[" + std::string(kCodes[size_t(ink)]) + "m" + text + "\x1b[0m" : text;
}

void TerminalPage::line(const std::string& text, Ink ink) {
    const size_t end = text.find_last_not_of(' ') + 1;  // columns are padded; line ends need not be
    text_ += in(ink, shortened(std::string_view(text).substr(0, end), kWidth)) + "\n";
}

void TerminalPage::heading(const std::string& title, const std::string& rest) {
    text_ += "\n" + in(Ink::Bold, title) + shortened(rest, kWidth - columns(title)) + "\n";
}

void TerminalPage::paragraph(const std::string& text, size_t indent, Ink ink) {
    std::string row(indent, ' ');
    bool empty = true;
    for (size_t at = 0; at < text.size();) {
        const size_t end = std::min(text.find(' ', at), text.size());
        const std::string word = text.substr(at, end - at);
        if (!empty && columns(row) + 1 + columns(word) > kWidth) {
            line(row, ink);
            row.assign(indent, ' ');
            empty = true;
        }
        row += (empty ? "" : " ") + word;
        empty = false;
        at = end + 1;
    }
    if (!empty) line(row, ink);
}

std::string table_cell(const std::string& text, size_t width) { return " " + right(text, width - 1); }

}  // namespace matinee::reports
