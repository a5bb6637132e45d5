#include "simulator/lab/matinee_session.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "simulator/network/transfer.hpp"
#include "system/base/errors.hpp"

namespace matinee::lab {

namespace {

using player::Next;

constexpr double kSetupRtts = 2;
constexpr uint32_t kInitialWindowBytes = 14'600;  // RFC 6928
constexpr TimeNs kKeepAlive = 60 * kSecond;
constexpr double kSlowSegments = 1.8;
constexpr TimeNs kSlowLook = 500 * kMillisecond;
constexpr TimeNs kLongestWatch = 1000 * kSecond;
constexpr TimeNs kLongestRtt = 4 * kSecond;
constexpr size_t kMostRungs = 16;
constexpr uint32_t kMostSegments = 65'535;

[[noreturn]] void refuse(const std::string& path, const std::string& found, const std::string& expected) {
    throw InputError({.file = "movie", .path = path, .found = found, .expected = expected, .suggestion = ""});
}

player::Config config_of(const Movie& movie, const SessionOptions& options) {
    const abr::Ladder ladder(movie.bitrates_kbps, movie.segment_ms);
    if (movie.bitrates_kbps.size() > kMostRungs)
        refuse("bitrates_kbps", std::to_string(movie.bitrates_kbps.size()) + " bitrates",
               "at most " + std::to_string(kMostRungs) + " in matinee's own model");
    for (const double bitrate : movie.bitrates_kbps)
        if (bitrate != std::floor(bitrate) || bitrate > 4e9)
            refuse("bitrates_kbps", std::to_string(bitrate), "whole numbers of kbit/s in matinee's own model");
    const TimeNs segment = from_ms(movie.segment_ms);
    player::Config config{abr::Plan(options.abr, ladder),    segment, segment, segment, options.abandon,
                          from_ms(options.abr.max_buffer_ms)};
    config.plan.require_fits<float>();
    config.abandons = options.abandon && abr::may_abandon(config.plan);
    return config;
}

network::RecordedTrace recorded(std::span<const Period> trace, double multiplier) {
    check_trace(trace, multiplier);
    network::RecordedTrace out;
    for (const Period& p : trace) out.periods.push_back({p.duration_ms, p.bandwidth_kbps * multiplier, p.latency_ms});
    return out;
}

class Session {
public:
    /// Throws InputError for a trace whose whole kbit/s would keep a session walking for ever.
    Session(const SessionOptions& options, const player::Config& config, const Playlist& playlist,
            std::span<const Period> trace)
        : options_(options), config_(config), playlist_(playlist) {
        const uint32_t number = traces_.add(recorded(trace, options.bandwidth_multiplier));
        check_pace(traces_.trace(number));
        path_.cursor = network::TraceCursor::at(traces_, number, 0, 0);
        const TimeNs rtt = from_ms(traces_.trace(number).mean_latency_ms);
        path_.rtt_ns = uint32_t(std::clamp(rtt, kMillisecond, kLongestRtt));
        player_.open(0, playlist.segments());
    }

    SessionResult run() {
        for (;;) {
            const Next next = player_.next(config_, now_);
            if (next.kind == Next::Kind::PlayOut) break;
            if (next.kind == Next::Kind::Wait)
                pass_to(next.until);
            else
                fetch(next.segment, next.rung);
        }
        pass_to(player_.drains_ns());
        player_.close(config_, now_);
        report();
        return std::move(result_);
    }

private:
    const network::TraceRow* rows() const { return traces_.rows().data(); }

    void check_pace(const network::TraceSet::Trace& trace) const {
        constexpr double kMostRows = 1e8;
        const abr::SegmentSizes& sizes = playlist_.sizes();
        const double largest = *std::max_element(sizes.row_bits, sizes.row_bits + size_t(sizes.rows) * sizes.rungs);
        const double cycle_bits = trace.mean_kbps * to_ms(trace.duration_ns);
        if (cycle_bits > 0 && largest / cycle_bits * trace.rows < kMostRows) return;
        throw InputError(
            {.file = "trace",
             .path = "",
             .found = "too little bandwidth for a segment, in rates rounded to kbit/s as the simulator has them",
             .expected = "a link that delivers a segment within 1e8 of its rows",
             .suggestion = ""});
    }

    void pass_to(TimeNs until) {
        if (options_.timeline)
            result_.timeline.add_passing(to_ms(now_), to_ms(player_.level_ns(now_)), to_ms(until - now_));
        now_ = until;
    }

