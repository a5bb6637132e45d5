// An order-dependent 64-bit digest of integers: equal runs give equal digests, and a single changed word changes it.
// Not cryptographic. The mixing step is the finaliser of SplitMix64 (Steele, Lea, Flood 2014).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace matinee {

constexpr uint64_t mix64(uint64_t x) {
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
    return x ^ (x >> 31);
}

class Digest {
public:
    void add(uint64_t word) { state_ = mix64(state_ + 0x9e3779b97f4a7c15ull + word) ^ (word << 1 | word >> 63); }
    void add(int64_t word) { add(uint64_t(word)); }
    void add_text(std::string_view text) {
        add(uint64_t(text.size()));
        for (const char c : text) add(uint64_t(uint8_t(c)));
    }
    uint64_t value() const { return mix64(state_); }
    /// 16 lower-case hexadecimal digits.
    std::string hex() const;

private:
    uint64_t state_ = 0x6d6174696e6565ull;  // "matinee"
};

}  // namespace matinee
