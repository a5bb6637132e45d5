// What viewers' responses give back when they end: the pace they were entered with on links, their connections, and the
// bytes that the site has then sent. It is given back at the first tick of a grid after the end, so that a response
// costs an addition when it begins and no event when it ends.
//
// A ring of coming ticks; who ends beyond it is remembered by number until its tick comes near.
#pragma once

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "simulator/engine/grid.hpp"
#include "system/base/units.hpp"
#include "system/memory/prefetch.hpp"

namespace matinee::world {

class TickBooks {
public:
    /// Sums of one tick: half a line of the processor's cache.
    struct OfServer {
        uint64_t bytes = 0;
        uint64_t nic_kbps = 0;
        uint64_t disk_kbps = 0;
        uint64_t responses = 0;
    };

    TickBooks(uint32_t servers, TimeNs tick)
        : grid_(tick),
          servers_(servers),
          slots_(std::bit_ceil(uint64_t(kHorizon / tick) + 2)),
          sums_(slots_ * servers) {
        assert(slots_ <= 65'536);  // what a response remembers of its tick
    }

    TimeNs tick_ns() const { return grid_.width(); }
    /// When the next tick's books are due.
    TimeNs due_ns() const { return grid_.start_of(settled_ + 1); }

    /// The first tick after `end` that is more than half a tick after `now`, so that no pace is measured over less.
    int64_t tick_after(TimeNs end, TimeNs now) const {
        return grid_.at(std::max(end, now + grid_.width() / 2)) + 1;
    }

    bool is_far(int64_t tick) const { return tick - settled_ >= int64_t(slots_); }

    /// A response will end by `tick` (which may be given modulo 65,536) and give back so much. Its line is asked for
    /// now and written when the next response comes: seldom is it near, and nobody reads it before its tick.
    void add(uint64_t tick, uint32_t server, const OfServer& amounts) {
        write_latest();
        latest_.bytes = amounts.bytes;  // one by one: as a whole they would wait for the stores of their parts
        latest_.nic_kbps = amounts.nic_kbps;
        latest_.disk_kbps = amounts.disk_kbps;
        latest_.responses = amounts.responses;
        latest_at_ = place_of(tick, server);
        prefetch(&sums_[latest_at_]);
    }

    /// What was added of a response will not end by its tick.
    void take_back(uint64_t tick, uint32_t server, const OfServer& amounts) {
        write_latest();
        OfServer& sums = sums_[place_of(tick, server)];
        sums.bytes -= amounts.bytes;
        sums.nic_kbps -= amounts.nic_kbps;
        sums.disk_kbps -= amounts.disk_kbps;
        sums.responses -= amounts.responses;
    }

    /// Notes who ends beyond the ring.
    void add_far(int64_t tick, uint32_t who) { far_.push_back({tick, who}); }
    void forget_far(uint32_t who) {
        std::erase_if(far_, [who](const Far& far) { return far.who == who; });
    }

    /// Settles the due tick: visit(server, its sums), which are zero afterwards. approach(who) is called for each who
    /// was far and is no more.
    template <class Visit, class Approach>
    void settle(Visit visit, Approach approach) {
        write_latest();
        ++settled_;
        give_back(size_t(settled_), visit);
        if ((settled_ & int64_t(slots_ / 2 - 1)) != 0 || far_.empty()) return;
        std::vector<Far> were_far;
        were_far.swap(far_);
        for (const Far& far : were_far) {
            if (is_far(far.tick)) {
                far_.push_back(far);
            } else {
                approach(far.who, far.tick);
            }
        }
    }

    /// Settles all that the ring holds, now.
    template <class Visit>
    void settle_all(Visit visit) {
        write_latest();
        for (size_t slot = 0; slot < slots_; ++slot) give_back(slot, visit);
    }

    /// Of all responses that the ring holds.
    uint64_t bytes() const {
        uint64_t sum = latest_.bytes;
        for (const OfServer& sums : sums_) sum += sums.bytes;
        return sum;
    }

    /// A server has lost its connections.
    void forget_responses(uint32_t server) {
        write_latest();
        for (size_t slot = 0; slot < slots_; ++slot) sums_[place_of(slot, server)].responses = 0;
    }

    uint64_t memory_bytes() const { return sums_.size() * sizeof(OfServer); }

private:
    static constexpr TimeNs kHorizon = 6 * kSecond;
    struct Far {
        int64_t tick;
        uint32_t who;
    };

    size_t place_of(uint64_t tick, uint32_t server) const { return (tick & (slots_ - 1)) * servers_ + server; }

    void write_latest() {
        OfServer& sums = sums_[latest_at_];
        sums.bytes += latest_.bytes;
        sums.nic_kbps += latest_.nic_kbps;
        sums.disk_kbps += latest_.disk_kbps;
        sums.responses += latest_.responses;
        latest_ = {};
    }

    template <class Visit>
    void give_back(size_t tick, Visit visit) {
        for (uint32_t server = 0; server < servers_; ++server) {
            OfServer& sums = sums_[place_of(tick, server)];
            if ((sums.bytes | sums.responses) == 0) continue;
            visit(server, sums);
            sums = {};
        }
    }

    engine::Grid grid_;
    uint32_t servers_;
    size_t slots_;
    int64_t settled_ = 0;         ///< the tick settled last
    std::vector<OfServer> sums_;  ///< by slot and server
    OfServer latest_;             ///< not yet among them
    size_t latest_at_ = 0;        ///< where it belongs
    std::vector<Far> far_;
};

}  // namespace matinee::world
