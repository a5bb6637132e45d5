#include "clients/player/lab/sabre_session.hpp"

#include <algorithm>
#include <cmath>

#include "clients/player/abr/patience.hpp"
#include "clients/player/abr/rules.hpp"
#include "clients/player/lab/playback.hpp"

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

/// Asks the rule whether it gives up a download.
class RuleCheck {
public:
    RuleCheck(const abr::Plan& plan, const abr::Patience::Table& table, const abr::State<double>& state,
              const abr::Progress& request)
        : plan_(plan), state_(state), request_(request), patience_(plan, table, state, request) {}

    int operator()(double elapsed_ms, double latency_ms, double bits) const {
        abr::Progress progress = request_;
        progress.elapsed_ms = elapsed_ms;
        progress.latency_ms = latency_ms;
        progress.bits_done = bits;
        progress.level_ms = std::max(0.0, request_.level_ms - elapsed_ms);
        return abr::abandon_to(plan_, state_, progress);
    }
    double lasts_until_ms(double elapsed_ms, double latency_ms, double bits) const {
        return patience_.lasts_until_ms(elapsed_ms, latency_ms, bits);
    }

private:
    const abr::Plan& plan_;
    const abr::State<double>& state_;
    const abr::Progress& request_;
    abr::Patience patience_;
};

class Session {
public:
    Session(const SessionOptions& options, const abr::Plan& plan, const abr::Patience::Table& patience,
            const Playlist& playlist, const TraceTable& table)
        : options_(options),
          plan_(plan),
          patience_(patience),
          playlist_(playlist),
          playback_(plan.ladder, options.abr.max_buffer_ms, options.rampup_rung, playlist.segments()),
          network_(table, OnQuality{this}) {
        result_.qualities.reserve(playlist.segments());
    }

    SessionResult run() {
        first_segment();
        while (next() < playlist_.segments()) next_segment();
        play_out();
        report();
        return std::move(result_);
    }

private:
    struct OnQuality {
        Session* session;
        void operator()(int rung, int before) const {
            session->playback_.network_changed(session->network_.now_ms(), rung, before);
        }
    };

    /// A request about to be made: a new segment, or one that stands `from_end` places before the end of the buffer.
    struct Request {
        uint32_t segment;
        int rung;
        double delay_ms;
        size_t from_end;  ///< 0: a new segment
    };

    uint32_t next() const { return uint32_t(result_.qualities.size()); }

    void wait(double ms) {
        mark_passing(ms);
        playback_.deplete(ms, network_.sustainable());
        network_.idle(ms);
    }

    void first_segment() {
        const Fetched got = network_.fetch(playlist_.sizes().bits(0, 0));
        mark_request(0, 0, got);
        mark_passing(got.time_ms);
        playback_.append(0);
        result_.qualities.push_back(0);
        abr::report_download(plan_, state_, download_of(got, 0));
        playback_.start_up(got.time_ms);
        result_.startup_ms = got.time_ms;
        mark_level();
    }

    void next_segment() {
        const double full_ms = playback_.level_ms() + plan_.ladder.segment_ms() - options_.abr.max_buffer_ms;
        if (full_ms > 0) {
            wait(full_ms);
            abr::report_delay(plan_, state_, full_ms);
        }
        const Request request = choose();
        if (request.delay_ms > 0) wait(request.delay_ms);

        const double asked_ms = network_.now_ms();
        const Fetched got = request.from_end == 0 ? fetch_new(request) : fetch_again(request);
        mark_request(asked_ms, request.rung, got);
        mark_passing(got.time_ms);
        playback_.deplete(got.time_ms, network_.sustainable());
        const bool whole = got.abandoned_to < 0;
        if (!whole) ++result_.abandoned;
        if (request.from_end != 0) {
            if (whole) put_back(request);
        } else if (whole) {
            playback_.append(request.rung);
            result_.qualities.push_back(request.rung);
        }
        mark_level();
        report_to_rule(request, got);
    }

    Request choose() {
        const abr::Decision decision = abr::decide(plan_, state_, observe());
        Request request = {next(), decision.rung, decision.delay_ms, 0};
        if (options_.replace != Replace::None) {
            request.from_end = place_to_replace(decision.rung);
            request.segment -= uint32_t(request.from_end);
            if (request.from_end != 0) request.delay_ms = 0;
        }
        return request;
    }

    abr::Observation observe() const {
        return {.level_ms = playback_.level_ms(),
                .segment = next(),
                .segments = playlist_.segments(),
                .first_segment = 0,
                .last_rung = result_.qualities.back(),
                .now_ms = network_.now_ms(),
                .playing = true,
                .sizes = &playlist_.sizes()};
    }

    /// Sabre's Replace: which segment of the buffer is worth fetching again at this rung, counted from the buffer's
    /// end; 0: none. What plays soon is left alone.
    size_t place_to_replace(int rung) const {
        const size_t count = playback_.buffered();
        const auto skip = size_t(std::ceil(1.5 + playback_.head_played_ms() / plan_.ladder.segment_ms()));
        if (options_.replace == Replace::Left) {
            for (size_t i = skip; i < count; ++i)
                if (playback_.buffered_rung(i) < rung) return count - i;
        } else {
            for (size_t i = count; i > skip; --i)
                if (playback_.buffered_rung(i - 1) < rung) return count - (i - 1);
        }
        return 0;
    }

