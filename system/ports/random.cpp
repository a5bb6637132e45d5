#include "system/ports/random.hpp"

#include <algorithm>
#include <cstdint>

namespace matinee {

static constexpr char kDigits[] = "0123456789abcdef";

std::string new_id(std::string_view prefix, const Clock& clock, Random& random) {
    const auto ms = uint64_t(clock.now() / kMillisecond);
    const std::string unguessed = random.bytes(10);
    std::string id(prefix.size() + 1 + 32, '_');
    char* to = std::copy(prefix.begin(), prefix.end(), id.data()) + 1;
    for (int shift = 44; shift >= 0; shift -= 4) *to++ = kDigits[ms >> shift & 15];
    for (const char c : unguessed) {
        *to++ = kDigits[uint8_t(c) >> 4];
        *to++ = kDigits[uint8_t(c) & 15];
    }
    return id;
}

}  // namespace matinee
