// A growing array in blocks of equal size: elements never move, and growth never leaves half of the memory unused.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <new>
#include <type_traits>
#include <utility>
#include <vector>

#include "system/memory/blocks.hpp"

namespace matinee {

/// How many elements a block of a PagedArray holds: a power of two.
struct PageSize {
    int bits;

    /// For an array of about so many: with a few dozen blocks the last one, half empty as a rule, weighs little, and
    /// where the blocks lie stays in the processor's cache.
    template <class T>
    static PageSize for_about(double elements) {
        constexpr double blocks = 64;
        constexpr int least = std::countr_zero(kSmallestBlockBytes) - std::countr_zero(sizeof(T));  // whole blocks
        constexpr int most = std::bit_width(kHugePageBytes / 16 / sizeof(T)) - 1;
        return {std::clamp(int(std::bit_width(uint64_t(elements / blocks))) - 1, least, most)};
    }
};

template <class T>
class PagedArray {
    static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>);

public:
    explicit PagedArray(PageSize page) : bits_(page.bits), mask_((uint32_t(1) << bits_) - 1) {}
    ~PagedArray() {
        for (T* page : pages_)
            if (page != nullptr) give_block(page, page_bytes());
    }
    PagedArray(PagedArray&& other) noexcept
        : pages_(std::exchange(other.pages_, {})),
          size_(std::exchange(other.size_, 0)),
          bits_(other.bits_),
          mask_(other.mask_) {}
    PagedArray& operator=(PagedArray&&) = delete;

    T& operator[](uint32_t i) { return pages_[i >> bits_][i & mask_]; }
    const T& operator[](uint32_t i) const { return pages_[i >> bits_][i & mask_]; }
    uint32_t size() const { return size_; }

    T& emplace_back() {
        if (size_ >> bits_ == pages_.size()) {
            pages_.push_back(nullptr);
            pages_.back() = static_cast<T*>(take_block(page_bytes()));
        }
        return *new (&(*this)[size_++]) T();
    }
    uint64_t memory_bytes() const { return pages_.size() * (page_bytes() + sizeof(T*)); }

private:
    size_t page_bytes() const {
        return ((sizeof(T) << bits_) + kSmallestBlockBytes - 1) / kSmallestBlockBytes * kSmallestBlockBytes;
    }

    std::vector<T*> pages_;
    uint32_t size_ = 0;
    int bits_;
    uint32_t mask_;
};

}  // namespace matinee
