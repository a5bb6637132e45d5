#include "clients/player/lab/pensieve_session.hpp"

#include <algorithm>
#include <cmath>

#include "clients/player/abr/rules.hpp"
#include "system/base/errors.hpp"

namespace matinee::lab {

namespace {

constexpr int kFirstRung = 1;
constexpr double kPayload = 0.95;
constexpr double kRequestMs = 80;
constexpr double kSleepMs = 500;
constexpr double kBytesPerMbit = 1e6 / 8;
constexpr double kManyCycles = 1000;  ///< from so many rounds of a trace on, they are taken in one step

/// The link in Pensieve's units and with its arithmetic: row k carries until `end_s[k]`.
class Link {
public:
    Link(std::span<const Period> trace, double multiplier) {
        check_trace(trace, multiplier);
        double end_ns = 0;  // a whole number: the sum is exact, and so is the decimal that a trace file has
        for (const Period& p : trace) {
            end_ns += std::round(p.duration_ms * 1e6);
            end_s_.push_back(end_ns / 1e9);
            bytes_per_s_.push_back(p.bandwidth_kbps / 1000 * multiplier * kBytesPerMbit);
            cycle_bytes_ += bytes_per_s_.back() * p.duration_ms / 1000 * kPayload;
        }
    }

    /// Seconds that so many bytes take.
    double download(double bytes) {
        double delay_s = 0;
        double sent = 0;
        for (;;) {
            const double throughput = bytes_per_s_[row_];
            const double duration_s = end_s_[row_] - now_s_;
            const double payload = throughput * duration_s * kPayload;
            if (sent + payload > bytes) {
                const double last_s = (bytes - sent) / throughput / kPayload;
                now_s_ += last_s;
                return delay_s + last_s;
            }
            sent += payload;
            delay_s += duration_s;
            next_row();
            if (row_ == 0 && bytes - sent > kManyCycles * cycle_bytes_) {
                const double cycles = std::floor((bytes - sent) / cycle_bytes_) - 1;
                sent += cycles * cycle_bytes_;
                delay_s += cycles * end_s_.back();
            }
        }
    }

    void sleep(double ms) {
        const double cycle_ms = end_s_.back() * 1000;
        if (ms > kManyCycles * cycle_ms) ms -= std::floor(ms / cycle_ms) * cycle_ms;
        for (;;) {
            const double duration_s = end_s_[row_] - now_s_;
            if (duration_s > ms / 1000) break;
            ms -= duration_s * 1000;
            next_row();
        }
        now_s_ += ms / 1000;
    }

private:
    void next_row() {
        now_s_ = end_s_[row_];
        if (++row_ < end_s_.size()) return;
        row_ = 0;
        now_s_ = 0;
    }

    std::vector<double> end_s_;
    std::vector<double> bytes_per_s_;
    double cycle_bytes_ = 0;
    size_t row_ = 0;
    double now_s_ = 0;  ///< since the trace began, or began again
};

class Session {
public:
    Session(const SessionOptions& options, const abr::Plan& plan, const Playlist& playlist,
            const abr::SegmentSizes& lookup, std::span<const Period> trace)
        : options_(options),
          plan_(plan),
          playlist_(playlist),
          lookup_(lookup),
          link_(trace, options.bandwidth_multiplier) {}

