#include "system/ports/random.hpp"

#include "system/base/encoding.hpp"

namespace matinee {

std::string new_id(std::string_view prefix, const Clock& clock, Random& random) {
    const auto ms = uint64_t(clock.now() / kMillisecond);
    std::string bits;
    for (int shift = 40; shift >= 0; shift -= 8) bits += char(ms >> shift & 255);
    return std::string(prefix) + "_" + to_hex(bits + random.bytes(10));
}

}  // namespace matinee
