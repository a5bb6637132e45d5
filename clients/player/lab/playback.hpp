// The buffer and the screen of Sabre's session model, with its metrics. A segment counts when it begins to play. Model:
// Sabre, deplete_buffer and the functions around it (Spiteri, Sitaraman, Sparacio, MMSys 2018).
#pragma once

#include <deque>
#include <optional>
#include <vector>

#include "clients/player/lab/session.hpp"

namespace matinee::lab {

class Playback {
public:
    Playback(const abr::Ladder& ladder, double max_buffer_ms, std::optional<int> rampup_rung, uint32_t segments)
        : ladder_(ladder), segment_ms_(ladder.segment_ms()), max_buffer_ms_(max_buffer_ms), rampup_rung_(rampup_rung) {
        rungs_.reserve(segments);
    }

    double level_ms() const { return segment_ms_ * double(buffered()) - head_played_ms_; }
    double head_played_ms() const { return head_played_ms_; }
    /// Segments in the buffer, the one that plays among them.
    size_t buffered() const { return rungs_.size() - head_; }
    int buffered_rung(size_t place) const { return rungs_[head_ + place]; }
    void append(int rung) { rungs_.push_back(rung); }
    /// The segment that is `from_end` places before the end of the buffer (1: the last) gets another rung.
    void replace(size_t from_end, int rung) { rungs_[rungs_.size() - from_end] = rung; }

    /// Time before the first frame: neither play nor stall, but part of the total.
    void start_up(double ms) { totals_.total_ms += ms; }
    /// Time passes; what the buffer lacks is a stall.
    void deplete(double ms, int sustainable);
    void play_out(int sustainable);
    /// The network's sustainable rung changed; for the reaction time to more bandwidth.
    void network_changed(double now_ms, int rung, int previous);

    /// Stalls: Sabre counts one also for a rounding error's worth of stall.
    const Totals& totals() const { return totals_; }
    std::optional<double> rampup_ms() const { return rampup_ms_; }
    double reaction_ms() const { return reaction_ms_; }

private:
    struct StepUp {  ///< bandwidth for a rung that nothing in the buffer has
        double at_ms;
        int rung;
        std::optional<double> done_ms;
    };
    void begin_segment(int rung, int sustainable);
    void settle_steps(double now_ms) {
        if (!steps_.empty()) settle_due_steps(now_ms - max_buffer_ms_);
    }
    void settle_due_steps(double cutoff_ms);

    const abr::Ladder& ladder_;
    double segment_ms_;
    double max_buffer_ms_;
    std::optional<int> rampup_rung_;
    std::vector<int> rungs_;  ///< of every segment so far; the buffer is what stands from `head_` on
    size_t head_ = 0;
    double head_played_ms_ = 0;
    int last_played_ = -1;
    Totals totals_;
    std::optional<double> rampup_ms_;
    std::deque<StepUp> steps_;
    double reaction_ms_ = 0;
};

}  // namespace matinee::lab
