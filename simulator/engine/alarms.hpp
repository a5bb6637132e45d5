// Events that will probably not happen: time-outs, most of all. They wait in coarse slots, where setting one is an
// append and forgetting one costs nothing; when a slot's time has come, those that still stand go to the queue proper.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "system/base/units.hpp"

namespace matinee::engine {

class Alarms {
public:
    /// False for a time that is so near or so far that it has to go to the queue at once.
    bool set(TimeNs time, uint32_t id) {
        const int64_t slot = time >> kSlotBits;
        if (slot < next_slot_ || slot >= next_slot_ + int64_t(kSlots)) return false;
        std::vector<Alarm>& alarms = slots_[size_t(slot) % kSlots];
        if (alarms.capacity() == 0 && !spare_.empty()) {
            alarms.swap(spare_.back());
            spare_.pop_back();
        }
        alarms.push_back({time, id});
        return true;
    }

    /// Calls ring(time, id) for every alarm that may lie before `end`, in no particular order, and a little earlier
    /// approach(id), to ask for the memory that ring will look at.
    template <class Approach, class Ring>
    void open(TimeNs end, Approach approach, Ring ring) {
        for (; next_slot_ << kSlotBits < end; ++next_slot_) {
            std::vector<Alarm>& slot = slots_[size_t(next_slot_) % kSlots];
            if (slot.capacity() == 0) continue;
            for (size_t i = 0; i < std::min(kAhead, slot.size()); ++i) approach(slot[i].id);
            for (size_t i = 0; i < slot.size(); ++i) {
                if (i + kAhead < slot.size()) approach(slot[i + kAhead].id);
                ring(slot[i].time, slot[i].id);
            }
            slot.clear();
            spare_.emplace_back().swap(slot);
        }
    }

    uint64_t memory_bytes() const {
        uint64_t bytes = 0;
        for (const auto& slot : slots_) bytes += slot.capacity() * sizeof(Alarm);
        for (const auto& slot : spare_) bytes += slot.capacity() * sizeof(Alarm);
        return bytes;
    }

private:
    static constexpr int kSlotBits = 28;  // 0.27 s
    static constexpr size_t kSlots = 128;
    static constexpr size_t kAhead = 16;  // alarms
    struct Alarm {
        TimeNs time;
        uint32_t id;
    };
    std::vector<std::vector<Alarm>> slots_{kSlots};
    std::vector<std::vector<Alarm>> spare_;  ///< memory of slots that are over
    int64_t next_slot_ = 0;
};

}  // namespace matinee::engine
