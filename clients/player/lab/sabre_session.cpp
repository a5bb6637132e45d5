#include "clients/player/lab/sabre_session.hpp"

#include <cmath>
#include <stdexcept>
#include <string>

#include "clients/player/abr/rules.hpp"
#include "clients/player/lab/playback.hpp"
#include "system/base/errors.hpp"

namespace matinee::lab {

namespace {

/// How far the throughput estimate was from what the next download got; running means, as Sabre updates them.
struct EstimateErrors {
    int over_count = 0, leq_count = 0;
    double over = 0, leq = 0, all = 0;

    void add(double estimate, double actual) {
        if (estimate > actual) {
            ++over_count;
            over += (estimate - actual - over) / over_count;
        } else {
            ++leq_count;
            leq += (actual - estimate - leq) / leq_count;
        }
        all += (estimate - actual - all) / (over_count + leq_count);
    }
};

[[noreturn]] void refuse(const std::string& path, const std::string& found, const std::string& expected) {
    throw InputError({.file = "movie", .path = path, .found = found, .expected = expected, .suggestion = ""});
}

void check_movie(const Movie& movie) {
    if (movie.segment_bits.empty()) refuse("segment_sizes_bits", "no segments", "at least one segment");
    for (size_t i = 0; i < movie.segment_bits.size(); ++i) {
        const std::vector<double>& sizes = movie.segment_bits[i];
        const std::string path = "segment_sizes_bits[" + std::to_string(i) + "]";
        if (sizes.size() != movie.bitrates_kbps.size())
            refuse(path, std::to_string(sizes.size()) + " sizes",
                   std::to_string(movie.bitrates_kbps.size()) + " sizes");
        for (const double bits : sizes) {
            if (!(bits > 0 && bits <= 1e15)) refuse(path, std::to_string(bits), "sizes above 0, up to 1e15 bits");
        }
    }
}

size_t segments_of(const Movie& movie, const SessionOptions& options) {
    if (!options.movie_length_s) return movie.segment_bits.size();
    const double segments = std::ceil(*options.movie_length_s * 1000 / movie.segment_ms);
    if (!(segments >= 1 && segments <= 1e7))
        refuse("length", std::to_string(*options.movie_length_s) + " s", "one segment to 1e7 segments");
    return size_t(segments);
}

std::vector<double> utilities_of(const abr::Ladder& ladder) {
    std::vector<double> utilities;
    for (int q = 0; q < ladder.rungs(); ++q) utilities.push_back(ladder.utility(q));
    return utilities;
}

class Session {
public:
    Session(const Movie& movie, std::span<const Period> trace, const SessionOptions& options)
        : movie_(movie),
          options_(options),
          plan_(options.abr, abr::Ladder(movie.bitrates_kbps, movie.segment_ms)),
          segments_(segments_of(movie, options)),
          playback_(movie.bitrates_kbps, utilities_of(plan_.ladder), movie.segment_ms, options.abr.max_buffer_ms,
                    options.rampup_rung),
          network_(trace, options.bandwidth_multiplier, movie.bitrates_kbps, movie.segment_ms,
                   [this](int rung, int before) { playback_.network_changed(network_now(), rung, before); }) {
        plan_.require_fits<double>();
    }

    SessionResult run() {
        first_segment();
        while (result_.qualities.size() < segments_) next_segment();
        playback_.play_out(network_.sustainable());
        report();
        return std::move(result_);
    }

private:
    double network_now() const { return network_.now_ms(); }
    double bits_of(size_t segment, int rung) const {
        return movie_.segment_bits[segment % movie_.segment_bits.size()][size_t(rung)];
    }
    void wait(double ms) {
        playback_.deplete(ms, network_.sustainable());
        network_.idle(ms);
    }

    void first_segment() {
        const Fetched got = network_.fetch(bits_of(0, 0), nullptr);
        playback_.append(0);
        result_.qualities.push_back(0);
        report_download(got, 0);
        playback_.start_up(got.time_ms);
    }

