#include "reports/comparison.hpp"
#include "reports/json_writer.hpp"
#include "reports/verdict.hpp"

namespace matinee::reports {

static void write_texts(JsonWriter& json, const std::vector<std::string>& texts) {
    json.array();
    for (const std::string& text : texts) json.text(text);
    json.end();
}

static void write_run(JsonWriter& json, const ComparedRun& run) {
    const Result& r = run.result;
    json.object().key("file").text(run.file).key("scenario").text(r.scenario_name).key("hash").text(r.scenario_hash);
    json.key("seed").integer(r.seed).key("digest").text(r.digest).key("simulated_s").number(r.simulated_s);
    json.key("interrupted").flag(r.interrupted).key("verdict").text(verdict_word(verdict_of(r)));
    write_texts(json.key("overrides"), r.scenario_overrides);
    json.end();
}

static void write_threshold(JsonWriter& json, const ComparedThreshold& threshold) {
    json.object(true).key("text").text(threshold.text).key("values").array();
    for (const auto& verdict : threshold.verdicts)
        json.number(verdict && verdict->has_samples ? std::optional(verdict->value) : std::nullopt);
    json.end().key("passed").array();
    for (const auto& verdict : threshold.verdicts) verdict ? json.flag(verdict->passed) : json.raw("null");
    json.end().end();
}

static void write_figure(JsonWriter& json, const ComparedFigure& figure) {
    json.object(true).key("metric").text(figure.figure.metric).key("stat").text(figure.figure.stat);
    json.key("values").array();
    for (const std::optional<double>& value : figure.values) json.number(value);
    json.end().key("change").array();
    for (size_t run = 0; run < figure.values.size(); ++run) json.number(figure.change(run));
    json.end().key("relative_change").array();
    for (size_t run = 0; run < figure.values.size(); ++run) json.number(figure.relative_change(run));
    json.end().end();
}

std::string comparison_json(std::span<const ComparedRun> runs, const Comparison& comparison) {
    JsonWriter json;
    json.object().key("schema").text(kComparisonSchema).key("runs").array();
    for (const ComparedRun& run : runs) write_run(json, run);
    json.end();
    write_texts(json.key("remarks"), comparison.remarks);
    json.key("thresholds").array();
    for (const ComparedThreshold& threshold : comparison.thresholds) write_threshold(json, threshold);
    json.end().key("figures").array();
    for (const ComparedFigure& figure : comparison.figures) write_figure(json, figure);
    json.end().end();
    return json.take();
}

}  // namespace matinee::reports
