#include "system/cdn/cache/index.hpp"

#include <cstdlib>
#include <string>

namespace matinee::cdn {

PagedIndex::PagedIndex(const KeySpace& space)
    : objects_(space.objects()), used_(size_t((space.objects() + kMask) >> kShift)) {
    if (objects_ * sizeof(uint32_t) <= kFlatBytesMost)
        flat_.reset(static_cast<uint32_t*>(std::calloc(objects_, sizeof(uint32_t))));
    if (!flat_) pages_.resize(used_.size());
}

void PagedIndex::use(size_t page) {
    ++live_pages_;
    used_[page] = true;
    if (!flat_) pages_[page] = std::make_unique<uint32_t[]>(size_t(1) << kShift);
}

void refuse_key(ObjectKey key, uint64_t objects) {
    throw std::out_of_range("key " + std::to_string(key) + " lies outside a key space of " + std::to_string(objects) +
                            " objects");
}

}  // namespace matinee::cdn