    void next_segment() {
        const double full_ms = playback_.level_ms() + movie_.segment_ms - options_.abr.max_buffer_ms;
        if (full_ms > 0) {
            wait(full_ms);
            abr::report_delay(plan_, state_, full_ms);
        }
        const abr::Decision next = abr::decide(plan_, state_, observe());
        if (next.delay_ms > 0) wait(next.delay_ms);

        const size_t segment = result_.qualities.size();
        const Fetched got = network_.fetch(bits_of(segment, next.rung), check_for(next.rung));
        playback_.deplete(got.time_ms, network_.sustainable());
        if (got.abandoned_to < 0) {
            playback_.append(next.rung);
            result_.qualities.push_back(next.rung);
        } else {
            ++result_.abandoned;
        }
        if (abr::is_sabre_rule(options_.abr.rule))
            errors_.add(abr::estimate(plan_, state_).throughput_kbps, got.bits / (got.time_ms - got.latency_ms));
        report_download(got, next.rung);
    }

    abr::Observation observe() const {
        return {.level_ms = playback_.level_ms(),
                .segment = uint32_t(result_.qualities.size()),
                .segments = uint32_t(segments_),
                .first_segment = 0,
                .last_rung = result_.qualities.back(),
                .now_ms = network_.now_ms(),
                .playing = true};
    }

    TraceNetwork::Check check_for(int rung) {
        if (!options_.abandon || !abr::may_abandon(plan_)) return nullptr;
        const size_t segment = result_.qualities.size();
        const double level = playback_.level_ms();
        const double bits = bits_of(segment, rung);
        return [=, this](double elapsed_ms, double latency_ms, double bits_done) {
            return abr::abandon_to(plan_, state_,
                                   {.elapsed_ms = elapsed_ms,
                                    .latency_ms = latency_ms,
                                    .bits_done = bits_done,
                                    .bits_total = bits,
                                    .level_ms = std::max(0.0, level - elapsed_ms),
                                    .rung = rung,
                                    .segment = uint32_t(segment),
                                    .segments = uint32_t(segments_),
                                    .first_segment = 0});
        };
    }

    void report_download(const Fetched& got, int rung) {
        abr::report_download(plan_, state_,
                             {.bits = got.bits,
                              .download_ms = got.time_ms - got.latency_ms,
                              .latency_ms = got.latency_ms,
                              .rung = rung,
                              .level_ms = playback_.level_ms(),
                              .abandoned_to = got.abandoned_to});
    }

    void report() {
        const Playback& p = playback_;
        const double per_segment = 1 / (p.total_ms() / movie_.segment_ms);
        const double length_s = double(segments_) * movie_.segment_ms / 1000;
        const double score = per_segment * (p.utility() - options_.abr.gamma_p * p.stall_ms() / movie_.segment_ms);
        result_.metrics = {
            {"buffer size", options_.abr.max_buffer_ms},
            {"total played utility", p.utility()},
            {"time average played utility", p.utility() * per_segment},
            {"total played bitrate", p.bitrate()},
            {"time average played bitrate", p.bitrate() * per_segment},
            {"total play time", p.total_ms() / 1000},
            {"total play time chunks", p.total_ms() / movie_.segment_ms},
            {"total rebuffer", p.stall_ms() / 1000},
            {"rebuffer ratio", p.stall_ms() / p.total_ms()},
            {"time average rebuffer", p.stall_ms() / 1000 * per_segment},
            {"total rebuffer events", double(p.stalls())},
            {"time average rebuffer events", p.stalls() * per_segment},
            {"total bitrate change", p.bitrate_change()},
            {"time average bitrate change", p.bitrate_change() * per_segment},
            {"total log bitrate change", p.log_bitrate_change()},
            {"time average log bitrate change", p.log_bitrate_change() * per_segment},
            {"time average score", score},
            {"over estimate count", double(errors_.over_count)},
            {"over estimate", errors_.over},
            {"leq estimate count", double(errors_.leq_count)},
            {"leq estimate", errors_.leq},
            {"estimate", errors_.all},
            {"rampup time", p.rampup_ms() ? *p.rampup_ms() / 1000 : length_s},
            {"total reaction time", p.reaction_ms() / 1000},
        };
    }

    const Movie& movie_;
    const SessionOptions& options_;
    abr::Plan plan_;
    size_t segments_;
    abr::State<double> state_{};
    Playback playback_;
    TraceNetwork network_;
    EstimateErrors errors_;
    SessionResult result_;
};

}  // namespace

double SessionResult::metric(std::string_view name) const {
    for (const auto& [known, value] : metrics) {
        if (known == name) return value;
    }
    throw std::out_of_range("no metric named " + std::string(name));
}

SessionResult run_session(const Movie& movie, std::span<const Period> trace, const SessionOptions& options) {
    check_movie(movie);
    return Session(movie, trace, options).run();
}

}  // namespace matinee::lab
