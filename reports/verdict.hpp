// Pass or fail in words, the same on the terminal and in the HTML report.
#pragma once

#include <string>

#include "reports/result.hpp"

namespace matinee::reports {

enum class Verdict : uint8_t { Pass, Fail, None };  ///< None: the scenario has no thresholds
Verdict verdict_of(const Result& result);

/// "PASS", "FAIL" or "NO VERDICT".
std::string verdict_word(Verdict verdict);
/// "all 4 thresholds hold", "1 of 4 thresholds failed", "the scenario has no thresholds".
std::string verdict_sentence(const Result& result);

/// How far the value is from the bound, as a share of the bound: positive is to spare. The nearer of two bounds.
/// Absolute where the bound is 0.
struct Margin {
    double amount = 0;
    bool relative = true;
    bool at_max = true;  ///< the bound in question is the maximum
};
Margin margin_of(const ThresholdVerdict& threshold);
/// "13.8 % to spare", "52.5 % over", "3.1 % short", "no samples".
std::string margin_text(const ThresholdVerdict& threshold);

}  // namespace matinee::reports
