// Memory for coroutine frames: a request awaits a dozen of them, each gone a moment later and wanted again by the next
// request. Blocks that are given back wait in lists by size, one set for each thread; what passes to another thread
// ends up in that one's lists. A list that holds `kMostWaiting` bytes takes no more, or a thread that only ends what
// others began would keep all of it, and a rush its worst moment for ever. Above the largest size, and under the
// address sanitizer (which finds uses of what is gone only where memory really goes), frames come from the heap.
#pragma once

#include <array>
#include <cstddef>
#include <new>
#include <utility>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define MATINEE_FRAMES_FROM_HEAP 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define MATINEE_FRAMES_FROM_HEAP 1
#endif

namespace matinee::internal {

#ifdef MATINEE_FRAMES_FROM_HEAP
inline constexpr size_t kFrameSizes = 0;
#else
inline constexpr size_t kFrameSizes = 48;  // in steps of FramePool::kStep bytes
#endif

struct FreeFrame {
    FreeFrame* next;
};

struct FreeList {
    FreeFrame* first = nullptr;
    size_t length = 0;
};

struct FreeFrames {
    std::array<FreeList, kFrameSizes + 1> lists{};
    FreeFrames() = default;
    FreeFrames(const FreeFrames&) = delete;
    FreeFrames& operator=(const FreeFrames&) = delete;
    ~FreeFrames() {
        for (FreeList& list : lists)
            while (list.first != nullptr) ::operator delete(std::exchange(list.first, list.first->next));
    }
};

class FramePool {
public:
    /// Of one list, in bytes: hundreds of frames of the usual size. With all lists full, 24 MiB for a thread.
    static constexpr size_t kMostWaiting = 512 * 1024;

    static void* take(size_t size) {
        const size_t kind = kind_of(size);
        if (kind >= kFrameSizes) return ::operator new(size);
        FreeList& list = free_.lists[kind];
        if (list.first == nullptr) return ::operator new((kind + 1) * kStep);
        --list.length;
        return std::exchange(list.first, list.first->next);
    }
    static void give(void* memory, size_t size) noexcept {
        const size_t kind = kind_of(size);
        if (kind >= kFrameSizes) return ::operator delete(memory);
        FreeList& list = free_.lists[kind];
        if (list.length >= most_of(kind)) return ::operator delete(memory);
        ++list.length;
        list.first = new (memory) FreeFrame{list.first};
    }
    /// How many blocks for frames of this size wait in the list of the calling thread.
    static size_t waiting(size_t size) {
        const size_t kind = kind_of(size);
        return kind >= kFrameSizes ? 0 : free_.lists[kind].length;
    }

private:
    static constexpr size_t kStep = 64;
    static constexpr size_t kind_of(size_t size) { return (size - 1) / kStep; }
    static constexpr size_t most_of(size_t kind) { return kMostWaiting / ((kind + 1) * kStep); }

    static inline thread_local FreeFrames free_;
};

}  // namespace matinee::internal
