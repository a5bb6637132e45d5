// The rungs of one title as a player sees them: nominal bitrates, utilities and the segment duration. Immutable and
// shared by every session that may use the same rungs; a device's rung cap is a ladder with fewer rungs.
#pragma once

#include <array>
#include <span>

#include "system/base/units.hpp"

namespace matinee::abr {

class Ladder {
public:
    static constexpr int kMaxRungs = 32;

    /// Nominal bitrates in kbit/s, strictly ascending, 1 to kMaxRungs of them; segment duration in ms.
    /// Throws InputError (path `ladder`) where that does not hold.
    Ladder(std::span<const double> bitrates_kbps, double segment_ms);
    Ladder(std::span<const Kbps> bitrates_kbps, double segment_ms);

    int rungs() const { return rungs_; }
    int top() const { return rungs_ - 1; }
    double segment_ms() const { return segment_ms_; }
    double bitrate(int rung) const { return bitrate_[size_t(rung)]; }
    /// ln(bitrate / lowest bitrate).
    double utility(int rung) const { return utility_[size_t(rung)]; }

    /// The highest rung whose bitrate does not exceed `kbps`; rung 0 when none does.
    int highest_at_most(double kbps) const {
        int rung = 0;
        while (rung < top() && bitrate(rung + 1) <= kbps) ++rung;
        return rung;
    }

    /// Without the rungs above `max_kbps`; the lowest rung always stays.
    Ladder capped(double max_kbps) const;

private:
    std::array<double, kMaxRungs> bitrate_{};
    std::array<double, kMaxRungs> utility_{};
    double segment_ms_ = 0;
    int rungs_ = 0;
};

}  // namespace matinee::abr