    Fetched fetch_new(const Request& request) {
        const double bits = playlist_.sizes().bits(request.segment, request.rung);
        if (!options_.abandon || !abr::may_abandon(plan_)) return network_.fetch(bits);
        const abr::Progress at_request = {.bits_total = bits,
                                          .level_ms = playback_.level_ms(),
                                          .rung = request.rung,
                                          .segment = request.segment,
                                          .segments = playlist_.segments(),
                                          .first_segment = 0};
        return network_.fetch(bits, RuleCheck(plan_, patience_, state_, at_request));
    }

    /// A replacement is given up when its place in the buffer begins to play.
    Fetched fetch_again(const Request& request) {
        const double bits = playlist_.sizes().bits(request.segment, request.rung);
        if (!options_.abandon) return network_.fetch(bits);
        const double level_ms = playback_.level_ms();
        const double behind_ms = plan_.ladder.segment_ms() * double(request.from_end);
        return network_.fetch(bits, [&](double elapsed_ms, double, double) {
            return std::max(0.0, level_ms - elapsed_ms) - behind_ms <= 0 ? 0 : -1;
        });
    }

    /// Unless its place in the buffer has begun to play in the meantime.
    void put_back(const Request& request) {
        if (!(playback_.level_ms() - plan_.ladder.segment_ms() * double(request.from_end) >= 0)) return;
        playback_.replace(request.from_end, request.rung);
        result_.replacements.push_back({request.segment, request.rung});
    }

    abr::Download download_of(const Fetched& got, int rung) const {
        return {.bits = got.bits,
                .download_ms = got.time_ms - got.latency_ms,
                .latency_ms = got.latency_ms,
                .rung = rung,
                .level_ms = playback_.level_ms(),
                .abandoned_to = got.abandoned_to};
    }

    void report_to_rule(const Request& request, const Fetched& got) {
        if (abr::is_sabre_rule(options_.abr.rule))
            errors_.add(abr::estimate(plan_, state_).throughput_kbps, got.bits / (got.time_ms - got.latency_ms));
        if (request.from_end == 0)
            abr::report_download(plan_, state_, download_of(got, request.rung));
        else
            abr::report_replacement(plan_, state_, download_of(got, request.rung), got.abandoned_to < 0);
    }

    void play_out() {
        mark_passing(playback_.level_ms());
        playback_.play_out(network_.sustainable());
    }

    void mark_level() {
        if (options_.timeline) result_.timeline.add_level(playback_.totals().total_ms, playback_.level_ms());
    }
    void mark_passing(double ms) {
        if (options_.timeline) result_.timeline.add_passing(playback_.totals().total_ms, playback_.level_ms(), ms);
    }
    void mark_request(double asked_ms, int rung, const Fetched& got) {
        if (options_.timeline)
            result_.timeline.requests.push_back(
                {asked_ms, network_.now_ms(), rung, got.bits / (got.time_ms - got.latency_ms)});
    }

    void report() {
        const double length_s = double(playlist_.segments()) * plan_.ladder.segment_ms() / 1000;
        result_.metrics = metrics_of(playback_.totals(), plan_.ladder.segment_ms(), options_.abr);
        const std::optional<double> rampup_ms = playback_.rampup_ms();
        const std::pair<std::string_view, double> own[] = {
            {"over estimate count", double(errors_.over_count)},
            {"over estimate", errors_.over},
            {"leq estimate count", double(errors_.leq_count)},
            {"leq estimate", errors_.leq},
            {"estimate", errors_.all},
            {"rampup time", rampup_ms ? *rampup_ms / 1000 : length_s},
            {"total reaction time", playback_.reaction_ms() / 1000},
        };
        result_.metrics.insert(result_.metrics.end(), std::begin(own), std::end(own));
    }

    const SessionOptions& options_;
    const abr::Plan& plan_;
    const abr::Patience::Table& patience_;
    const Playlist& playlist_;
    abr::State<double> state_{};
    Playback playback_;
    TraceNetwork<OnQuality> network_;
    EstimateErrors errors_;
    SessionResult result_;
};

}  // namespace

SabreModel::SabreModel(const Movie& movie, const SessionOptions& options)
    : options_(options),
      plan_(options.abr, abr::Ladder(movie.bitrates_kbps, movie.segment_ms)),
      patience_(plan_.ladder),
      playlist_(movie, options) {
    plan_.require_fits<double>();
}

TraceTable SabreModel::table_of(std::span<const Period> trace) const {
    return TraceTable(trace, options_.bandwidth_multiplier, plan_.ladder);
}

SessionResult SabreModel::run(const TraceTable& table) const {
    return Session(options_, plan_, patience_, playlist_, table).run();
}

SessionResult run_sabre_session(const Movie& movie, std::span<const Period> trace, const SessionOptions& options) {
    const SabreModel model(movie, options);
    return model.run(model.table_of(trace));
}

}  // namespace matinee::lab
