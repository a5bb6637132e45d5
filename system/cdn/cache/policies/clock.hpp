// CLOCK, one bit: a hit sets the bit. To evict, objects at the tail whose bit is set go back to the head with the bit
// cleared; the first one without the bit is evicted.
#pragma once

#include "system/cdn/cache/store.hpp"

namespace matinee::cdn {

template <class Index>
class Clock : public QueueStore<Index> {
public:
    using typename QueueStore<Index>::Id;
    using QueueStore<Index>::QueueStore;

    void hit(uint32_t slot) { this->slots.set_flags(slot, kUsed); }

    uint32_t insert(Id id, Bytes size) {
        while (!this->has_room(size)) evict();
        return this->add_newest(id, size);
    }

private:
    static constexpr uint32_t kUsed = 1;

    void evict() {
        uint32_t victim = this->oldest();
        while (this->slots.flags(victim) & kUsed) {
            this->slots.set_flags(victim, 0);
            this->make_newest(victim);
            victim = this->oldest();
        }
        this->drop_oldest();
    }
};

}  // namespace matinee::cdn
