#include "system/cdn/ring.hpp"

#include <algorithm>
#include <bit>
#include <stdexcept>

#include "system/base/digest.hpp"

namespace matinee::cdn {

Ring::Ring(uint32_t servers, uint32_t points_per_server, uint64_t salt) : servers_(servers), salt_(mix64(salt + 1)) {
    if (points_per_server == 0) throw std::invalid_argument("a server needs at least one point on the ring");
    points_.reserve(size_t(servers) * points_per_server);
    for (uint32_t server = 0; server < servers; ++server) {
        for (uint32_t point = 0; point < points_per_server; ++point) {
            points_.push_back({mix64(salt_ ^ mix64((uint64_t(server) << 32 | point) + 1)), server});
        }
    }
    std::sort(points_.begin(), points_.end(), [](const Point& a, const Point& b) {
        return a.position != b.position ? a.position < b.position : a.server < b.server;
    });

    // About one point to a range, so that the search from its first point is short.
    const uint32_t bits = std::max(1u, uint32_t(std::bit_width(points_.size())));
    shift_ = 64 - bits;
    first_.resize(size_t(1) << bits);
    size_t at = 0;
    for (size_t range = 0; range < first_.size(); ++range) {
        while (at < points_.size() && points_[at].position < uint64_t(range) << shift_) ++at;
        first_[range] = uint32_t(at);
    }
}

uint64_t Ring::position_of(uint64_t key) const { return mix64(mix64(key + 0x9e3779b97f4a7c15ull) ^ salt_); }

size_t Ring::first_point(uint64_t position) const {
    size_t at = first_[position >> shift_];
    while (at < points_.size() && points_[at].position < position) ++at;
    return at < points_.size() ? at : 0;
}

uint32_t Ring::home(uint64_t key) const {
    if (servers_ <= 1) return servers_ == 1 ? 0 : kNoServer;
    return points_[first_point(position_of(key))].server;
}

}  // namespace matinee::cdn