    /// When a request made now reaches the first byte of its answer.
    TimeNs connect() {
        TimeNs setup = 0;
        if (last_byte_ < 0 || now_ - last_byte_ > kKeepAlive) {
            path_.window_bytes = kInitialWindowBytes;
            setup = TimeNs(kSetupRtts * double(path_.rtt_ns));
        }
        return now_ + setup + path_.rtt_ns;
    }

    void fetch(uint32_t segment, uint8_t rung) {
        const TimeNs asked = now_;
        const TimeNs first_byte = connect();
        const auto bits = uint64_t(std::ceil(playlist_.sizes().bits(segment, rung) / 8)) * 8;
        const TimeNs done = network::finish_time(rows(), path_, first_byte, bits);
        if (done == kNever)
            throw InputError({.file = "trace",
                              .path = "",
                              .found = "a link that is dead for a year",
                              .expected = "a link that delivers",
                              .suggestion = ""});
        if (config_.abandons && rung > 0 && double(done - asked) > kSlowSegments * double(config_.segment_ns) &&
            gave_up(asked, first_byte, done, rung, bits))
            return;
        arrive(asked, first_byte, done, rung, bits);
    }

    /// Looks at a slow download from time to time, as the world does.
    bool gave_up(TimeNs asked, TimeNs first_byte, TimeNs done, uint8_t rung, uint64_t total) {
        const TimeNs last = std::min(done - 1, first_byte + kLongestWatch);
        for (TimeNs look = first_byte + kSlowLook; look <= last; look += kSlowLook) {
            const uint64_t bits = network::arrived_bits(rows(), path_, first_byte, total, look);
            const player::Received so_far{bits, first_byte - asked, look - first_byte, 0, 0};
            const int to = bits > 0 && bits < total ? player_.abandon_to(config_, look, rung, so_far, total) : -1;
            if (to < 0) continue;
            mark_request(asked, first_byte, look, rung, bits);
            pass_to(look);
            player_.on_abandoned(config_, now_, so_far, rung, to);
            last_byte_ = now_;
            ++result_.abandoned;
            return true;
        }
        return false;
    }

    void arrive(TimeNs asked, TimeNs first_byte, TimeNs done, uint8_t rung, uint64_t bits) {
        mark_request(asked, first_byte, done, rung, bits);
        pass_to(done);
        last_byte_ = now_;
        const auto bitrate = Kbps(config_.plan.ladder.bitrate(rung));
        player_.on_segment(config_, now_, rung,
                           {bits, first_byte - asked, done - first_byte, config_.segment_ns, bitrate});
        const int before = result_.qualities.empty() ? -1 : result_.qualities.back();
        totals_.play(config_.plan.ladder, rung, before);
        result_.qualities.push_back(rung);
        if (options_.timeline) result_.timeline.add_level(to_ms(now_), to_ms(player_.level_ns(now_)));
    }

    void mark_request(TimeNs asked, TimeNs first_byte, TimeNs until, uint8_t rung, uint64_t bits) {
        if (options_.timeline)
            result_.timeline.requests.push_back(
                {to_ms(asked), to_ms(until), rung, double(bits) / to_ms(std::max<TimeNs>(1, until - first_byte))});
    }

    void report() {
        totals_.total_ms = to_ms(now_);
        totals_.stall_ms = to_ms(player_.stall_ns());
        totals_.stalls = int(player_.stalls());
        result_.startup_ms = to_ms(player_.startup_ns());
        result_.metrics = metrics_of(totals_, config_.plan.ladder.segment_ms(), options_.abr);
    }

    const SessionOptions& options_;
    const player::Config& config_;
    const Playlist& playlist_;
    network::TraceSet traces_;
    network::Path path_;
    player::Player player_;
    TimeNs now_ = 0;
    TimeNs last_byte_ = -1;
    Totals totals_;
    SessionResult result_;
};

}  // namespace

MatineeModel::MatineeModel(const Movie& movie, const SessionOptions& options)
    : options_(options), config_(config_of(movie, options)), playlist_(movie, options) {
    if (playlist_.segments() > kMostSegments)
        refuse("length", std::to_string(playlist_.segments()) + " segments",
               "at most " + std::to_string(kMostSegments) + " in matinee's own model");
}

SessionResult MatineeModel::run(std::span<const Period> trace) const {
    return Session(options_, config_, playlist_, trace).run();
}

}  // namespace matinee::lab
