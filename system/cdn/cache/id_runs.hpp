// Ids in runs, of which only the ends are kept: for what was put into a cache together and has not been touched since.
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "system/memory/blocks.hpp"
#include "system/memory/prefetch.hpp"

namespace matinee::cdn {

/// The ids from `first` to the one before `past`; not empty.
struct IdRun {
    uint32_t first = 0;
    uint32_t past = 0;
};

/// A queue of ids, filled in runs and emptied one by one.
class RunQueue {
public:
    void push(IdRun run) {
        if (!runs_.empty() && runs_.back().past == run.first) {
            runs_.back().past = run.past;
        } else {
            runs_.push_back(run);
        }
    }
    bool empty() const { return at_ == runs_.size(); }
    uint32_t oldest() const { return runs_[at_].first; }
    void pop() {
        if (++runs_[at_].first == runs_[at_].past) ++at_;
    }
    /// Takes an id out wherever it stands. False if it was not there.
    bool remove(uint32_t id) {
        const auto run = std::find_if(runs_.begin() + std::ptrdiff_t(at_), runs_.end(),
                                      [&](const IdRun& r) { return r.first <= id && id < r.past; });
        if (run == runs_.end()) return false;
        const IdRun newer{id + 1, run->past};
        run->past = id;
        // An empty run would not be a run: one that begins with the id is taken over by what is left of it.
        if (run->first == id) {
            *run = newer;
            if (newer.first == newer.past) runs_.erase(run);
        } else if (newer.first < newer.past) {
            runs_.insert(run + 1, newer);
        }
        return true;
    }
    const std::vector<IdRun>& runs() const { return runs_; }
    uint64_t memory_bytes() const { return runs_.capacity() * sizeof(IdRun); }

private:
    std::vector<IdRun> runs_;
    size_t at_ = 0;  // the run of the oldest id; those before have been emptied
};

/// A set of ids that shrinks by whole blocks of them. A bit a block says whether any of its ids are in: 2 KB for a
/// million ids, which stay in the processor's cache; the runs are searched only where it is set.
class RunSet {
public:
    static constexpr uint32_t kBlockIds = 64;

    RunSet() = default;
    /// In any order.
    explicit RunSet(std::vector<IdRun> runs) {
        std::sort(runs.begin(), runs.end(), [](const IdRun& a, const IdRun& b) { return a.first < b.first; });
        for (const IdRun& run : runs) {
            overlaps_ |= !runs_.empty() && run.first < runs_.back().past;
            if (!runs_.empty() && run.first <= runs_.back().past) {
                runs_.back().past = std::max(runs_.back().past, run.past);
            } else {
                runs_.push_back(run);
            }
        }
        if (runs_.empty()) return;
        runs_.shrink_to_fit();
        past_ = runs_.back().past;
        blocks_.resize(past_ / kBlockIds / 64 + 1);
        for (const IdRun& run : runs_)
            for (uint32_t block = run.first / kBlockIds; block <= (run.past - 1) / kBlockIds; ++block)
                blocks_[block / 64] |= uint64_t(1) << block % 64;
    }

    /// Whether an id was in more than one of the runs.
    bool overlaps() const { return overlaps_; }
    /// Disjoint, ascending; those of blocks that were taken out too.
    const std::vector<IdRun>& runs() const { return runs_; }

    bool has(uint32_t id) const { return has_block(id) && is_in_run(id); }
    /// Whether any id of its block is in.
    bool has_block(uint32_t id) const {
        return id < past_ && (blocks_[id / kBlockIds / 64] >> id / kBlockIds % 64 & 1) != 0;
    }
    /// Takes the ids of a block out and calls visit(id) for each.
    template <class Visit>
    void take_block(uint32_t id, Visit visit) {
        if (!has_block(id)) return;
        blocks_[id / kBlockIds / 64] &= ~(uint64_t(1) << id / kBlockIds % 64);
        const uint32_t first = id / kBlockIds * kBlockIds;
        for (auto run = run_ending_after(first); run != runs_.end() && run->first < first + kBlockIds; ++run)
            for (uint32_t in = std::max(run->first, first); in < std::min(run->past, first + kBlockIds); ++in)
                visit(in);
    }
    /// Asks for the block's bit.
    [[gnu::always_inline]] void touch(uint32_t id) const {
        if (id < past_) matinee::prefetch(&blocks_[id / kBlockIds / 64]);
    }
    uint64_t memory_bytes() const { return runs_.capacity() * sizeof(IdRun) + blocks_.capacity() * sizeof(blocks_[0]); }

private:
    std::vector<IdRun>::const_iterator run_ending_after(uint32_t id) const {
        return std::upper_bound(runs_.begin(), runs_.end(), id,
                                [](uint32_t i, const IdRun& run) { return i < run.past; });
    }
    [[gnu::noinline]] bool is_in_run(uint32_t id) const {
        const auto run = run_ending_after(id);
        return run != runs_.end() && run->first <= id;
    }

    std::vector<IdRun> runs_;
    std::vector<uint64_t, BlockAllocator<uint64_t>> blocks_;
    uint32_t past_ = 0;  // of the last run
    bool overlaps_ = false;
};

}  // namespace matinee::cdn
