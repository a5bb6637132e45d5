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

static std::string time_left_text(double simulated_per_s, double rest_s, double elapsed_s) {
    if (simulated_per_s <= 0 || elapsed_s < 0.5) return "";  // too early to tell
    const double left_s = rest_s / simulated_per_s;
    if (left_s < 90) return "  " + std::to_string(std::llround(std::ceil(left_s))) + " s left";
    return "  " + clock_text(left_s) + " left";
}

std::string progress_text(const world::Progress& progress, const world::Progress& first, double elapsed_s) {
    const double share = progress.total_s > 0 ? std::clamp(progress.simulated_s / progress.total_s, 0.0, 1.0) : 0;
    char percent[16];
    std::snprintf(percent, sizeof percent, "%3.0f %%", std::floor(share * 100));
    std::string text =
        std::string(percent) + "  " + clock_text(progress.simulated_s) + " of " + clock_text(progress.total_s) + "  ";
    if (elapsed_s > 0)
        text += reports::short_count_text(double(progress.segments - first.segments) / elapsed_s) + " segments/s  ";
    const double simulated_per_s = elapsed_s > 0 ? (progress.simulated_s - first.simulated_s) / elapsed_s : 0;
    return text + reports::count_text(progress.concurrent_viewers) + " viewers" +
           time_left_text(simulated_per_s, progress.total_s - progress.simulated_s, elapsed_s);
}

ProgressLine::ProgressLine() : redraws_(stderr_redraws()), last_(Clock::now()) {}

void ProgressLine::update(const world::Progress& progress) {
    const auto now = Clock::now();
    if (!first_) {
        first_ = progress;
        first_at_ = now;
    }
    const auto pause = redraws_ ? std::chrono::milliseconds(100) : std::chrono::milliseconds(10'000);
    if (now - last_ < pause && (drawn_ || !redraws_)) return;
    last_ = now;
    const std::string text = progress_text(progress, *first_, std::chrono::duration<double>(now - first_at_).count());
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
