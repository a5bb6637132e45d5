// A heap of numbered things, the least at the top. A key is one 128-bit integer: what it is ordered by in the high
// bits, which thing in the low ones, so that a comparison is free of branches. Four children to a node, which share a
// line of memory (half the levels of a binary heap, one miss each); the way down is taken to the bottom first, as most
// keys belong there, and then up again as far as needed (Wegener 1993).
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace matinee::cdn {

class Heap {
public:
    using Key = unsigned __int128;
    static constexpr Key key(uint64_t high, uint64_t low) { return Key(high) << 64 | low; }

    size_t size() const { return size_; }
    bool empty() const { return size_ == 0; }
    Key top() const { return at(0); }
    /// One of the keys next to the top, 0 to 3; the largest of all keys where there are fewer.
    Key below_top(size_t which) const { return at(1 + which); }
    size_t memory_bytes() const { return lines_.capacity() * sizeof(Line); }

    void push(Key key) {
        if (place(size_ + 1) / kArity >= lines_.size()) lines_.resize(2 * lines_.size());
        rise(size_++, key);
    }
    void pop() {
        const Key last = at(--size_);
        at(size_) = kNone;
        if (size_ > 0) settle(last);
    }
    void replace_top(Key key) { settle(key); }

    template <class Visit>
    void for_each(Visit visit) const {
        for (size_t i = 0; i < size_; ++i) visit(at(i));
    }
    /// keep(key) says whether a key stays, and may change it.
    template <class Keep>
    void rebuild(Keep keep) {
        std::vector<Key> kept;
        for (size_t i = 0; i < size_; ++i)
            if (Key key = at(i); keep(key)) kept.push_back(key);
        std::sort(kept.begin(), kept.end());  // which is a heap
        for (size_t i = 0; i < size_; ++i) at(i) = i < kept.size() ? kept[i] : kNone;
        size_ = kept.size();
    }

private:
    static constexpr size_t kArity = 4;
    static constexpr Key kNone = ~Key(0);
    struct alignas(64) Line {
        Key keys[kArity] = {kNone, kNone, kNone, kNone};
    };

    /// The root stands last in its line, so that the children of every node fill one.
    static size_t place(size_t i) { return i + kArity - 1; }
    Key& at(size_t i) { return lines_[place(i) / kArity].keys[place(i) % kArity]; }
    const Key& at(size_t i) const { return lines_[place(i) / kArity].keys[place(i) % kArity]; }

    void rise(size_t i, Key key) {
        while (i > 0) {
            const size_t parent = (i - 1) / kArity;
            if (at(parent) <= key) break;
            at(i) = at(parent);
            i = parent;
        }
        at(i) = key;
    }
    /// Fills the hole at the top.
    void settle(Key key) {
        size_t hole = 0;
        while (hole * kArity + 1 < size_) {
            const size_t first = hole * kArity + 1;
            const Key* const children = lines_[hole + 1].keys;
            const size_t left = children[1] < children[0] ? 1 : 0;
            const size_t right = children[3] < children[2] ? 3 : 2;
            const size_t least = children[right] < children[left] ? right : left;
            at(hole) = children[least];
            hole = first + least;
        }
        rise(hole, key);
    }

    std::vector<Line> lines_ = std::vector<Line>(4);
    size_t size_ = 0;
};

}  // namespace matinee::cdn
