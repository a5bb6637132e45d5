// Values of options that are more than words: numbers with decimals, durations, lists.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "clients/cli/arguments.hpp"

namespace matinee::cli {

/// "a,b,c" without the commas; empty parts are refused.
std::vector<std::string> list_of(const Arguments& arguments, std::string_view option);

/// A decimal number within the bounds.
std::optional<double> decimal_of(const Arguments& arguments, std::string_view option, double least, double most);
std::vector<double> decimals_of(const Arguments& arguments, std::string_view option, double least, double most);

/// Milliseconds from "25s", "800 ms", "1m30s", or from a number alone, which is seconds.
std::optional<double> milliseconds_of(const Arguments& arguments, std::string_view option, double least_ms,
                                      double most_ms);

/// One of the words, refused with the nearest of them.
size_t choice_of(const Arguments& arguments, std::string_view option, const std::vector<std::string>& words,
                 size_t otherwise);

[[noreturn]] void refuse_option(std::string_view option, const std::string& value, const std::string& expected,
                                const std::string& suggestion = {});

}  // namespace matinee::cli
