#include "system/memory/blocks.hpp"

#include <sys/mman.h>

#include <cstring>
#include <mutex>
#include <new>
#include <vector>

namespace matinee {

namespace {

constexpr size_t kHugePage = kHugePageBytes;
/// Blocks up to here share regions and are kept for reuse; larger ones have a mapping of their own.
constexpr size_t kLargestShared = kHugePage / 2;

size_t rounded(size_t bytes, size_t to) { return (bytes + to - 1) / to * to; }

/// Huge pages only form where the address is aligned to one.
void* map_aligned(size_t bytes) {
    const size_t mapped = bytes + kHugePage;
    void* raw = mmap(nullptr, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (raw == MAP_FAILED) throw std::bad_alloc();
    const auto address = reinterpret_cast<uintptr_t>(raw);
    const uintptr_t start = rounded(address, kHugePage);
    if (start > address) munmap(raw, start - address);
    const uintptr_t end = start + bytes;
    if (address + mapped > end) munmap(reinterpret_cast<void*>(end), address + mapped - end);
    void* block = reinterpret_cast<void*>(start);
    madvise(block, bytes, MADV_HUGEPAGE);  // a wish: without it everything works, more slowly
    return block;
}

class Blocks {
public:
    void* take(size_t bytes) {
        if (bytes > kLargestShared) return map_aligned(rounded(bytes, kHugePage));
        const size_t size = rounded(bytes, kSmallestBlockBytes);
        const std::lock_guard lock(mutex_);
        std::vector<char*>& free = free_[size / kSmallestBlockBytes];
        if (!free.empty()) {
            char* block = free.back();
            free.pop_back();
            std::memset(block, 0, size);
            return block;
        }
        if (size > left_) {
            fresh_ = static_cast<char*>(map_aligned(kHugePage));
            left_ = kHugePage;
        }
        char* block = fresh_;
        fresh_ += size;
        left_ -= size;
        return block;
    }

    void give(void* block, size_t bytes) {
        if (bytes > kLargestShared) {
            munmap(block, rounded(bytes, kHugePage));
            return;
        }
        const std::lock_guard lock(mutex_);
        free_[rounded(bytes, kSmallestBlockBytes) / kSmallestBlockBytes].push_back(static_cast<char*>(block));
    }

private:
    std::mutex mutex_;
    std::vector<char*> free_[kLargestShared / kSmallestBlockBytes + 1];
    char* fresh_ = nullptr;
    size_t left_ = 0;
};

/// Never destroyed: blocks may be given back while the program ends.
Blocks& blocks() {
    static Blocks& instance = *new Blocks;
    return instance;
}

}  // namespace

void* take_block(size_t bytes) { return blocks().take(bytes); }

void give_block(void* block, size_t bytes) noexcept {
    try {
        blocks().give(block, bytes);
    } catch (const std::bad_alloc&) {
        // The list of free blocks could not grow: the block is lost, nothing else.
    }
}

}  // namespace matinee
