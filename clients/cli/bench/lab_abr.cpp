#include "clients/cli/bench/lab_abr.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "clients/cli/bench/cpu_time.hpp"
#include "clients/cli/bench/scenarios_folder.hpp"
#include "clients/player/abr/names.hpp"
#include "clients/player/lab/pensieve_session.hpp"
#include "clients/player/lab/sabre_session.hpp"
#include "clients/population/movie_io.hpp"
#include "simulator/lab/matinee_session.hpp"
#include "simulator/network/recorded_trace_io.hpp"

namespace matinee::bench {

namespace {

constexpr double kMovieLengthS = 600;
constexpr int kRounds = 5;  // the median counts
constexpr double kRoundS = 0.2;

struct Input {
    lab::Movie movie;
    std::vector<std::vector<lab::Period>> traces;
};

Input read_input() {
    Input input;
    const population::RecordedMovie movie =
        population::read_recorded_movie(cli::scenarios_folder() / "data/movie.json");
    input.movie.segment_ms = movie.segment_ms;
    input.movie.bitrates_kbps.assign(movie.ladder.begin(), movie.ladder.end());
    for (const auto& row : movie.segment_bits) input.movie.segment_bits.emplace_back(row.begin(), row.end());
    for (const network::RecordedTrace& trace : network::read_traces(cli::scenarios_folder() / "data/links")) {
        if (!trace.name.starts_with("3g") && !trace.name.starts_with("4g")) continue;
        std::vector<lab::Period>& periods = input.traces.emplace_back();
        for (const auto& p : trace.periods) periods.push_back({p.duration_ms, p.bandwidth_kbps, p.latency_ms});
    }
    return input;
}

/// Segments a CPU second of `run(trace number)`, which plays one session.
template <class Run>
double segments_per_second(size_t traces, Run run) {
    std::vector<double> rates;
    for (int round = 0; round < kRounds; ++round) {
        const double start = thread_cpu_seconds();
        size_t segments = 0;
        double spent = 0;
        while (spent < kRoundS) {
            for (size_t trace = 0; trace < traces; ++trace) segments += run(trace).qualities.size();
            spent = thread_cpu_seconds() - start;
        }
        rates.push_back(double(segments) / spent);
    }
    std::sort(rates.begin(), rates.end());
    return rates[kRounds / 2];
}

lab::SessionOptions options_of(abr::Rule rule, bool abandon) {
    lab::SessionOptions options;
    options.abr.rule = rule;
    options.abandon = abandon;
    options.movie_length_s = kMovieLengthS;
    return options;
}

double sabre_rate(const Input& input, abr::Rule rule, bool abandon) {
    const lab::SabreModel model(input.movie, options_of(rule, abandon));
    std::vector<lab::TraceTable> tables;
    for (const std::vector<lab::Period>& trace : input.traces) tables.push_back(model.table_of(trace));
    return segments_per_second(tables.size(), [&](size_t trace) { return model.run(tables[trace]); });
}

template <class Model>
double rate_of(const Input& input, lab::SessionOptions options) {
    options.abr.max_buffer_ms = lab::kPensieveMaxBufferMs;
    const Model model(input.movie, options);
    return segments_per_second(input.traces.size(), [&](size_t trace) { return model.run(input.traces[trace]); });
}

}  // namespace

void measure_lab_abr(const Emit& emit) {
    using enum abr::Rule;
    const Input input = read_input();
    for (const abr::Rule rule : {Throughput, Bola, BolaE, Dynamic, DynamicDash})
        emit(Measurement("lab-abr")
                 .text("model", "sabre")
                 .text("abr", abr::name_of(rule))
                 .number("segments_per_second", sabre_rate(input, rule, false))
                 .number("segments_per_second_with_abandonment", sabre_rate(input, rule, true)));
    for (const abr::Rule rule : {Bba, RobustMpc})
        emit(Measurement("lab-abr")
                 .text("model", "pensieve")
                 .text("abr", abr::name_of(rule))
                 .number("segments_per_second", rate_of<lab::PensieveModel>(input, options_of(rule, false))));
    emit(Measurement("lab-abr")
             .text("model", "matinee")
             .text("abr", abr::name_of(Bola))
             .number("segments_per_second", rate_of<lab::MatineeModel>(input, options_of(Bola, true))));
}

}  // namespace matinee::bench
