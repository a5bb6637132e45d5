// Responses on a saturated link, as its ticks see them. Each tick renews what their own paths carry (`renew`), says
// what they could take of the link (`offer`), and grants it or a part of it (`grant`).
//
// There are thousands of them and ten ticks a second, so what a tick reads of each is half a line of the processor's
// cache, next to its neighbours': while the row of its path's trace lasts, neither path nor trace is looked at.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "simulator/network/fair_share.hpp"
#include "simulator/network/transfer.hpp"
#include "system/base/units.hpp"
#include "system/memory/prefetch.hpp"

namespace matinee::world {

class TrackedFlows {
public:
    /// What every tick reads and writes.
    struct Hot {
        uint64_t left_bits = 0;     ///< at Rest::from_ns; while tracked: at the end of the running tick
        uint64_t tick_bits = 0;     ///< that its path carries in the running tick
        TimeNs late_ns = kNever;    ///< if it is going to take longer than until then, its player looks at it
        uint32_t steady_until = 0;  ///< number of the first tick in which `tick_bits` has to be renewed
        uint32_t link_set = 0;
    };
    static_assert(sizeof(Hot) == 32);

    struct alignas(64) Rest {
        network::Path path;
        TimeNs from_ns = 0;       ///< first byte; once tracking is over: the tick up to which it was tracked
        TimeNs late_ns = kNever;  ///< Hot::late_ns before its first byte
        uint32_t owner = 0;
        Kbps load_kbps = 0;   ///< once predicted again
        bool is_over = true;  ///< within the running tick; or the place is free
    };
    static_assert(sizeof(Rest) == 64);

    /// A place for one more.
    uint32_t take();
    /// `rest` and so many bits are what ticks go on with.
    void set(uint32_t place, const Rest& rest, uint64_t left_bits, uint32_t link_set);
    void release(uint32_t place) {
        end(place);
        hot_[place].left_bits = 1;  // so that no tick takes it for one that ends
        free_.push_back(place);
    }
    /// Ticks pass it over from now on.
    void end(uint32_t place) {
        hot_[place].tick_bits = 0;
        hot_[place].late_ns = kNever;
        hot_[place].steady_until = kForEver;
        rest_[place].is_over = true;
    }
    /// It is late if it takes longer than until `late_ns`.
    void watch(uint32_t place, TimeNs late_ns);

    uint32_t places() const { return uint32_t(hot_.size()); }
    uint64_t left_bits(uint32_t place) const { return hot_[place].left_bits; }
    uint32_t link_set(uint32_t place) const { return hot_[place].link_set; }
    const Rest& rest(uint32_t place) const { return rest_[place]; }
    Rest& rest(uint32_t place) { return rest_[place]; }
    void prefetch(uint32_t place) const;

    /// The first tick after a while without is next; whoever is not over is set anew before it.
    void begin() { tick_ = 0; }

    /// Begins the tick [now, end), as long as all others.
    void renew(const network::TraceRow* rows, TimeNs now, TimeNs end);

    /// What each could take in the tick, by place, and the sums by link set.
    void offer(std::vector<network::SharedFlow>& flows, std::span<uint64_t> set_bits) const;

    /// Grants it, or where `levels` are given what they leave of it. Calls ends(place, when) for each that ends within
    /// the tick, late(place) once for each that would come too late at this pace.
    template <class Ends, class Late>
    void grant(std::span<const network::SharedFlow> flows, const network::FairShare* levels, Ends ends, Late late);

private:
    static constexpr uint32_t kForEver = UINT32_MAX;
    /// For how many ahead memory is asked for, where it is not in a row.
    static constexpr size_t kRestAhead = 32;
    struct Renewal {  ///< what holds from the next tick on
        uint32_t place;
        uint32_t steady_until;
        uint64_t tick_bits;
    };
    void renew(uint32_t place, const network::TraceRow* rows);
    TimeNs end_of(uint32_t place, uint64_t granted_bits, uint64_t level_bits) const;
    void end_tick();

    std::vector<Hot> hot_;
    std::vector<Rest> rest_;
    std::vector<uint32_t> free_;
    std::vector<uint32_t> stale_;  ///< places to be renewed
    std::vector<uint32_t> done_;   ///< places where all has come
    std::vector<Renewal> renewals_;
    uint32_t tick_ = 0;  ///< since begin()
    TimeNs now_ = 0;     ///< the running tick's beginning and end
    TimeNs end_ = 0;
};

template <class Ends, class Late>
void TrackedFlows::grant(std::span<const network::SharedFlow> flows, const network::FairShare* levels, Ends ends,
                         Late late) {
    const auto step = uint64_t(end_ - now_);
    const auto level_of = [&](uint32_t place) {
        return levels != nullptr ? levels->level_bits(hot_[place].link_set) : UINT64_MAX;
    };
    for (uint32_t place = 0; place < flows.size(); ++place) {
        Hot& hot = hot_[place];
        const uint64_t granted = std::min(flows[place].cap_bits, level_of(place));
        hot.left_bits -= granted;
        if (hot.left_bits == 0) [[unlikely]] {
            done_.push_back(place);
        } else if (hot.late_ns != kNever) {
            const TimeNs left = hot.late_ns - end_;
            if (left > 0 && hot.left_bits * step <= granted * uint64_t(left)) continue;
            hot.late_ns = kNever;
            late(place);
        }
    }
    for (size_t i = 0; i < done_.size(); ++i) {
        if (i + kRestAhead < done_.size()) matinee::prefetch(&rest_[done_[i + kRestAhead]]);
        const uint32_t place = done_[i];
        if (rest_[place].is_over || rest_[place].from_ns >= end_) continue;
        const uint64_t level = level_of(place);
        const TimeNs when = end_of(place, std::min(flows[place].cap_bits, level), level);
        end(place);
        ends(place, when);
    }
    done_.clear();
    end_tick();
}

}  // namespace matinee::world
