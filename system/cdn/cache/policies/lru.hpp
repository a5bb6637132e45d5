// LRU: a hit moves the object to the head; the tail is evicted.
#pragma once

#include "system/cdn/cache/store.hpp"

namespace matinee::cdn {

template <class Index>
class Lru : public QueueStore<Index> {
public:
    using typename QueueStore<Index>::Id;
    using QueueStore<Index>::QueueStore;

    void hit(uint32_t slot) { this->make_newest(slot); }

    uint32_t insert(Id id, Bytes size) {
        while (!this->has_room(size)) this->drop_oldest();
        return this->add_newest(id, size);
    }
};

}  // namespace matinee::cdn
