#include "reports/comparison.hpp"

#include <algorithm>

#include "reports/format.hpp"

namespace matinee::reports {

std::optional<double> ComparedFigure::change(size_t run) const {
    if (!values[0] || !values[run]) return std::nullopt;
    return *values[run] - *values[0];
}

std::optional<double> ComparedFigure::relative_change(size_t run) const {
    const std::optional<double> absolute = change(run);
    if (!absolute || *values[0] == 0) return std::nullopt;
    return *absolute / (*values[0] < 0 ? -*values[0] : *values[0]);
}

static bool fails(const std::optional<ThresholdVerdict>& verdict) { return verdict && !verdict->passed; }

bool ComparedThreshold::regressed(size_t run) const { return fails(verdicts[run]) && !fails(verdicts[0]); }
bool ComparedThreshold::recovered(size_t run) const {
    return verdicts[run] && verdicts[run]->passed && fails(verdicts[0]);
}

bool Comparison::regressed() const {
    for (const ComparedThreshold& threshold : thresholds)
        for (size_t run = 1; run < threshold.verdicts.size(); ++run)
            if (threshold.regressed(run)) return true;
    return false;
}

std::string run_letter(size_t run) { return std::string(1, char('A' + run)); }

namespace {

using Runs = std::span<const ComparedRun>;

/// What earlier runs do not have comes last of its section; a section that they do not have, before the cost.
std::vector<ComparedFigure>::iterator place_of(const std::string& section, std::vector<ComparedFigure>& all) {
    const auto last = std::find_if(all.rbegin(), all.rend(),
                                   [&](const ComparedFigure& known) { return known.figure.section == section; });
    if (last != all.rend()) return last.base();
    return std::find_if(all.begin(), all.end(), [&](const ComparedFigure& known) {
        return known.figure.section == "COST" && section != "COST";
    });
}

std::vector<ComparedFigure> figures_side_by_side(Runs runs) {
    std::vector<ComparedFigure> all;
    for (size_t run = 0; run < runs.size(); ++run)
        for (Figure& figure : figures_of(runs[run].result)) {
            const std::optional<double> value = figure.value;
            auto at = std::find_if(all.begin(), all.end(), [&](const ComparedFigure& known) {
                return known.figure.metric == figure.metric && known.figure.stat == figure.stat;
            });
            if (at == all.end())
                at = all.insert(place_of(figure.section, all),
                                {std::move(figure), std::vector<std::optional<double>>(runs.size())});
            at->values[run] = value;
        }
    return all;
}

std::vector<ComparedThreshold> thresholds_side_by_side(Runs runs) {
    std::vector<ComparedThreshold> all;
    for (size_t run = 0; run < runs.size(); ++run)
        for (const ThresholdVerdict& verdict : runs[run].result.thresholds) {
            auto at = std::find_if(all.begin(), all.end(),
                                   [&](const ComparedThreshold& known) { return known.text == verdict.text; });
            if (at == all.end())
                at = all.insert(
                    at, {verdict.text, std::vector<std::optional<ThresholdVerdict>>(runs.size(), std::nullopt)});
            at->verdicts[run] = verdict;
        }
    return all;
}

bool has(const std::vector<std::string>& list, const std::string& text) {
    return std::find(list.begin(), list.end(), text) != list.end();
}

void split_overrides(Runs runs, Comparison& comparison) {
    for (const std::string& override : runs[0].result.scenario_overrides)
        if (std::all_of(runs.begin(), runs.end(),
                        [&](const ComparedRun& run) { return has(run.result.scenario_overrides, override); }))
            comparison.common_overrides.push_back(override);
    for (const ComparedRun& run : runs) {
        comparison.overrides.emplace_back();
        for (const std::string& override : run.result.scenario_overrides)
            if (!has(comparison.common_overrides, override)) comparison.overrides.back().push_back(override);
    }
}

std::string build_text(const Build& build) {
    return build.version + " " + build.commit + ", " + build.compiler + ", " + build.type;
}

/// How one run relates to the first, beyond what its overrides say.
void remark(const Result& a, const Result& b, const std::string& letter, std::vector<std::string>& remarks) {
    const auto say = [&](const std::string& text) { remarks.push_back(letter + " " + text); };
    const bool same_scenario = a.scenario_hash == b.scenario_hash;
    if (same_scenario && a.seed == b.seed && a.digest == b.digest)
        say("is the run of A again: the same scenario, seed and digest");
    else if (same_scenario && a.seed == b.seed && !a.interrupted && !b.interrupted)
        say("has the scenario and seed of A and another digest; A was built as " + build_text(a.build) + ", " + letter +
            " as " + build_text(b.build));
    else if (same_scenario && a.seed != b.seed)
        say("has the scenario of A and another seed: what differs is chance");
    else if (a.scenario_name != b.scenario_name)
        say("is another scenario, " + b.scenario_name);
    else if (!same_scenario && a.scenario_overrides == b.scenario_overrides)
        say("differs from A in the scenario's files");
    if (b.simulated_s != a.simulated_s)
        say("covers " + duration_text(b.simulated_s) + ", A " + duration_text(a.simulated_s));
    if (b.cost.prices != a.cost.prices) say("has the prices " + b.cost.prices + ", A " + a.cost.prices);
}

}  // namespace

Comparison compare(Runs runs) {
    Comparison comparison;
    comparison.figures = figures_side_by_side(runs);
    comparison.thresholds = thresholds_side_by_side(runs);
    split_overrides(runs, comparison);
    for (size_t run = 0; run < runs.size(); ++run) {
        const Result& result = runs[run].result;
        if (run > 0) remark(runs[0].result, result, run_letter(run), comparison.remarks);
        if (result.interrupted)
            comparison.remarks.push_back(run_letter(run) + " was interrupted after " +
                                         duration_text(result.simulated_s));
    }
    return comparison;
}

}  // namespace matinee::reports
