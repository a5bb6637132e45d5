// A heap of four children a node: half the depth of a binary one, and siblings lie side by side in memory.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

namespace matinee::cdn {

/// `Entry` is a small value with `bool before(const Entry&) const`; the first of all is at the top.
template <class Entry>
class Heap {
public:
    size_t size() const { return entries_.size(); }
    bool empty() const { return entries_.empty(); }
    const Entry& top() const { return entries_.front(); }
    size_t memory_bytes() const { return entries_.capacity() * sizeof(Entry); }

    void push(const Entry& entry) {
        size_t at = entries_.size();
        entries_.push_back(entry);
        while (at > 0) {
            const size_t parent = (at - 1) / kArity;
            if (!entry.before(entries_[parent])) break;
            entries_[at] = entries_[parent];
            at = parent;
        }
        entries_[at] = entry;
    }
    void pop() {
        const Entry last = entries_.back();
        entries_.pop_back();
        if (!entries_.empty()) sink(0, last);
    }
    /// The top gives way to an entry that does not come before it.
    void replace_top(const Entry& entry) { sink(0, entry); }

    /// keep(entry) says whether an entry stays, and may change it.
    template <class Keep>
    void rebuild(Keep keep) {
        size_t kept = 0;
        for (Entry entry : entries_)
            if (keep(entry)) entries_[kept++] = entry;
        entries_.resize(kept);
        for (size_t at = kept / kArity + 1; at-- > 0;)
            if (at < kept) sink(at, Entry(entries_[at]));
    }

private:
    static constexpr size_t kArity = 4;

    void sink(size_t at, const Entry& entry) {
        const size_t count = entries_.size();
        while (true) {
            const size_t first = at * kArity + 1;
            if (first >= count) break;
            size_t least = first;
            for (size_t child = first + 1; child < std::min(first + kArity, count); ++child)
                if (entries_[child].before(entries_[least])) least = child;
            if (!entries_[least].before(entry)) break;
            entries_[at] = entries_[least];
            at = least;
        }
        entries_[at] = entry;
    }

    std::vector<Entry> entries_;
};

}  // namespace matinee::cdn
