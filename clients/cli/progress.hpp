// The line that tells a person how far a run is. On a terminal it redraws itself; elsewhere (a log, CI) it prints a
// line every ten seconds.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "simulator/world/run.hpp"

namespace matinee::cli {

/// " 43 %  12:55 of 30:00  1.20 M segments/s  19,876 viewers  4 s left", less than 80 columns wide. The pace is that of
/// the `elapsed_s` seconds since `first`, for the world takes a while to build.
std::string progress_text(const world::Progress& progress, const world::Progress& first, double elapsed_s);

/// 75 -> "1:15", 3675 -> "1:01:15".
std::string clock_text(double seconds);

class ProgressLine {
public:
    ProgressLine();
    ~ProgressLine();  ///< takes the line off the terminal
    ProgressLine(const ProgressLine&) = delete;
    ProgressLine& operator=(const ProgressLine&) = delete;

    void update(const world::Progress& progress);

private:
    using Clock = std::chrono::steady_clock;
    bool redraws_;
    bool drawn_ = false;
    Clock::time_point last_;
    Clock::time_point first_at_;
    std::optional<world::Progress> first_;
};

}  // namespace matinee::cli
