#include "system/embedded/sqlite_memory.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <new>

#include "system/base/frame_pool.hpp"

namespace matinee {

namespace {

using internal::FramePool;

/// Stands before every block, which SQLite wants at multiples of 8: how many bytes there are, itself among them.
constexpr size_t kHead = 8;

char* start_of(void* block) { return static_cast<char*>(block) - kHead; }

size_t size_of(void* block) {
    size_t size = 0;
    std::memcpy(&size, start_of(block), sizeof size);
    return size;
}

void* take(int bytes) {
    const size_t size = size_t(bytes) + kHead;
    try {
        char* const memory = static_cast<char*>(FramePool::take(size));
        std::memcpy(memory, &size, sizeof size);
        return memory + kHead;
    } catch (const std::bad_alloc&) {
        return nullptr;  // SQLite says so itself
    }
}

void give(void* block) {
    if (block != nullptr) FramePool::give(start_of(block), size_of(block));
}

int usable(void* block) { return block == nullptr ? 0 : int(size_of(block) - kHead); }

void* resize(void* block, int bytes) {
    void* const larger = take(bytes);
    if (larger == nullptr) return nullptr;
    std::memcpy(larger, block, size_t(std::min(usable(block), bytes)));
    give(block);
    return larger;
}

/// Whatever is asked for; blocks that are a little too long spare copies when they grow.
int rounded_up(int bytes) { return (bytes + 7) / 8 * 8; }

constexpr sqlite3_mem_methods kMethods = {
    .xMalloc = take,
    .xFree = give,
    .xRealloc = resize,
    .xSize = usable,
    .xRoundup = rounded_up,
    .xInit = [](void*) { return SQLITE_OK; },
    .xShutdown = [](void*) {},
    .pAppData = nullptr,
};

}  // namespace

const sqlite3_mem_methods& sqlite_memory() { return kMethods; }

}  // namespace matinee
