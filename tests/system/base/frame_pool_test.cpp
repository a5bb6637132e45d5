#include "system/base/frame_pool.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace matinee::internal {

static constexpr bool kPools = kFrameSizes > 0;  // not under the address sanitizer

TEST(FramePool, GivesBackWhatItWasGiven) {
    if (!kPools) GTEST_SKIP() << "frames come from the heap here";
    void* const frame = FramePool::take(300);
    FramePool::give(frame, 300);
    EXPECT_EQ(FramePool::take(310), frame) << "sizes of one step share a list";
    FramePool::give(frame, 310);
    void* const other = FramePool::take(400);
    EXPECT_NE(other, frame);
    FramePool::give(other, 400);
}

/// In a thread of its own: its lists are empty to begin with.
TEST(FramePool, NoListGrowsBeyondItsBound) {
    if (!kPools) GTEST_SKIP() << "frames come from the heap here";
    std::thread([] {
        for (const size_t size : {size_t(64), size_t(1'000), size_t(3'072)}) {
            const size_t most = FramePool::kMostWaiting / ((size + 63) / 64 * 64);
            std::vector<void*> frames;
            for (size_t i = 0; i < 3 * most; ++i) frames.push_back(FramePool::take(size));
            EXPECT_EQ(FramePool::waiting(size), 0u);
            for (void* const frame : frames) FramePool::give(frame, size);
            EXPECT_EQ(FramePool::waiting(size), most) << size;
            for (size_t i = 0; i < most; ++i) frames[i] = FramePool::take(size);
            EXPECT_EQ(FramePool::waiting(size), 0u) << size;
            for (size_t i = 0; i < most; ++i) FramePool::give(frames[i], size);
        }
    }).join();
}

TEST(FramePool, LargeFramesComeFromTheHeap) {
    static constexpr size_t kLarge = 64 * 1024;
    FramePool::give(FramePool::take(kLarge), kLarge);
    EXPECT_EQ(FramePool::waiting(kLarge), 0u);
}

}  // namespace matinee::internal
