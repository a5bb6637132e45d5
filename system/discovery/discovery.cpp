#include "system/discovery/discovery.hpp"

namespace matinee::discovery {

Task<size_t> Discovery::maintain(size_t limit) {
    const size_t changes = co_await search_.maintain(limit);
    // There may be thousands of plays a second.
    static constexpr int kBatches = 10;
    size_t plays = 0;
    for (int i = 0; i < kBatches; ++i) {
        const size_t counted = co_await trending_.maintain(5 * limit);
        plays += counted;
        if (counted < 5 * limit) break;
    }
    co_return changes + plays;
}

}  // namespace matinee::discovery
