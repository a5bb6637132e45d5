// A growing array in blocks of equal size: elements never move, and growth never leaves half of the memory unused.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <type_traits>
#include <vector>

#include "system/memory/blocks.hpp"

namespace matinee {

template <class T>
class PagedArray {
    static_assert(sizeof(T) <= kBlockBytes);
    static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>);

public:
    T& operator[](uint32_t i) { return pages_[i / kPerPage][i % kPerPage]; }
    const T& operator[](uint32_t i) const { return pages_[i / kPerPage][i % kPerPage]; }
    uint32_t size() const { return size_; }

    T& emplace_back() {
        if (size_ / kPerPage == pages_.size()) pages_.emplace_back(static_cast<T*>(take_block(kBlockBytes)));
        return *new (&(*this)[size_++]) T();
    }
    uint64_t memory_bytes() const { return pages_.size() * (kBlockBytes + sizeof(pages_[0])); }

private:
    static constexpr uint32_t kPerPage = kBlockBytes / sizeof(T);
    struct Free {  // nothing to remember, so that a page takes eight bytes here
        void operator()(T* page) const { give_block(page, kBlockBytes); }
    };
    std::vector<std::unique_ptr<T[], Free>> pages_;
    uint32_t size_ = 0;
};

}  // namespace matinee
