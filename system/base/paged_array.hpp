// A growing array in blocks of equal size: elements never move, and growth never leaves half of the memory unused.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <new>
#include <vector>

#include "system/base/block_memory.hpp"

namespace matinee {

template <class T>
class PagedArray {
    static_assert(sizeof(T) <= kBlockBytes);

public:
    T& operator[](uint32_t i) { return pages_[i >> kPageBits][i & kMask]; }
    const T& operator[](uint32_t i) const { return pages_[i >> kPageBits][i & kMask]; }
    uint32_t size() const { return size_; }

    T& emplace_back() {
        if (size_ >> kPageBits == pages_.size()) pages_.emplace_back(kBlockBytes / sizeof(T));
        return *new (&(*this)[size_++]) T();
    }
    uint64_t memory_bytes() const { return pages_.size() * (kBlockBytes + sizeof(pages_[0])); }

private:
    static constexpr uint32_t kPageBits = std::bit_width(kBlockBytes / sizeof(T)) - 1;
    static constexpr uint32_t kMask = (1u << kPageBits) - 1;
    std::vector<BlockArray<T>> pages_;
    uint32_t size_ = 0;
};

}  // namespace matinee
