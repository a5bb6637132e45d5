#include "clients/cli/lab/abr_report.hpp"

#include <algorithm>

#include "clients/player/abr/names.hpp"
#include "reports/format.hpp"
#include "reports/json_writer.hpp"

namespace matinee::cli {

namespace {

using reports::fixed;
using reports::left;
using reports::right;

std::string with_underscores(std::string_view name) {
    std::string key(name);
    std::replace(key.begin(), key.end(), ' ', '_');
    return key;
}

int switches(const lab::SessionResult& result) {
    int count = 0;
    for (size_t i = 1; i < result.qualities.size(); ++i) count += result.qualities[i] != result.qualities[i - 1];
    return count;
}

std::string ladder_text(const lab::Movie& movie) {
    return std::to_string(movie.bitrates_kbps.size()) + " rungs from " +
           reports::kbps_text(movie.bitrates_kbps.front()) + " to " + reports::kbps_text(movie.bitrates_kbps.back());
}

std::string row(const std::string& text, const std::string& value, const std::string& unit = "") {
    return "  " + left(text, 34) + right(value, 14) + (unit.empty() ? "" : " " + unit) + '\n';
}

/// How much of the movie was seen at each rung.
std::string rungs_table(const AbrTask& task, const lab::SessionResult& result) {
    std::vector<size_t> counts(task.movie.bitrates_kbps.size());
    for (const int rung : result.qualities) ++counts[size_t(rung)];
    std::string text = "\n  rung       bitrate   segments\n";
    for (size_t rung = 0; rung < counts.size(); ++rung) {
        const double share = double(counts[rung]) / double(result.qualities.size());
        text += "  " + right(std::to_string(rung), 4) + right(reports::kbps_text(task.movie.bitrates_kbps[rung]), 14) +
                right(std::to_string(counts[rung]), 11) + "  " + std::string(size_t(share * 40 + 0.5), '#') + '\n';
    }
    return text;
}

// ---- many sessions -------------------------------------------------------------------------------------------------

/// Linear between the two nearest of the sorted values (type 7 of Hyndman and Fan, as NumPy and R have it).
double quantile(const std::vector<double>& sorted, double share) {
    const double at = share * double(sorted.size() - 1);
    const auto below = size_t(at);
    const size_t above = std::min(below + 1, sorted.size() - 1);
    return sorted[below] + (at - double(below)) * (sorted[above] - sorted[below]);
}

constexpr std::pair<const char*, double> kQuantiles[] = {
    {"p5", 0.05}, {"p25", 0.25}, {"p50", 0.5}, {"p75", 0.75}, {"p95", 0.95}};

struct Distribution {
    double mean = 0;
    std::vector<double> sorted;
    explicit Distribution(std::vector<double> values) : sorted(std::move(values)) {
        for (const double value : sorted) mean += value / double(sorted.size());
        std::sort(sorted.begin(), sorted.end());
    }
};

}  // namespace

std::string model_text(SessionModel model) {
    return model == SessionModel::Matinee    ? "matinee's own model"
           : model == SessionModel::Pensieve ? "Pensieve's model"
                                             : "Sabre's model";
}

std::string session_json(const AbrTask& task, const lab::SessionResult& result) {
    reports::JsonWriter json;
    json.object()
        .key("model")
        .text(name_of(task.model))
        .key("abr")
        .text(abr::name_of(task.rules.front()))
        .key("trace")
        .text(task.traces.front().name)
        .key("movie")
        .text(task.movie_name);
    json.key("qualities").array(true);
    for (const int rung : result.qualities) json.integer(int64_t(rung));
    json.end().key("metrics").object();
    for (const auto& [name, value] : result.metrics) json.key(with_underscores(name)).number(value);
    json.end().key("startup_s").number(result.startup_ms / 1000);
    json.key("abandoned").integer(int64_t(result.abandoned));
    json.key("replacements").array(true);
    for (const auto& [segment, rung] : result.replacements)
        json.object(true).key("segment").integer(uint64_t(segment)).key("quality").integer(int64_t(rung)).end();
    json.end().end();
    return json.take();
}

std::string session_table(const AbrTask& task, const lab::SessionResult& result) {
    const auto value = [&](const char* name, int decimals) { return fixed(result.metric(name), decimals); };
    std::string text = std::string(abr::name_of(task.rules.front())) + " on " +
                       reports::clean_text(task.traces.front().name) + ", " + model_text(task.model) + '\n';
    text += std::to_string(result.qualities.size()) + " segments of " + reports::ms_text(task.movie.segment_ms) + ", " +
            ladder_text(task.movie) + "\n\n";
    text += row("score", value("time average score", 4), "a segment's time");
    if (task.model == SessionModel::Pensieve) text += row("reward", value("average reward", 4), "a segment");
    text += row("utility", value("time average played utility", 4), "a segment's time");
    text += row("bitrate", value("time average played bitrate", 1), "kbit/s");
    text += row("start-up", fixed(result.startup_ms / 1000, 3), "s");
    text += row("play time, stalls and start-up too", value("total play time", 3), "s");
    text += row("rebuffering", value("total rebuffer", 3), "s");
    text += row("rebuffering ratio", fixed(100 * result.metric("rebuffer ratio"), 3), "%");
    text += row("stalls", value("total rebuffer events", 0));
    text += row("switches", std::to_string(switches(result)));
    text += row("change of bitrate", value("time average bitrate change", 1), "kbit/s a segment's time");
    if (result.abandoned > 0) text += row("downloads given up", std::to_string(result.abandoned));
    if (!result.replacements.empty()) text += row("segments replaced", std::to_string(result.replacements.size()));
    return text + rungs_table(task, result);
}

std::vector<Figure> figures_of(SessionModel model) {
    using Result = lab::SessionResult;
    std::vector<Figure> figures;
    if (model == SessionModel::Pensieve)
        figures.push_back({"average_reward", "a segment", [](const Result& r) { return r.metric("average reward"); }});
    const Figure common[] = {
        {"time_average_score", "a segment's time", [](const Result& r) { return r.metric("time average score"); }},
        {"time_average_played_bitrate", "kbit/s",
         [](const Result& r) { return r.metric("time average played bitrate"); }},
        {"rebuffer_ratio", "of all time", [](const Result& r) { return r.metric("rebuffer ratio"); }},
        {"total_rebuffer", "s", [](const Result& r) { return r.metric("total rebuffer"); }},
        {"startup_s", "s", [](const Result& r) { return r.startup_ms / 1000; }},
        {"switches", "", [](const Result& r) { return double(switches(r)); }},
        {"time_average_bitrate_change", "kbit/s",
         [](const Result& r) { return r.metric("time average bitrate change"); }},
    };
    figures.insert(figures.end(), std::begin(common), std::end(common));
    return figures;
}

std::vector<Ranked> ranking_of(const AbrTask& task, const std::vector<lab::SessionResult>& results) {
    const std::vector<Figure> figures = figures_of(task.model);
    const size_t traces = task.traces.size();
    std::vector<Ranked> ranking;
    for (size_t r = 0; r < task.rules.size(); ++r) {
        Ranked& ranked = ranking.emplace_back(Ranked{task.rules[r], {}});
        for (const Figure& figure : figures) {
            std::vector<double>& values = ranked.values.emplace_back();
            for (size_t t = 0; t < traces; ++t) values.push_back(figure.of(results[r * traces + t]));
        }
    }
    const auto median = [](const Ranked& ranked) { return quantile(Distribution(ranked.values[0]).sorted, 0.5); };
    const auto place = [&](const Ranked& ranked) {
        return std::find(task.rules.begin(), task.rules.end(), ranked.rule) - task.rules.begin();
    };
    std::sort(ranking.begin(), ranking.end(), [&](const Ranked& a, const Ranked& b) {
        const double ours = median(a), theirs = median(b);
        return ours != theirs ? ours > theirs : place(a) < place(b);
    });
    return ranking;
}

std::string ranking_json(const AbrTask& task, const std::vector<Ranked>& ranking) {
    const std::vector<Figure> figures = figures_of(task.model);
    reports::JsonWriter json;
    json.object().key("model").text(name_of(task.model)).key("movie").text(task.movie_name);
    json.key("ranked_by").text(figures[0].name + " p50");
    json.key("traces").array();
    for (const network::RecordedTrace& trace : task.traces) json.text(trace.name);
    json.end().key("ranking").array();
    for (const Ranked& ranked : ranking) {
        json.object().key("abr").text(abr::name_of(ranked.rule));
        for (size_t f = 0; f < figures.size(); ++f) {
            const Distribution distribution(ranked.values[f]);
            json.key(figures[f].name).object().key("mean").number(distribution.mean);
            for (const auto& [name, share] : kQuantiles) json.key(name).number(quantile(distribution.sorted, share));
            json.key("of_each_trace").array(true);
            for (const double value : ranked.values[f]) json.number(value);
            json.end().end();
        }
        json.end();
    }
    json.end().end();
    return json.take();
}

std::string ranking_table(const AbrTask& task, const std::vector<Ranked>& ranking) {
    const std::vector<Figure> figures = figures_of(task.model);
    std::string text = std::to_string(task.rules.size()) + " rules on " + std::to_string(task.traces.size()) +
                       " traces, " + model_text(task.model) + ", " + ladder_text(task.movie) +
                       "\nbest first by the median of " + figures[0].name + '\n';
    for (size_t f = 0; f < figures.size(); ++f) {
        const std::string title = figures[f].name + (figures[f].unit.empty() ? "" : ", " + figures[f].unit);
        text += '\n' + left(title, 48) + "\n" + left("", 16) + right("mean", 10);
        for (const auto& [name, share] : kQuantiles) text += right(name, 10);
        text += '\n';
        for (const Ranked& ranked : ranking) {
            const Distribution distribution(ranked.values[f]);
            const auto cell = [](double value) { return " " + right(reports::significant_within(value, 4, 9), 9); };
            text += "  " + left(std::string(abr::name_of(ranked.rule)), 14) + cell(distribution.mean);
            for (const auto& [name, share] : kQuantiles) text += cell(quantile(distribution.sorted, share));
            text += '\n';
        }
    }
    return text;
}

}  // namespace matinee::cli
