#include "system/base/random.hpp"

#include <Random123/philox.h>

#include "system/base/digest.hpp"

namespace matinee {

uint64_t RandomStream::mix_key(uint64_t seed, Purpose purpose) {
    return mix64(seed + 0x9e3779b97f4a7c15ull * (uint64_t(purpose) + 1));
}

void RandomStream::refill() {
    const r123::Philox4x32::key_type key{{uint32_t(key_), uint32_t(key_ >> 32)}};
    const r123::Philox4x32::ctr_type counter{{blocks_++, which_, uint32_t(who_), uint32_t(who_ >> 32)}};
    const auto words = r123::Philox4x32()(counter, key);
    for (uint32_t i = 0; i < 4; ++i) block_[i] = words[i];
    used_ = 0;
}

}  // namespace matinee
