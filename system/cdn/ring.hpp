// Which server of a site serves a key: consistent hashing with bounded loads (Mirrokni, Thorup, Zadimoghaddam, SODA
// 2018). Each server has several points on a circle of 64-bit positions; a key belongs to the first point clockwise of
// its own position whose server is up and not full. Keys keep their server when others come and go.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

namespace matinee::cdn {

inline constexpr uint32_t kNoServer = UINT32_MAX;

class Ring {
public:
    /// More points spread the keys more evenly: the shares of the servers vary by about 1 / sqrt(points), relatively.
    /// Two rings of one salt agree on the points of the servers they have in common. Throws std::invalid_argument
    /// without points.
    Ring(uint32_t servers, uint32_t points_per_server, uint64_t salt);

    /// The server for a key, kNoServer when all are down. `load` is by server in any unit (requests, kbit/s); a server
    /// is full when one more unit would lift it above ceil(bound * (sum of loads + 1) / servers), where only servers
    /// that are up count. With unit loads that is the paper's bound exactly; in finer units a server stays below the
    /// bound until the request that crosses it. A bound below 1 counts as 1, which still leaves the least loaded
    /// server. `up` is by server, 0: down. Both spans have servers() elements.
    uint32_t pick(uint64_t key, std::span<const uint64_t> load, std::span<const uint8_t> up, double bound) const {
        return pick(key, [load](uint32_t server) { return load[server]; }, up, bound, home(key));
    }
    /// Whether a server is not full, by the same reckoning: `total` is the load of all that are up.
    static bool has_room(uint64_t load, uint64_t total, uint32_t up, double bound) {
        // For whole loads, load + 1 <= ceil(limit) is the same as load < limit.
        return double(load) < std::max(bound, 1.0) * double(total + 1) / double(up);
    }
    /// The same for a caller whose loads lie elsewhere, and who remembers home(key): nearly always the answer, and then
    /// found without a search.
    template <class LoadOf>
    uint32_t pick(uint64_t key, LoadOf load_of, std::span<const uint8_t> up, double bound, uint32_t home) const {
        if (servers_ == 1) return up[0] != 0 ? 0 : kNoServer;
        uint64_t total = 0;
        uint32_t alive = 0;
        for (uint32_t server = 0; server < servers_; ++server) {
            if (up[server] == 0) continue;
            total += load_of(server);
            ++alive;
        }
        if (alive == 0) return kNoServer;
        if (up[home] != 0 && has_room(load_of(home), total, alive, bound)) return home;

        uint32_t least = kNoServer;
        size_t at = first_point(position_of(key));
        for (size_t walked = 0; walked < points_.size(); ++walked, ++at) {
            if (at == points_.size()) at = 0;
            const uint32_t server = points_[at].server;
            if (up[server] == 0) continue;
            if (has_room(load_of(server), total, alive, bound)) return server;
            if (least == kNoServer || load_of(server) < load_of(least)) least = server;
        }
        return least;  // reached only by loads so large that a double cannot tell them from their mean
    }

    /// The server for a key as if all were up and idle.
    uint32_t home(uint64_t key) const;

    uint32_t servers() const { return servers_; }

private:
    struct Point {
        uint64_t position;
        uint32_t server;
    };

    uint64_t position_of(uint64_t key) const;
    size_t first_point(uint64_t position) const;

    uint32_t servers_;
    uint64_t salt_;
    std::vector<Point> points_;    // ascending
    std::vector<uint32_t> first_;  // by the highest bits of a position: the first point at or after their range's start
    uint32_t shift_ = 63;
};

}  // namespace matinee::cdn
