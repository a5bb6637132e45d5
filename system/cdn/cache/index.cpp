#include "system/cdn/cache/index.hpp"

#include <bit>
#include <cstdlib>
#include <string>

namespace matinee::cdn {

KeySpace KeySpace::dense(uint64_t pages, uint32_t entries_per_page, const ObjectSizes* sizes) {
    if (entries_per_page == 0 || entries_per_page > 65536) {
        throw std::invalid_argument("a page of a key space has 1 to 65536 entries, not " +
                                    std::to_string(entries_per_page));
    }
    if (pages > uint64_t(1) << 48) throw std::invalid_argument("a key space has at most 2^48 pages");
    return KeySpace(pages, entries_per_page, sizes);
}

uint32_t page_shift(const KeySpace& space) {
    return uint32_t(std::bit_width(space.entries_per_page() - 1));
}

PagedIndex::PagedIndex(const KeySpace& space)
    : used_(space.pages()),
      entries_(space.entries_per_page()),
      shift_(page_shift(space)),
      mask_(uint32_t((uint64_t(1) << shift_) - 1)) {
    const uint64_t positions = space.pages() << shift_;
    if (positions > 0 && positions * sizeof(uint32_t) <= kFlatBytesMost)
        flat_.reset(static_cast<uint32_t*>(std::calloc(positions, sizeof(uint32_t))));
    if (!flat_) pages_.resize(space.pages());
}

void PagedIndex::use(size_t page) {
    ++live_pages_;
    used_[page] = true;
    if (!flat_) pages_[page] = std::make_unique<uint32_t[]>(entries_);
}

void refuse_key(ObjectKey key, uint64_t pages, uint32_t entries_per_page) {
    throw std::out_of_range("key " + std::to_string(key >> 16) + ":" + std::to_string(key & 0xffff) +
                            " lies outside a key space of " + std::to_string(pages) + " pages of " +
                            std::to_string(entries_per_page) + " entries");
}

}  // namespace matinee::cdn
