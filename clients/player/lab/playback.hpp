// The buffer and the screen of Sabre's session model, with its metrics. A segment counts when it begins to play. Model:
// Sabre, deplete_buffer and the functions around it (Spiteri, Sitaraman, Sparacio, MMSys 2018).
#pragma once

#include <deque>
#include <optional>
#include <span>
#include <vector>

namespace matinee::lab {

class Playback {
public:
    Playback(std::span<const double> bitrates, std::span<const double> utilities, double segment_ms,
             double max_buffer_ms, std::optional<int> rampup_rung);

    double level_ms() const { return segment_ms_ * double(buffer_.size()) - head_played_ms_; }
    void append(int rung) { buffer_.push_back(rung); }
    /// Time before the first frame: neither play nor stall, but part of the total.
    void start_up(double ms) { total_ms_ += ms; }
    /// Time passes; what the buffer lacks is a stall.
    void deplete(double ms, int sustainable);
    void play_out(int sustainable);
    /// The network's sustainable rung changed; for the reaction time to more bandwidth.
    void network_changed(double now_ms, int rung, int previous);

    double utility() const { return utility_; }
    double bitrate() const { return bitrate_; }
    double total_ms() const { return total_ms_; }
    double stall_ms() const { return stall_ms_; }
    int stalls() const { return stalls_; }  ///< Sabre counts one also for a rounding error's worth of stall
    double bitrate_change() const { return bitrate_change_; }
    double log_bitrate_change() const { return log_bitrate_change_; }
    std::optional<double> rampup_ms() const { return rampup_ms_; }
    double reaction_ms() const { return reaction_ms_; }

private:
    struct StepUp {  ///< bandwidth for a rung that nothing in the buffer has
        double at_ms;
        int rung;
        std::optional<double> done_ms;
    };
    void begin_segment(int rung, int sustainable);
    void settle_steps(double now_ms);

    std::vector<double> bitrates_;
    std::vector<double> utilities_;
    double segment_ms_;
    double max_buffer_ms_;
    std::optional<int> rampup_rung_;
    std::deque<int> buffer_;
    double head_played_ms_ = 0;
    int last_played_ = -1;
    double utility_ = 0;
    double bitrate_ = 0;
    double total_ms_ = 0;
    double stall_ms_ = 0;
    int stalls_ = 0;
    double bitrate_change_ = 0;
    double log_bitrate_change_ = 0;
    std::optional<double> rampup_ms_;
    std::deque<StepUp> steps_;
    double reaction_ms_ = 0;
};

}  // namespace matinee::lab
