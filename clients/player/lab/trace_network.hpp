// The network of Sabre's session model: one player on a recorded trace of (duration, bandwidth, latency) that repeats
// without a gap. Units: ms, kbit/s (the same as bits per ms), bits. Model: Sabre, NetworkModel (Spiteri, Sitaraman,
// Sparacio, MMSys 2018); the order of the arithmetic is Sabre's, so that results agree to the last digit.
#pragma once

#include <functional>
#include <span>
#include <vector>

namespace matinee::lab {

struct Period {
    double duration_ms = 0;
    double bandwidth_kbps = 0;
    double latency_ms = 0;
};

/// What came of one request.
struct Fetched {
    double bits = 0;        ///< received
    double time_ms = 0;     ///< latency included
    double latency_ms = 0;  ///< request to first bit
    int abandoned_to = -1;  ///< what the check answered; -1: the segment is whole
};

class TraceNetwork {
public:
    /// (elapsed ms, latency ms, bits received) -> rung to give up for, or -1. Asked after every 12 000 bits, but at
    /// least 50 ms after the time before.
    using Check = std::function<int(double, double, double)>;
    /// (sustainable rung now, before): called when a period begins whose bandwidth sustains another rung.
    using OnQuality = std::function<void(int, int)>;

    /// Throws InputError where the trace would never move on or never deliver. `bitrates` are the movie's.
    TraceNetwork(std::span<const Period> trace, double multiplier, std::span<const double> bitrates, double segment_ms,
                 OnQuality on_quality);

    /// Nobody asks for anything.
    void idle(double ms);
    /// One request. Without `check` it cannot be given up.
    Fetched fetch(double bits, const Check& check);

    double now_ms() const { return now_ms_; }
    /// The highest rung whose bitrate the period's bandwidth, less its latency per segment, carries.
    int sustainable() const { return sustainable_; }

private:
    struct Part {
        double bits = 0;
        double ms = 0;
    };
    const Period& period() const { return trace_[index_]; }
    void begin_period();
    void next_period();
    void pass(double ms);
    double skip_rest_of_period();
    double latency();
    double download(double bits);
    Part download_some(double bits, double least_bits, double least_ms);
    Fetched fetch_checked(double bits, const Check& check);

    std::vector<Period> trace_;
    std::vector<double> bitrates_;
    double segment_ms_;
    OnQuality on_quality_;
    size_t index_ = 0;
    double left_ms_ = 0;  ///< of the current period
    double now_ms_ = 0;
    int sustainable_ = -1;
};

}  // namespace matinee::lab
