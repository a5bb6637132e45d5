// Messages between logical processes: the only way one reaches another. Order at the receiver: (time, source, sequence),
// which no partition over threads can change.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "system/base/units.hpp"

namespace matinee::engine {

template <class Payload>
struct Message {
    TimeNs time;
    uint32_t source;
    uint32_t destination;
    uint64_t sequence;  ///< counts the messages of the source
    Payload payload;
};

/// What a process sends within a window; the runner empties it at the window's end.
template <class Payload>
class Outbox {
public:
    explicit Outbox(uint32_t source) : source_(source) {}

    void send(TimeNs time, uint32_t destination, const Payload& payload) {
        messages_.push_back({time, source_, destination, sequence_++, payload});
    }
    std::vector<Message<Payload>>& messages() { return messages_; }

private:
    uint32_t source_;
    uint64_t sequence_ = 0;
    std::vector<Message<Payload>> messages_;
};

/// What a process has been sent and not handled yet: a heap of small entries over a pool of messages.
template <class Payload>
class Inbox {
public:
    void deliver(const Message<Payload>& message) {
        uint32_t index;
        if (free_.empty()) {
            index = uint32_t(pool_.size());
            pool_.push_back(message);
        } else {
            index = free_.back();
            free_.pop_back();
            pool_[index] = message;
        }
        heap_.push_back({message.time, message.sequence, message.source, index});
        std::push_heap(heap_.begin(), heap_.end(), later);
    }

    /// The time of the next message, or kNever.
    TimeNs next_time() const { return heap_.empty() ? kNever : heap_.front().time; }

    /// The next message; only while there is one.
    const Message<Payload>& peek() const { return pool_[heap_.front().index]; }

    Message<Payload> pop() {
        std::pop_heap(heap_.begin(), heap_.end(), later);
        const uint32_t index = heap_.back().index;
        heap_.pop_back();
        free_.push_back(index);
        return pool_[index];
    }

    uint64_t memory_bytes() const {
        return heap_.capacity() * sizeof(Entry) + pool_.capacity() * sizeof(Message<Payload>) + free_.capacity() * 4;
    }

private:
    struct Entry {
        TimeNs time;
        uint64_t sequence;
        uint32_t source;
        uint32_t index;
    };
    static bool later(const Entry& a, const Entry& b) {
        if (a.time != b.time) return a.time > b.time;
        if (a.source != b.source) return a.source > b.source;
        return a.sequence > b.sequence;
    }
    std::vector<Entry> heap_;
    std::vector<Message<Payload>> pool_;
    std::vector<uint32_t> free_;
};

}  // namespace matinee::engine
