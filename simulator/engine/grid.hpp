// Time cut into pieces of one width: windows, ticks.
#pragma once

#include <cstdint>

#include "system/base/units.hpp"

namespace matinee::engine {

class Grid {
public:
    explicit Grid(TimeNs width) : width_(width), per_ns_(1 / double(width)) {}

    TimeNs width() const { return width_; }
    TimeNs start_of(int64_t piece) const { return piece * width_; }

    /// The piece in which a time from 0 to kNever lies: time / width, which would cost as much as all that it is asked
    /// for, by a multiplication that may be off by one.
    int64_t at(TimeNs time) const {
        const auto piece = int64_t(double(time) * per_ns_);
        const TimeNs into = time - piece * width_;
        return piece + int64_t(into >= width_) - int64_t(into < 0);
    }

private:
    TimeNs width_;
    double per_ns_;
};

}  // namespace matinee::engine