    SessionResult run() {
        int rung = std::min(kFirstRung, plan_.ladder.top());
        for (;;) {
            fetch(rung);
            if (result_.qualities.size() == playlist_.segments()) break;
            const abr::Decision next = abr::decide(plan_, state_, observe());
            rung = next.rung;
            if (next.delay_ms > 0) sleep(std::min(next.delay_ms, buffer_ms_));
        }
        if (options_.timeline) result_.timeline.add_passing(now_ms_, buffer_ms_, buffer_ms_);
        report();
        return std::move(result_);
    }

private:
    void fetch(int rung) {
        const double bits = playlist_.sizes().bits(uint32_t(result_.qualities.size()), rung);
        const double download_ms = link_.download(bits / 8) * 1000;
        const double delay_ms = download_ms + kRequestMs;
        const double stall_ms = std::max(delay_ms - buffer_ms_, 0.0);
        if (options_.timeline) {
            result_.timeline.add_passing(now_ms_, buffer_ms_, delay_ms);
            result_.timeline.requests.push_back({now_ms_, now_ms_ + delay_ms, rung, bits / download_ms});
        }
        now_ms_ += delay_ms;
        buffer_ms_ = std::max(buffer_ms_ - delay_ms, 0.0) + plan_.ladder.segment_ms();
        if (options_.timeline) result_.timeline.add_level(now_ms_, buffer_ms_);
        if (buffer_ms_ > options_.abr.max_buffer_ms) {
            const double steps = std::ceil((buffer_ms_ - options_.abr.max_buffer_ms) / kSleepMs);
            sleep(steps * kSleepMs);
            abr::report_delay(plan_, state_, steps * kSleepMs);
        }
        count(rung, stall_ms);
        abr::report_download(plan_, state_,
                             {.bits = bits,
                              .download_ms = download_ms,
                              .latency_ms = kRequestMs,
                              .rung = rung,
                              .level_ms = buffer_ms_});
    }

    void sleep(double ms) {
        if (options_.timeline) result_.timeline.add_passing(now_ms_, buffer_ms_, ms);
        now_ms_ += ms;
        buffer_ms_ -= ms;
        link_.sleep(ms);
    }

    void count(int rung, double stall_ms) {
        const bool first = result_.qualities.empty();
        const int before = first ? rung : result_.qualities.back();
        if (first) result_.startup_ms = now_ms_;
        const double mbps = plan_.ladder.bitrate(rung) / 1000;
        const double change = std::abs(plan_.ladder.bitrate(rung) - plan_.ladder.bitrate(before)) / 1000;
        reward_ += mbps - abr::mpc::kStallPenalty * (stall_ms / 1000) - change;
        totals_.play(plan_.ladder, rung, before);
        totals_.stall_ms += stall_ms;
        if (stall_ms > 0) ++totals_.stalls;
        result_.qualities.push_back(rung);
    }

    abr::Observation observe() const {
        return {.level_ms = buffer_ms_,
                .segment = uint32_t(result_.qualities.size()),
                .segments = playlist_.segments(),
                .first_segment = 0,
                .last_rung = result_.qualities.back(),
                .now_ms = now_ms_,
                .playing = true,
                .sizes = &lookup_};
    }

    void report() {
        totals_.total_ms = now_ms_ + buffer_ms_;
        result_.metrics = metrics_of(totals_, plan_.ladder.segment_ms(), options_.abr);
        result_.metrics.emplace_back("total reward", reward_);
        result_.metrics.emplace_back("average reward", reward_ / double(playlist_.segments()));
    }

    const SessionOptions& options_;
    const abr::Plan& plan_;
    const Playlist& playlist_;
    abr::SegmentSizes lookup_;
    Link link_;
    abr::State<double> state_{};
    double buffer_ms_ = 0;
    double now_ms_ = 0;
    double reward_ = 0;
    Totals totals_;
    SessionResult result_;
};

}  // namespace

PensieveModel::PensieveModel(const Movie& movie, const SessionOptions& options)
    : options_(options),
      plan_(options.abr, abr::Ladder(movie.bitrates_kbps, movie.segment_ms)),
      playlist_(movie, options) {
    plan_.require_fits<double>();
    if (!options.movie_length_s) playlist_.drop_last();
    const abr::SegmentSizes& sizes = playlist_.sizes();
    for (uint32_t i = 0; i < sizes.rows; ++i)
        shifted_bits_.insert(shifted_bits_.end(), sizes.row(i + 1), sizes.row(i + 1) + sizes.rungs);
}

SessionResult PensieveModel::run(std::span<const Period> trace) const {
    abr::SegmentSizes lookup = playlist_.sizes();
    lookup.row_bits = shifted_bits_.data();
    return Session(options_, plan_, playlist_, lookup, trace).run();
}

}  // namespace matinee::lab
