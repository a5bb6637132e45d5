#include "clients/player/lab/playback.hpp"

#include <algorithm>
#include <cmath>

#include "system/base/math.hpp"

namespace matinee::lab {

Playback::Playback(std::span<const double> bitrates, std::span<const double> utilities, double segment_ms,
                   double max_buffer_ms, std::optional<int> rampup_rung)
    : bitrates_(bitrates.begin(), bitrates.end()),
      utilities_(utilities.begin(), utilities.end()),
      segment_ms_(segment_ms),
      max_buffer_ms_(max_buffer_ms),
      rampup_rung_(rampup_rung) {}

void Playback::deplete(double ms, int sustainable) {
    if (buffer_.empty()) {
        stall_ms_ += ms;
        total_ms_ += ms;
        return;
    }
    if (head_played_ms_ > 0) {
        if (ms + head_played_ms_ < segment_ms_) {
            head_played_ms_ += ms;
            total_ms_ += ms;
            return;
        }
        ms -= segment_ms_ - head_played_ms_;
        total_ms_ += segment_ms_ - head_played_ms_;
        buffer_.pop_front();
        head_played_ms_ = 0;
    }
    while (ms > 0 && !buffer_.empty()) {
        begin_segment(buffer_.front(), sustainable);
        if (ms >= segment_ms_) {
            buffer_.pop_front();
            total_ms_ += segment_ms_;
            ms -= segment_ms_;
        } else {
            head_played_ms_ = ms;
            total_ms_ += ms;
            ms = 0;
        }
    }
    if (ms > 0) {
        stall_ms_ += ms;
        total_ms_ += ms;
        ++stalls_;
    }
    settle_steps(total_ms_);
}

void Playback::begin_segment(int rung, int sustainable) {
    const double b = bitrates_[size_t(rung)];
    utility_ += utilities_[size_t(rung)];
    bitrate_ += b;
    if (last_played_ >= 0 && rung != last_played_) {
        const double before = bitrates_[size_t(last_played_)];
        bitrate_change_ += std::abs(b - before);
        log_bitrate_change_ += std::abs(math::log(b / before));
    }
    last_played_ = rung;
    if (!rampup_ms_ && rung >= rampup_rung_.value_or(sustainable)) rampup_ms_ = total_ms_;
    for (StepUp& step : steps_) {
        if (!step.done_ms && rung >= step.rung) step.done_ms = total_ms_;
    }
}

void Playback::play_out(int sustainable) {
    deplete(level_ms(), sustainable);
    buffer_.clear();
    head_played_ms_ = 0;
}

void Playback::settle_steps(double now_ms) {
    const double cutoff = now_ms - max_buffer_ms_;
    while (!steps_.empty() && steps_.front().at_ms < cutoff) {
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
    if (std::any_of(buffer_.begin(), buffer_.end(), [&](int q) { return rung <= q; })) return;
    if (std::any_of(steps_.begin(), steps_.end(), [&](const StepUp& step) { return rung <= step.rung; })) return;
    steps_.push_back({now_ms, rung, std::nullopt});
}

}  // namespace matinee::lab
