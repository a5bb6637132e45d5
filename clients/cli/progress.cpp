#include "clients/cli/progress.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "clients/cli/terminal.hpp"
#include "reports/format.hpp"

namespace matinee::cli {

std::string clock_text(double seconds) {
    const int64_t whole = std::llround(seconds);
    const int64_t hours = whole / 3600, minutes = whole / 60 % 60, rest = whole % 60;
    char text[48];
    if (hours > 0)
        std::snprintf(text, sizeof text, "%lld:%02lld:%02lld", static_cast<long long>(hours),
                      static_cast<long long>(minutes), static_cast<long long>(rest));
    else
        std::snprintf(text, sizeof text, "%lld:%02lld", static_cast<long long>(minutes), static_cast<long long>(rest));
    return text;
}

static std::string time_left_text(double share, double elapsed_s) {
    if (share < 0.01 || elapsed_s < 0.5) return "";  // too early to tell
    const double left_s = elapsed_s * (1 - share) / share;
    if (left_s < 90) return "  " + std::to_string(std::llround(std::ceil(left_s))) + " s left";
    return "  " + clock_text(left_s) + " left";
}

std::string progress_text(const world::Progress& progress, double elapsed_s) {
    const double share = progress.total_s > 0 ? std::clamp(progress.simulated_s / progress.total_s, 0.0, 1.0) : 0;
    char percent[16];
    std::snprintf(percent, sizeof percent, "%3.0f %%", std::floor(share * 100));
    const double rate = elapsed_s > 0 ? double(progress.segments) / elapsed_s : 0;
    return std::string(percent) + "  " + clock_text(progress.simulated_s) + " of " + clock_text(progress.total_s) +
           "  " + reports::short_count_text(rate) + " segments/s  " + reports::count_text(progress.concurrent_viewers) +
           " viewers" + time_left_text(share, elapsed_s);
}

ProgressLine::ProgressLine() : redraws_(stderr_redraws()), started_(Clock::now()), last_(started_) {}

void ProgressLine::update(const world::Progress& progress) {
    const auto now = Clock::now();
    const auto pause = redraws_ ? std::chrono::milliseconds(100) : std::chrono::milliseconds(10'000);
    if (now - last_ < pause && (drawn_ || !redraws_)) return;
    last_ = now;
    const std::string text = progress_text(progress, std::chrono::duration<double>(now - started_).count());
    if (redraws_)
        std::fprintf(stderr, "\r\033[K%s", text.c_str());
    else
        std::fprintf(stderr, "%s\n", text.c_str());
    std::fflush(stderr);
    drawn_ = true;
}

ProgressLine::~ProgressLine() {
    if (redraws_ && drawn_) std::fputs("\r\033[K", stderr);
}

}  // namespace matinee::cli
