// Messages between logical processes: the only way one reaches another. Order at the receiver: by time, then source,
// then the order in which the source sent them, which no partition over threads can change.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "system/base/units.hpp"
#include "system/memory/paged_array.hpp"
#include "system/memory/prefetch.hpp"

namespace matinee::engine {

template <class Payload>
struct alignas(64) Message {
    TimeNs time;
    uint32_t source;
    uint32_t destination;
    Payload payload;
};

/// What a process sends within a window; the runner empties it at the window's end.
template <class Payload>
class Outbox {
public:
    explicit Outbox(uint32_t source) : source_(source) {}

    void send(TimeNs time, uint32_t destination, const Payload& payload) { begin(time, destination) = payload; }
    /// The same, with the payload still to be written, before anything else is sent: one that is put together elsewhere
    /// and copied at once makes processors wait until its parts have left their stores.
    Payload& begin(TimeNs time, uint32_t destination) {
        Message<Payload>& message = messages_.emplace_back();
        message.time = time;
        message.source = source_;
        message.destination = destination;
        return message.payload;
    }
    std::vector<Message<Payload>>& messages() { return messages_; }

private:
    uint32_t source_;
    std::vector<Message<Payload>> messages_;
};

/// What a process has been sent and not handled yet. Messages are delivered between windows, those of one source in the
/// order in which it sent them; open() then puts those of the coming window in order.
template <class Payload>
class Inbox {
public:
    void deliver(const Message<Payload>& message) {
        uint32_t index;
        if (free_.empty()) {
            index = pool_.size();
            pool_.emplace_back();
        } else {
            index = free_.back();
            free_.pop_back();
        }
        pool_[index] = message;
        (message.time < horizon_ ? near_ : far_).push_back({message.time, delivered_++, message.source, index});
        earliest_ = std::min(earliest_, message.time);
    }

    /// Whatever arrives before `end` can be read from now on; until it has been, nothing that arrives earlier may be
    /// delivered.
    void open(TimeNs end) {
        const TimeNs width = end - std::exchange(opened_, end);
        if (end > horizon_) {
            horizon_ = end + kWindowsNear * width;
            move(far_, horizon_, near_);
            for (const Entry& entry : near_) earliest_ = std::min(earliest_, entry.time);
        }
        if (earliest_ >= end) return;
        due_.erase(due_.begin(), due_.begin() + std::ptrdiff_t(position_));
        position_ = 0;
        earliest_ = move(near_, end, due_);
        std::sort(due_.begin(), due_.end());
    }

    /// The time of the next message among those opened, or kNever.
    TimeNs next_time() const { return position_ == due_.size() ? kNever : due_[position_].time; }

    /// The next message; only while there is one, and until pop().
    const Message<Payload>& peek() const { return pool_[due_[position_].index]; }
    void pop() { free_.push_back(due_[position_++].index); }

    /// How many opened messages are still to be read, and the one `ahead` places after the next: for prefetching.
    size_t in_sight() const { return due_.size() - position_; }
    const Message<Payload>& upcoming(size_t ahead) const { return pool_[due_[position_ + ahead].index]; }

    /// Asks for so many opened messages, the first of them `ahead` places after the next.
    [[gnu::always_inline]] void prefetch(size_t ahead, size_t count) const {
        for (const size_t past = std::min(ahead + count, in_sight()); ahead < past; ++ahead)
            prefetch_all_of(upcoming(ahead));
    }

    uint64_t memory_bytes() const {
        return (near_.capacity() + far_.capacity() + due_.capacity()) * sizeof(Entry) + pool_.memory_bytes() + free_.capacity() * 4;
    }

private:
    struct Entry {
        TimeNs time;
        uint64_t number;  // in the order of deliveries
        uint32_t source;
        uint32_t index;
        bool operator<(const Entry& other) const {
            if (time != other.time) return time < other.time;
            if (source != other.source) return source < other.source;
            return number < other.number;
        }
    };
    static constexpr TimeNs kWindowsNear = 16;
    /// Moves what arrives before `before`; returns when the first of the others does.
    static TimeNs move(std::vector<Entry>& from, TimeNs before, std::vector<Entry>& to) {
        size_t kept = 0;
        TimeNs earliest = kNever;
        for (const Entry& entry : from) {
            if (entry.time < before) {
                to.push_back(entry);
            } else {
                earliest = std::min(earliest, entry.time);
                from[kept++] = entry;
            }
        }
        from.resize(kept);
        return earliest;
    }

    // Beyond the opened window lie the messages of the next windows and, apart, those that arrive later still, so that
    // they are not looked at in each window until then.
    std::vector<Entry> near_, far_;
    TimeNs horizon_ = 0;        // where these meet
    TimeNs earliest_ = kNever;  // among the near ones
    TimeNs opened_ = 0;
    std::vector<Entry> due_;      // opened; those before `position_` have been handled
    size_t position_ = 0;
    uint64_t delivered_ = 0;
    PagedArray<Message<Payload>> pool_;
    std::vector<uint32_t> free_;
};

}  // namespace matinee::engine
