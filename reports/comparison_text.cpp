#include <algorithm>

#include "reports/comparison.hpp"
#include "reports/format.hpp"
#include "reports/terminal_page.hpp"
#include "reports/verdict.hpp"

namespace matinee::reports {

namespace {

using Ink = TerminalPage::Ink;
using Runs = std::span<const ComparedRun>;

/// Which runs stand in one table, the first of all among them, and how wide its columns are. Two runs leave room for
/// the change in its own unit; of more, a second line has the relative changes.
struct Columns {
    std::vector<size_t> runs;
    bool pair;
    size_t name() const { return pair ? 32 : 28; }
    size_t value() const { return pair ? 12 : 13; }
};
constexpr size_t kMostColumns = 4, kChange = 13, kRelative = 11;

std::vector<Columns> tables(size_t runs) {
    std::vector<Columns> all;
    for (size_t run = 1; run < runs; ++run) {
        if (all.empty() || all.back().runs.size() == kMostColumns) all.push_back({{0}, runs == 2});
        all.back().runs.push_back(run);
    }
    return all;
}

std::string list_text(const std::vector<std::string>& items) {
    std::string text;
    for (const std::string& item : items) text += (text.empty() ? "" : ", ") + item;
    return clean_text(text);
}

void head(TerminalPage& page, Runs runs, const Comparison& comparison) {
    for (size_t run = 0; run < runs.size(); ++run) {
        const Result& r = runs[run].result;
        page.line(run_letter(run) + "  " + clean_text(runs[run].file), Ink::Bold);
        page.paragraph(clean_text(r.scenario_name) + ", seed " + std::to_string(r.seed) + ": " +
                           verdict_word(verdict_of(r)) + ", " + verdict_sentence(r),
                       3);
        if (!comparison.overrides[run].empty())
            page.paragraph("changed here: " + list_text(comparison.overrides[run]), 3, Ink::Warn);
    }
    if (!comparison.common_overrides.empty())
        page.paragraph("changed in all: " + list_text(comparison.common_overrides), 0);
    for (const std::string& remark : comparison.remarks) page.paragraph(clean_text(remark), 0, Ink::Warn);
}

void heading(TerminalPage& page, const std::string& title, const Columns& columns) {
    std::string row = left("", columns.name() - reports::columns(shortened(title, columns.name())));
    for (const size_t run : columns.runs) row += right(run_letter(run), columns.value());
    if (columns.pair) row += right("change", kChange) + right("relative", kRelative);
    page.heading(shortened(clean_text(title), columns.name()), row);
}

void threshold(TerminalPage& page, const ComparedThreshold& t, const Columns& columns) {
    std::string text = "  " + clean_text(t.text);
    if (reports::columns(text) > columns.name()) {  // a line of its own, rather than half a bound
        page.line(text);
        text.clear();
    }
    std::string row = left(text, columns.name());
    const size_t width = columns.value() - 3;  // beside the mark
    for (const size_t run : columns.runs) {
        const auto& verdict = t.verdicts[run];
        const std::string value = verdict && verdict->has_samples ? significant_within(verdict->value, 4, width) : "–";
        const std::string shown = !verdict ? value : (verdict->passed ? "✓ " : "✗ ") + value;
        const Ink ink = !verdict ? Ink::Plain : verdict->passed ? Ink::Good : Ink::Bad;
        row += page.in(ink, table_cell(shown, columns.value()));
    }
    const size_t last = columns.runs.back();
    if (columns.pair && t.regressed(last)) row += page.in(Ink::Bad, table_cell("now fails", kChange));
    if (columns.pair && t.recovered(last)) row += page.in(Ink::Good, table_cell("now holds", kChange));
    page.inked(row);
}

std::string with_sign(double value, const std::string& size) {
    return size.starts_with("≈") ? size : (value < 0 ? "-" : "+") + size;
}
double magnitude(double value) { return value < 0 ? -value : value; }

std::string change_text(const ComparedFigure& f, size_t run) {
    const std::optional<double> change = f.change(run);
    if (!change) return "–";
    if (*change == 0) return "=";
    std::string size = f.figure.text(magnitude(*change));
    if (size.ends_with(" %")) size.replace(size.size() - 1, 1, "pt");  // percentage points
    return with_sign(*change, size);
}

std::string relative_text(const ComparedFigure& f, size_t run) {
    const std::optional<double> relative = f.relative_change(run);
    if (!relative) return f.change(run) == 0.0 ? "=" : "–";
    return *relative == 0 ? "=" : with_sign(*relative, share_text(magnitude(*relative)));
}

bool worth_a_row(const ComparedFigure& f) {
    return !f.figure.detail && std::any_of(f.values.begin(), f.values.end(),
                                           [](const std::optional<double>& value) { return value.value_or(0) != 0; });
}

/// The name without what its section says already.
std::string row_name(const Figure& figure) {
    const bool of_cdn = figure.section.starts_with("CDN ");
    const std::string prefix = of_cdn                     ? "cdn." + figure.section.substr(4) + "."
                               : figure.section == "COST" ? "cost."
                                                          : "";
    return clean_text(figure.name().substr(prefix.size()));
}

void figure(TerminalPage& page, const ComparedFigure& f, const Columns& columns) {
    std::string row = "  " + left(row_name(f.figure), columns.name() - 2);
    std::string changes(columns.name() + columns.value(), ' ');
    bool changed = false;
    for (const size_t run : columns.runs) {
        row += table_cell(or_dash(f.values[run], f.figure.text), columns.value());
        if (run == 0) continue;
        changes += table_cell(relative_text(f, run), columns.value());
        changed = changed || f.relative_change(run).value_or(0) != 0;
    }
    if (columns.pair)
        row += table_cell(change_text(f, columns.runs.back()), kChange) +
               table_cell(relative_text(f, columns.runs.back()), kRelative);
    page.line(row);
    if (!columns.pair && changed) page.line(changes, Ink::Dim);
}

void table(TerminalPage& page, const Comparison& comparison, const Columns& columns) {
    if (!comparison.thresholds.empty()) {
        heading(page, "THRESHOLDS", columns);
        for (const ComparedThreshold& t : comparison.thresholds) threshold(page, t, columns);
    }
    std::string section;
    for (const ComparedFigure& f : comparison.figures) {
        if (!worth_a_row(f)) continue;
        if (f.figure.section != section) heading(page, section = f.figure.section, columns);
        figure(page, f, columns);
    }
}

}  // namespace

std::string comparison_text(Runs runs, const Comparison& comparison, bool colour) {
    TerminalPage page(colour);
    head(page, runs, comparison);
    for (const Columns& columns : tables(runs.size())) table(page, comparison, columns);
    return page.take();
}

}  // namespace matinee::reports
