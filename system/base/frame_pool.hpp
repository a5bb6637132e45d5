// Memory for coroutine frames: a request awaits a dozen of them, each gone a moment later and wanted again by the next
// request. Blocks that are given back wait in lists by size, one set for each thread; what passes to another thread
// ends up in that one's lists. Above the largest size, and under the address sanitizer (which finds uses of what is
// gone only where memory really goes), frames come from the heap.
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

struct FreeFrames {
    std::array<FreeFrame*, kFrameSizes + 1> first{};
    FreeFrames() = default;
    FreeFrames(const FreeFrames&) = delete;
    FreeFrames& operator=(const FreeFrames&) = delete;
    ~FreeFrames() {
        for (FreeFrame* frame : first)
            while (frame != nullptr) ::operator delete(std::exchange(frame, frame->next));
    }
};

class FramePool {
public:
    static void* take(size_t size) {
        const size_t kind = kind_of(size);
        if (kind >= kFrameSizes) return ::operator new(size);
        FreeFrame*& first = free_.first[kind];
        if (first == nullptr) return ::operator new((kind + 1) * kStep);
        return std::exchange(first, first->next);
    }
    static void give(void* memory, size_t size) noexcept {
        const size_t kind = kind_of(size);
        if (kind >= kFrameSizes) return ::operator delete(memory);
        free_.first[kind] = new (memory) FreeFrame{free_.first[kind]};
    }

private:
    static constexpr size_t kStep = 64;
    static constexpr size_t kind_of(size_t size) { return (size - 1) / kStep; }

    static inline thread_local FreeFrames free_;
};

}  // namespace matinee::internal
