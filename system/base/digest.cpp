#include "system/base/digest.hpp"

namespace matinee {

std::string Digest::hex() const {
    std::string text(16, '0');
    uint64_t rest = value();
    for (int i = 15; i >= 0; --i, rest >>= 4) text[size_t(i)] = "0123456789abcdef"[rest & 15];
    return text;
}

}  // namespace matinee
