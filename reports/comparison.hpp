// Results side by side: what changed with the one number that somebody changed. The first result is the one that the
// others are compared with.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "reports/figures.hpp"
#include "reports/result.hpp"

namespace matinee::reports {

struct ComparedRun {
    std::string file;
    Result result;
};

struct ComparedFigure {
    Figure figure;                              ///< of the first run that has it
    std::vector<std::optional<double>> values;  ///< one for each run

    /// Against the first run; empty where either has no value.
    std::optional<double> change(size_t run) const;
    /// The same as a share of the first run's value; empty where that is 0.
    std::optional<double> relative_change(size_t run) const;
};

struct ComparedThreshold {
    std::string text;
    std::vector<std::optional<ThresholdVerdict>> verdicts;  ///< one for each run; empty where it has no such threshold

    /// Failed by that run, and not by the first.
    bool regressed(size_t run) const;
    bool recovered(size_t run) const;  ///< the other way round
};

struct Comparison {
    std::vector<ComparedFigure> figures;
    std::vector<ComparedThreshold> thresholds;        ///< the same text is the same threshold
    std::vector<std::string> common_overrides;        ///< of all runs
    std::vector<std::vector<std::string>> overrides;  ///< the others of each
    std::vector<std::string> remarks;                 ///< what else sets the runs apart, as sentences

    bool regressed() const;  ///< a threshold in any run
};
/// Of two runs or more.
Comparison compare(std::span<const ComparedRun> runs);

/// "A", "B": how text calls the runs. There are 26.
std::string run_letter(size_t run);

/// Lines of at most 80 columns.
std::string comparison_text(std::span<const ComparedRun> runs, const Comparison& comparison, bool colour);

inline constexpr std::string_view kComparisonSchema = "matinee.comparison.v1";
/// schema, runs[{file, scenario, hash, seed, digest, simulated_s, interrupted, verdict, overrides}], remarks[],
/// thresholds[{text, values[], passed[]}], figures[{metric, stat, values[], change[], relative_change[]}]:
/// arrays of values have an element for each run, null where it has none.
std::string comparison_json(std::span<const ComparedRun> runs, const Comparison& comparison);

}  // namespace matinee::reports
