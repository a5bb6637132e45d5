// Memory for what is touched at random by the gigabyte: blocks cut from regions that the system backs with huge pages,
// so that a look-up costs one miss and not a walk through page tables as well (a third of its time, measured on a
// virtual machine). Everything else is well served by malloc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <type_traits>

namespace matinee {

/// Blocks come in multiples of this and are aligned to 64 bytes at least.
inline constexpr size_t kSmallestBlockBytes = 1024;
/// A good size where there are many of them.
inline constexpr size_t kBlockBytes = 16 * 1024;
/// What large blocks are backed with. A page takes memory from when it is first written to.
inline constexpr size_t kHugePageBytes = size_t(2) << 20;

/// Zeroed memory of at least `bytes`. Throws std::bad_alloc. Safe to call from any thread.
void* take_block(size_t bytes);
/// Gives it back, with the size it was asked for.
void give_block(void* block, size_t bytes) noexcept;

/// Owns `count` elements in a block. They start as zeroes, and nothing is constructed or destroyed.
template <class T>
class BlockArray {
    static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>);
    struct Free {
        size_t bytes = 0;
        void operator()(T* block) const { give_block(block, bytes); }
    };

public:
    BlockArray() = default;
    explicit BlockArray(size_t count)
        : data_(static_cast<T*>(take_block(count * sizeof(T))), Free{count * sizeof(T)}) {}

    T& operator[](size_t i) const { return data_.get()[i]; }
    T* data() const { return data_.get(); }
    explicit operator bool() const { return data_ != nullptr; }
    size_t size() const { return data_ ? data_.get_deleter().bytes / sizeof(T) : 0; }

private:
    std::unique_ptr<T[], Free> data_;
};

/// For a std::vector whose elements are looked up at random.
template <class T>
struct BlockAllocator {
    using value_type = T;
    BlockAllocator() = default;
    template <class U>
    BlockAllocator(const BlockAllocator<U>&) {}
    T* allocate(size_t count) { return static_cast<T*>(take_block(count * sizeof(T))); }
    void deallocate(T* block, size_t count) { give_block(block, count * sizeof(T)); }
    friend bool operator==(const BlockAllocator&, const BlockAllocator&) { return true; }
};

}  // namespace matinee
