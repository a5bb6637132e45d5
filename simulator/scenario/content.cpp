#include "simulator/scenario/content.hpp"

#include <bit>

#include "system/base/digest.hpp"

namespace matinee::scenario {

static std::string named(const Digest& digest) { return "content:" + digest.hex(); }

std::string content_of(const std::vector<network::RecordedTrace>& traces) {
    Digest digest;
    for (const network::RecordedTrace& trace : traces) {
        digest.add_text(trace.name);
        digest.add(uint64_t(trace.periods.size()));
        for (const auto& period : trace.periods) {
            digest.add(std::bit_cast<uint64_t>(period.duration_ms));
            digest.add(std::bit_cast<uint64_t>(period.bandwidth_kbps));
            digest.add(std::bit_cast<uint64_t>(period.latency_ms));
        }
    }
    return named(digest);
}

std::string content_of(const population::Movie& movie) {
    Digest digest;
    digest.add(movie.segment);
    for (const Kbps rung : movie.ladder) digest.add(uint64_t(rung));
    for (const auto& segment : movie.segment_bytes)
        for (const uint32_t bytes : segment) digest.add(uint64_t(bytes));
    return named(digest);
}

std::string content_of(std::string_view text) {
    Digest digest;
    digest.add_text(text);
    return named(digest);
}

}  // namespace matinee::scenario
