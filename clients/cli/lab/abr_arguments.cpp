#include "clients/cli/lab/abr_arguments.hpp"

#include <algorithm>
#include <cmath>
#include <memory>

#include "clients/cli/lab/option_values.hpp"
#include "clients/cli/bench/machine.hpp"
#include "clients/cli/parallel.hpp"
#include "clients/player/abr/names.hpp"
#include "clients/player/lab/pensieve_session.hpp"
#include "clients/player/lab/sabre_session.hpp"
#include "simulator/lab/matinee_session.hpp"
#include "simulator/network/recorded_trace_io.hpp"
#include "system/base/errors.hpp"
#include "system/base/text.hpp"

namespace matinee::cli {

namespace {

const std::vector<std::string> kModels = {"sabre", "pensieve", "matinee"};
const std::vector<std::string> kAverages = {"ewma", "sliding"};
const std::vector<std::string> kReplacements = {"none", "left", "right"};
constexpr double kSabreMaxBufferMs = 25'000;
constexpr double kPlayerInitialKbps = 1'000;  // of player::Settings
constexpr double kLongestMs = 1e10;
constexpr double kSabreStores = 20;  // samples, however long the windows are

[[noreturn]] void refuse(const std::string& found, const std::string& expected) {
    throw InputError({.file = "command line",
                      .path = "",
                      .found = found,
                      .expected = expected,
                      .suggestion = "matinee help lab abr"});
}

Arguments parse(Words words) {
    return Arguments({.command = "lab abr",
                      .flags = {"--json", "--no-insufficient-buffer-rule", "--abr-basic", "--abr-osc", "--no-abandon"},
                      .valued = {"--trace",
                                 "--traces",
                                 "--movie",
                                 "--abr",
                                 "--model",
                                 "--max-buffer",
                                 "--moving-average",
                                 "--window-sizes",
                                 "--half-lives",
                                 "--gamma",
                                 "--network-multiplier",
                                 "--movie-length",
                                 "--replace",
                                 "--rampup-threshold",
                                 "--initial-throughput",
                                 "--latency",
                                 "--bitrates",
                                 "--segment",
                                 "--plot",
                                 "--threads"}},
                     words);
}

std::vector<abr::Rule> rules_of(const Arguments& arguments) {
    std::vector<std::string> known;
    for (const abr::RuleInfo& rule : abr::rules()) known.emplace_back(rule.name);
    std::vector<abr::Rule> rules;
    for (const std::string& name : list_of(arguments, "--abr")) {
        const std::optional<abr::Rule> rule = abr::rule_named(name);
        if (!rule) refuse_option("--abr", name, one_of(known), nearest_spelling(name, known));
        if (std::find(rules.begin(), rules.end(), *rule) != rules.end())
            refuse_option("--abr", *arguments.value("--abr"), "each rule once");
        rules.push_back(*rule);
    }
    if (rules.empty()) refuse("no --abr", "--abr NAME: " + one_of(known));
    return rules;
}

/// One value for both of the two estimates, or one for each.
void set_pair(const Arguments& arguments, std::string_view option, double least, double most, auto (&pair)[2]) {
    const std::vector<double> values = decimals_of(arguments, option, least, most);
    if (values.empty()) return;
    if (values.size() > 2) refuse_option(option, *arguments.value(option), "one or two values");
    for (size_t i = 0; i < 2; ++i) {
        using Value = std::remove_reference_t<decltype(pair[0])>;
        pair[i] = Value(values[std::min(i, values.size() - 1)]);
        if (double(pair[i]) != values[std::min(i, values.size() - 1)])
            refuse_option(option, *arguments.value(option), "whole numbers");
    }
}

lab::SessionOptions options_of(const Arguments& arguments, SessionModel model) {
    lab::SessionOptions options;
    abr::Settings& rule = options.abr;
    const double max_buffer_ms = model == SessionModel::Pensieve ? lab::kPensieveMaxBufferMs : kSabreMaxBufferMs;
    rule.max_buffer_ms = milliseconds_of(arguments, "--max-buffer", 1, 1e8).value_or(max_buffer_ms);
    rule.gamma_p = decimal_of(arguments, "--gamma", 1e-6, 1e6).value_or(rule.gamma_p);
    rule.insufficient_buffer_rule = !arguments.has("--no-insufficient-buffer-rule");
    rule.bola_basic = arguments.has("--abr-basic");
    rule.bola_osc = arguments.has("--abr-osc");
    rule.average =
        choice_of(arguments, "--moving-average", kAverages, 0) == 0 ? abr::Average::Ewma : abr::Average::Sliding;
    set_pair(arguments, "--half-lives", 1e-3, 1e6, rule.half_life_s);
    set_pair(arguments, "--window-sizes", 1, 1e6, rule.window);
    for (int& window : rule.window) window = std::min(window, int(kSabreStores));
    const double initial_kbps = model == SessionModel::Matinee ? kPlayerInitialKbps : 0;
    rule.initial_throughput_kbps = decimal_of(arguments, "--initial-throughput", 0, 1e9).value_or(initial_kbps);
    options.abandon = !arguments.has("--no-abandon");
    options.bandwidth_multiplier = decimal_of(arguments, "--network-multiplier", 1e-9, 1e6).value_or(1);
    if (const auto length_ms = milliseconds_of(arguments, "--movie-length", 1e-3, kLongestMs))
        options.movie_length_s = *length_ms / 1000;
    if (const auto rung = arguments.number("--rampup-threshold", 0, 1000)) options.rampup_rung = int(*rung);
    options.replace = lab::Replace(choice_of(arguments, "--replace", kReplacements, 0));
    if (options.replace != lab::Replace::None && model != SessionModel::Sabre)
        refuse("`--replace` in " + name_of(model) + "'s model", "it in Sabre's, the only one that replaces segments");
    return options;
}

lab::Movie lab_movie(const population::RecordedMovie& recorded) {
    lab::Movie movie;
    movie.segment_ms = recorded.segment_ms;
    movie.bitrates_kbps.assign(recorded.ladder.begin(), recorded.ladder.end());
    for (const std::vector<uint64_t>& row : recorded.segment_bits)
        movie.segment_bits.emplace_back(row.begin(), row.end());
    return movie;
}

std::vector<lab::Period> periods_of(const network::RecordedTrace& trace) {
    std::vector<lab::Period> periods;
    periods.reserve(trace.periods.size());
    for (const network::RecordedTrace::Period& p : trace.periods)
        periods.push_back({p.duration_ms, p.bandwidth_kbps, p.latency_ms});
    return periods;
}

/// The labs know no files: says which one their "movie" or "trace" is. What is neither stands on the command line.
auto with_files(const std::string& movie, const std::string& trace, auto&& run) {
    try {
        return run();
    } catch (const InputError& error) {
        InputError::Where where = error.where;
        where.file = where.file == "movie" ? movie : where.file == "trace" ? trace : "command line";
        throw InputError(where);
    }
}

template <class Model>
RunSession runner(const AbrTask& task, const lab::SessionOptions& options) {
    auto model = with_files(task.movie_name, "", [&] { return std::make_shared<const Model>(task.movie, options); });
    return [model = std::move(model), movie = task.movie_name](const network::RecordedTrace& trace) {
        return with_files(movie, trace.name, [&] {
            const std::vector<lab::Period> periods = periods_of(trace);
            if constexpr (std::is_same_v<Model, lab::SabreModel>)
                return model->run(model->table_of(periods));
            else
                return model->run(periods);
        });
    };
}

}  // namespace

std::string name_of(SessionModel model) { return kModels[size_t(model)]; }

population::PensieveShape pensieve_shape(const Arguments& arguments) {
    population::PensieveShape shape;
    const std::vector<double> bitrates = decimals_of(arguments, "--bitrates", 1, 1e7);
    if (!bitrates.empty()) {
        shape.ladder.clear();
        for (const double bitrate : bitrates) {
            if (bitrate != std::floor(bitrate))
                refuse_option("--bitrates", *arguments.value("--bitrates"), "whole numbers of kbit/s");
            shape.ladder.push_back(Kbps(bitrate));
        }
        population::check_ladder(shape.ladder, "command line", "--bitrates");
    }
    if (const auto ms = milliseconds_of(arguments, "--segment", 100, 60'000)) shape.segment_ms = *ms;
    return shape;
}

void set_latency(const Arguments& arguments, network::RecordedTrace& trace) {
    const std::optional<double> latency_ms = milliseconds_of(arguments, "--latency", 0, 60'000);
    if (!latency_ms) return;
    for (network::RecordedTrace::Period& period : trace.periods) {
        if (period.latency_ms > 0)
            throw InputError({.file = trace.name,
                              .path = "",
                              .found = "a trace with latencies of its own, and --latency",
                              .expected = "--latency only for formats that have none",
                              .suggestion = "leave out --latency"});
        period.latency_ms = *latency_ms;
    }
}

AbrTask read_abr_task(Words words) {
    const Arguments arguments = parse(words);
    AbrTask task;
    task.model = SessionModel(choice_of(arguments, "--model", kModels, 0));
    task.rules = rules_of(arguments);
    task.options = options_of(arguments, task.model);
    task.threads = uint32_t(arguments.number("--threads", 1, kMostThreads).value_or(bench::machine_threads()));
    task.json = arguments.has("--json");
    task.plot = arguments.value("--plot");
    task.folder = arguments.has("--traces");
    if (arguments.has("--trace") == task.folder)
        refuse(task.folder ? "--trace and --traces" : "no trace",
               "--trace FILE, or --traces DIR for all traces of a folder");
    if (!arguments.has("--movie")) refuse("no --movie", "--movie FILE, or a folder of Pensieve's size files");
    if (task.plot && (task.folder || task.rules.size() > 1))
        refuse("`--plot` with several sessions", "--plot with one trace and one rule");

    const population::RecordedMovie movie =
        population::read_recorded_movie(*arguments.value("--movie"), pensieve_shape(arguments));
    task.movie_name = movie.file;
    task.movie = lab_movie(movie);
    if (task.folder)
        task.traces = network::read_traces(*arguments.value("--traces"));
    else
        task.traces.push_back(network::read_trace(*arguments.value("--trace")));
    for (network::RecordedTrace& trace : task.traces) set_latency(arguments, trace);
    return task;
}

RunSession session_runner(const AbrTask& task, abr::Rule rule) {
    lab::SessionOptions options = task.options;
    options.abr.rule = rule;
    options.timeline = task.plot.has_value();
    switch (task.model) {
        case SessionModel::Pensieve:
            return runner<lab::PensieveModel>(task, options);
        case SessionModel::Matinee:
            return runner<lab::MatineeModel>(task, options);
        default:
            return runner<lab::SabreModel>(task, options);
    }
}

}  // namespace matinee::cli
