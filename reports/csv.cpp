#include "reports/csv.hpp"

#include <algorithm>
#include <initializer_list>

#include "reports/figures.hpp"
#include "reports/json_writer.hpp"

namespace matinee::reports {

static std::string quoted(const std::string& text) {
    if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
    std::string cell = "\"";
    for (const char c : text) cell += c == '"' ? std::string("\"\"") : std::string(1, c);
    return cell + '"';
}

static std::string cell(double value) {
    const std::string text = number_text(value);
    return text == "null" ? "" : text;
}

static std::string cell(const std::optional<double>& value) { return value ? cell(*value) : ""; }

static std::string row(std::initializer_list<std::string> cells) {
    std::string line;
    for (const std::string& text : cells) line += (line.empty() ? "" : ",") + quoted(text);
    return line + "\r\n";
}

std::string series_csv(const Result& r) {
    std::string text = "time_s";
    size_t steps = 0;
    for (const Series& series : r.series) {
        text += "," + quoted(series.name + (series.unit.empty() ? "" : " [" + series.unit + "]"));
        steps = std::max(steps, series.values.size());
    }
    text += "\r\n";
    for (size_t i = 0; i < steps; ++i) {
        text += cell(double(i) * r.sample_s);
        for (const Series& series : r.series) {
            text += ',';
            if (i < series.values.size() && series.values[i]) text += cell(*series.values[i]);
        }
        text += "\r\n";
    }
    return text;
}

std::string summary_csv(const Result& r) {
    std::string text = row({"metric", "stat", "value"});
    for (const Figure& figure : figures_of(r))
        text += row({figure.metric, figure.stat, figure.whole ? std::to_string(*figure.whole) : cell(figure.value)});
    return text;
}

std::string breakdowns_csv(const Result& r) {
    std::string text = "dimension,name,sessions";
    for (const char* metric : {"startup_ms", "rebuffering_ratio", "bitrate_kbps", "switches_per_minute"})
        for (const char* stat : {"mean", "p50", "p95", "p99"}) text += std::string(",") + metric + "_" + stat;
    text += ",video_start_failures,exits_before_start\r\n";
    for (const Breakdown& breakdown : r.breakdowns) {
        for (const Slice& slice : breakdown.slices) {
            const Experience& e = slice.experience;
            text += quoted(breakdown.dimension) + "," + quoted(slice.name) + "," + std::to_string(e.sessions);
            for (const Distribution* d : {&e.startup_ms, &e.rebuffering_ratio, &e.bitrate_kbps, &e.switches_per_minute})
                for (const double value : {d->mean, d->p50, d->p95, d->p99})
                    text += "," + (d->samples == 0 ? "" : cell(value));
            text += "," + cell(e.video_start_failures) + "," + cell(e.exits_before_start) + "\r\n";
        }
    }
    return text;
}

}  // namespace matinee::reports
