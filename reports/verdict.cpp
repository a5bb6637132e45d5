#include "reports/verdict.hpp"

#include <algorithm>

#include "reports/format.hpp"

namespace matinee::reports {

Verdict verdict_of(const Result& result) {
    if (result.thresholds.empty()) return Verdict::None;
    const bool passed = std::all_of(result.thresholds.begin(), result.thresholds.end(),
                                    [](const ThresholdVerdict& t) { return t.passed; });
    return passed ? Verdict::Pass : Verdict::Fail;
}

std::string verdict_word(Verdict verdict) {
    return verdict == Verdict::Pass ? "PASS" : verdict == Verdict::Fail ? "FAIL" : "NO VERDICT";
}

std::string verdict_sentence(const Result& result) {
    const size_t all = result.thresholds.size();
    const auto failed = std::count_if(result.thresholds.begin(), result.thresholds.end(),
                                      [](const ThresholdVerdict& t) { return !t.passed; });
    if (all == 0) return "the scenario has no thresholds";
    if (failed != 0) return std::to_string(failed) + " of " + std::to_string(all) + " thresholds failed";
    return all == 1 ? "the one threshold holds" : "all " + std::to_string(all) + " thresholds hold";
}

Margin margin_of(const ThresholdVerdict& t) {
    const auto against = [&](double bound, bool at_max) {
        const double distance = at_max ? bound - t.value : t.value - bound;
        const double size = bound < 0 ? -bound : bound;
        return size == 0 ? Margin{distance, false, at_max} : Margin{distance / size, true, at_max};
    };
    if (!t.min) return against(t.max.value_or(0), true);
    const Margin low = against(*t.min, false);
    if (!t.max) return low;
    const Margin high = against(*t.max, true);
    return high.amount < low.amount ? high : low;
}

std::string margin_text(const ThresholdVerdict& t) {
    if (!t.has_samples) return "no samples";
    const Margin margin = margin_of(t);
    if (margin.amount == 0) return "at the bound";
    const double size = margin.amount < 0 ? -margin.amount : margin.amount;
    const std::string amount = margin.relative ? share_text(size) : significant(size);
    return amount + (margin.amount > 0 ? " to spare" : margin.at_max ? " over" : " short");
}

}  // namespace matinee::reports
