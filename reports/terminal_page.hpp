// Lines for a terminal of 80 columns, with colours where one listens.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

namespace matinee::reports {

class TerminalPage {
public:
    static constexpr size_t kWidth = 80;
    enum class Ink : uint8_t { Plain, Bold, Dim, Good, Bad, Warn };

    explicit TerminalPage(bool colour) : colour_(colour) {}

    std::string in(Ink ink, const std::string& text) const;
    /// Shortened to the width.
    void line(const std::string& text, Ink ink = Ink::Plain);
    /// A line whose parts bring their own ink; the caller keeps it within the width.
    void inked(const std::string& text) { text_ += text + "\n"; }
    void heading(const std::string& title, const std::string& rest);
    /// `text` broken at spaces, continued under `indent`.
    void paragraph(const std::string& text, size_t indent, Ink ink = Ink::Plain);
    std::string take() { return std::move(text_); }

private:
    bool colour_;
    std::string text_;
};

/// A cell of a table: there is a space before it whatever it holds.
std::string table_cell(const std::string& text, size_t width);

}  // namespace matinee::reports
