// Messages between logical processes: the only way one reaches another. Order at the receiver: by time, then source,
// then the order in which the source sent them, which no partition over threads can change.
#pragma once

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "simulator/engine/grid.hpp"
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

/// What a process sends within a window; the runner empties it at the window's end. Messages lie apart by the part of
/// the processes to which their receivers belong, so that parts can be handed theirs side by side.
template <class Payload>
class Outbox {
public:
    explicit Outbox(uint32_t source) : source_(source), parts_(1) {}

    /// How many parts there are: a power of two. The receivers of a part are those with this number modulo that.
    void split(uint32_t parts) {
        assert(std::has_single_bit(parts));
        std::vector<std::vector<Message<Payload>>> before(parts);
        before.swap(parts_);
        for (const auto& messages : before)
            for (const auto& message : messages) parts_[message.destination & (parts - 1)].push_back(message);
    }

    void send(TimeNs time, uint32_t destination, const Payload& payload) { begin(time, destination) = payload; }
    /// The same, with the payload still to be written, before anything else is sent: one that is put together elsewhere
    /// and copied at once makes processors wait until its parts have left their stores.
    Payload& begin(TimeNs time, uint32_t destination) {
        Message<Payload>& message = parts_[destination & (parts_.size() - 1)].emplace_back();
        message.time = time;
        message.source = source_;
        message.destination = destination;
        return message.payload;
    }
    std::vector<Message<Payload>>& messages(uint32_t part = 0) { return parts_[part]; }

private:
    uint32_t source_;
    std::vector<std::vector<Message<Payload>>> parts_;
};

/// What a process has been sent and not handled yet. Messages are delivered between windows, those of one source in the
/// order in which it sent them; they wait by window, and open() puts those of the coming one in order.
template <class Payload>
class Inbox {
public:
    /// `window`: no message arrives within the window of this width in which it is sent.
    explicit Inbox(TimeNs window) : grid_(window) {}

    /// A hint that a message for such a time will be delivered soon.
    [[gnu::always_inline]] void approach(TimeNs time) {
        matinee::prefetch(&near(std::max(grid_.at(time), next_window_)));
    }

    void deliver(const Message<Payload>& message) {
        uint32_t index;
        if (free_.empty()) {
            index = pool_.size();
            pool_.emplace_back();
        } else {
            index = free_.back();
            free_.pop_back();
            if (free_.size() > kSlotsAhead) matinee::prefetch(&pool_[free_[free_.size() - 1 - kSlotsAhead]]);
        }
        pool_[index] = message;
        wait({message.time, delivered_++, index});
    }

    /// Whatever arrives in the windows that begin before `end` can be read from now on; nothing may be delivered for
    /// them any more.
    void open(TimeNs end) {
        while (grid_.start_of(next_window_) < end) open_next();
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
        uint64_t entries = far_.capacity() + due_.capacity();
        for (const auto& window : near_) entries += window.capacity();
        return entries * sizeof(Entry) + pool_.memory_bytes() + free_.capacity() * 4;
    }

private:
    struct Entry {
        TimeNs time;
        uint32_t number;  // in the order of deliveries
        uint32_t index;
    };
    static constexpr int64_t kNear = 16;  // windows
    static constexpr size_t kSlotsAhead = 6;
    std::vector<Entry>& near(int64_t window) { return near_[size_t(window % kNear)]; }

    void sort(std::vector<Entry>& entries) const {
        std::sort(entries.begin(), entries.end(), [this](const Entry& a, const Entry& b) {
            if (a.time != b.time) return a.time < b.time;
            const uint32_t from_a = pool_[a.index].source;
            const uint32_t from_b = pool_[b.index].source;
            if (from_a != from_b) return from_a < from_b;
            return int32_t(a.number - b.number) < 0;  // they may have begun anew
        });
    }

    void wait(const Entry& entry) {
        const int64_t window = std::max(grid_.at(entry.time), next_window_);  // a run's last window may be cut
        (window < next_window_ + kNear ? near(window) : far_).push_back(entry);
    }

    void open_next() {
        std::vector<Entry>& opens = near(next_window_++);
        if (position_ == due_.size()) {
            position_ = 0;
            due_.clear();
            due_.swap(opens);
            sort(due_);
        } else {
            sort(opens);
            due_.insert(due_.end(), opens.begin(), opens.end());
            opens.clear();
        }
        if (next_window_ % kNear != 0 || far_.empty()) return;
        std::vector<Entry> were_far;
        were_far.swap(far_);
        for (const Entry& entry : were_far) wait(entry);
    }

    Grid grid_;
    int64_t next_window_ = 0;                              // to be opened
    std::vector<std::vector<Entry>> near_{size_t(kNear)};  // by window
    std::vector<Entry> far_;                               // beyond those
    std::vector<Entry> due_;      // opened; those before `position_` have been handled
    size_t position_ = 0;
    uint32_t delivered_ = 0;
    PagedArray<Message<Payload>> pool_{PageSize{4}};  // of many processes, few have many
    std::vector<uint32_t> free_;
};

}  // namespace matinee::engine
