#include "system/cdn/cache/index.hpp"

#include <string>

namespace matinee::cdn {

PagedIndex::PagedIndex(const KeySpace& space)
    : objects_(space.objects()), pages_(size_t((space.objects() + kMask) >> kShift)) {}

void refuse_key(ObjectKey key, uint64_t objects) {
    throw std::out_of_range("key " + std::to_string(key) + " lies outside a key space of " + std::to_string(objects) +
                            " objects");
}

}  // namespace matinee::cdn
