// A growing array in pages of equal size: elements never move, and growth never leaves half of the memory unused.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace matinee {

template <class T, uint32_t kPageBits = 7>
class PagedArray {
public:
    T& operator[](uint32_t i) { return pages_[i >> kPageBits][i & kMask]; }
    const T& operator[](uint32_t i) const { return pages_[i >> kPageBits][i & kMask]; }
    uint32_t size() const { return size_; }

    T& emplace_back() {
        if (size_ >> kPageBits == pages_.size()) pages_.push_back(std::make_unique<T[]>(kMask + 1));
        return (*this)[size_++];
    }
    uint64_t memory_bytes() const { return pages_.size() * ((kMask + 1) * sizeof(T) + sizeof(void*)); }

private:
    static constexpr uint32_t kMask = (1u << kPageBits) - 1;
    std::vector<std::unique_ptr<T[]>> pages_;
    uint32_t size_ = 0;
};

}  // namespace matinee
