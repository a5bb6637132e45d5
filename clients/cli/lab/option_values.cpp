#include "clients/cli/lab/option_values.hpp"

#include <algorithm>
#include <charconv>

#include "reports/json_writer.hpp"
#include "simulator/scenario/units.hpp"
#include "system/base/errors.hpp"
#include "system/base/text.hpp"
#include "system/base/units.hpp"

namespace matinee::cli {

void refuse_option(std::string_view option, const std::string& value, const std::string& expected,
                   const std::string& suggestion) {
    throw InputError({.file = "command line",
                      .path = "",
                      .found = "`" + std::string(option) + " " + value + "`",
                      .expected = expected,
                      .suggestion = suggestion});
}

/// The number that the whole text is.
static std::optional<double> plain_number(std::string_view text) {
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

static double checked(std::string_view option, const std::string& text, std::optional<double> value, double least,
                      double most) {
    if (!value || !(*value >= least && *value <= most))
        refuse_option(option, text,
                      "a number from " + reports::number_text(least) + " to " + reports::number_text(most));
    return *value;
}

std::vector<std::string> list_of(const Arguments& arguments, std::string_view option) {
    const std::optional<std::string> text = arguments.value(option);
    if (!text) return {};
    std::vector<std::string> parts(1);
    for (const char c : *text) {
        if (c == ',')
            parts.emplace_back();
        else if (c != ' ')
            parts.back() += c;
    }
    for (const std::string& part : parts)
        if (part.empty()) refuse_option(option, *text, "values with commas between them");
    return parts;
}

std::optional<double> decimal_of(const Arguments& arguments, std::string_view option, double least, double most) {
    const std::optional<std::string> text = arguments.value(option);
    if (!text) return std::nullopt;
    return checked(option, *text, plain_number(*text), least, most);
}

std::vector<double> decimals_of(const Arguments& arguments, std::string_view option, double least, double most) {
    std::vector<double> values;
    for (const std::string& part : list_of(arguments, option))
        values.push_back(checked(option, part, plain_number(part), least, most));
    return values;
}

std::optional<double> milliseconds_of(const Arguments& arguments, std::string_view option, double least_ms,
                                      double most_ms) {
    const std::optional<std::string> text = arguments.value(option);
    if (!text) return std::nullopt;
    std::optional<double> ms;
    if (const std::optional<double> seconds = plain_number(*text)) {
        ms = *seconds * 1000;
    } else {
        const scenario::Quantity quantity = scenario::parse_quantity(*text, scenario::Family::Duration);
        if (quantity.problem == scenario::Quantity::Problem::None && !quantity.negative)
            ms = double(quantity.amount) / double(kMillisecond);
    }
    if (!ms || !(*ms >= least_ms && *ms <= most_ms))
        refuse_option(option, *text,
                      "a duration from " + scenario::duration_text(from_ms(least_ms)) + " to " +
                          scenario::duration_text(from_ms(most_ms)) + ", such as 25s; a number alone is seconds");
    return ms;
}

size_t choice_of(const Arguments& arguments, std::string_view option, const std::vector<std::string>& words,
                 size_t otherwise) {
    const std::optional<std::string> text = arguments.value(option);
    if (!text) return otherwise;
    const auto found = std::find(words.begin(), words.end(), *text);
    if (found == words.end()) refuse_option(option, *text, one_of(words), nearest_spelling(*text, words));
    return size_t(found - words.begin());
}

}  // namespace matinee::cli
