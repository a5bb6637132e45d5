#include "clients/player/lab/playback.hpp"

#include <algorithm>
#include <cmath>

namespace matinee::lab {

void Playback::deplete(double ms, int sustainable) {
    if (buffered() == 0) {
        totals_.stall_ms += ms;
        totals_.total_ms += ms;
        return;
    }
    if (head_played_ms_ > 0) {
        if (ms + head_played_ms_ < segment_ms_) {
            head_played_ms_ += ms;
            totals_.total_ms += ms;
            return;
        }
        ms -= segment_ms_ - head_played_ms_;
        totals_.total_ms += segment_ms_ - head_played_ms_;
        ++head_;
        head_played_ms_ = 0;
    }
    while (ms > 0 && buffered() != 0) {
        begin_segment(rungs_[head_], sustainable);
        if (ms >= segment_ms_) {
            ++head_;
            totals_.total_ms += segment_ms_;
            ms -= segment_ms_;
        } else {
            head_played_ms_ = ms;
            totals_.total_ms += ms;
            ms = 0;
        }
    }
    if (ms > 0) {
        totals_.stall_ms += ms;
        totals_.total_ms += ms;
        ++totals_.stalls;
    }
    settle_steps(totals_.total_ms);
}

void Playback::begin_segment(int rung, int sustainable) {
    totals_.play(ladder_, rung, last_played_);
    last_played_ = rung;
    if (!rampup_ms_ && rung >= rampup_rung_.value_or(sustainable)) rampup_ms_ = totals_.total_ms;
    for (StepUp& step : steps_) {
        if (!step.done_ms && rung >= step.rung) step.done_ms = totals_.total_ms;
    }
}

void Playback::play_out(int sustainable) {
    deplete(level_ms(), sustainable);
    head_ = rungs_.size();
    head_played_ms_ = 0;
}

void Playback::settle_due_steps(double cutoff_ms) {
    while (!steps_.empty() && steps_.front().at_ms < cutoff_ms) {
        const StepUp& step = steps_.front();
        reaction_ms_ += step.done_ms ? std::min(max_buffer_ms_, *step.done_ms - step.at_ms) : max_buffer_ms_;
        steps_.pop_front();
    }
}

void Playback::network_changed(double now_ms, int rung, int previous) {
    settle_steps(now_ms);
    for (StepUp& step : steps_) {  // the bandwidth went away before anything of that rung was played
        if (!step.done_ms && step.rung > rung) step.done_ms = now_ms;
    }
    if (rung <= previous) return;
    const auto in_buffer = rungs_.begin() + std::ptrdiff_t(head_);
    if (std::any_of(in_buffer, rungs_.end(), [&](int q) { return rung <= q; })) return;
    if (std::any_of(steps_.begin(), steps_.end(), [&](const StepUp& step) { return rung <= step.rung; })) return;
    steps_.push_back({now_ms, rung, std::nullopt});
}

}  // namespace matinee::lab
