#include "clients/player/abr/ladder.hpp"

#include <string>
#include <vector>

#include "system/base/errors.hpp"
#include "system/base/math.hpp"

namespace matinee::abr {

namespace {
std::vector<double> as_doubles(std::span<const Kbps> bitrates) { return {bitrates.begin(), bitrates.end()}; }

[[noreturn]] void refuse(const std::string& path, const std::string& found, const std::string& expected) {
    throw InputError({.file = "", .path = path, .found = found, .expected = expected, .suggestion = ""});
}

std::string rung_path(size_t rung) { return "ladder[" + std::to_string(rung) + "]"; }
}  // namespace

Ladder::Ladder(std::span<const double> bitrates_kbps, double segment_ms) : segment_ms_(segment_ms) {
    if (bitrates_kbps.empty() || bitrates_kbps.size() > size_t(kMaxRungs))
        refuse("ladder", std::to_string(bitrates_kbps.size()) + " rungs",
               "1 to " + std::to_string(kMaxRungs) + " rungs");
    if (!(segment_ms >= 1 && segment_ms <= 3.6e6))
        refuse("segment duration", std::to_string(segment_ms) + " ms", "1 ms to 1 hour");
    rungs_ = int(bitrates_kbps.size());
    double previous = 0;
    for (size_t i = 0; i < bitrates_kbps.size(); ++i) {
        const double bitrate = bitrates_kbps[i];
        if (!(bitrate > previous && bitrate <= 1e9))
            refuse(rung_path(i), std::to_string(bitrate) + " kbit/s",
                   "bitrates that ascend, above 0 and up to 1e9 kbit/s");
        bitrate_[i] = bitrate;
        utility_[i] = math::log(bitrate) - math::log(bitrates_kbps[0]);
        previous = bitrate;
    }
}

Ladder::Ladder(std::span<const Kbps> bitrates_kbps, double segment_ms)
    : Ladder(as_doubles(bitrates_kbps), segment_ms) {}

Ladder Ladder::capped(double max_kbps) const {
    const size_t kept = size_t(highest_at_most(max_kbps)) + 1;
    return Ladder(std::span<const double>(bitrate_.data(), kept), segment_ms_);
}

}  // namespace matinee::abr
