#include "system/base/sha256.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

namespace matinee {

namespace {

constexpr size_t kBlock = 64;

// The first 32 bits of the fractional parts of the cube roots of the first 64 primes.
constexpr std::array<uint32_t, 64> kRounds = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

class Sha256 {
public:
    void add(std::string_view bytes) {
        length_ += bytes.size();
        while (!bytes.empty()) {
            const size_t taken = std::min(bytes.size(), kBlock - held_);
            std::memcpy(block_.data() + held_, bytes.data(), taken);
            held_ += taken;
            bytes.remove_prefix(taken);
            if (held_ == kBlock) compress();
        }
    }

    std::string finish() {
        const uint64_t bits = length_ * 8;
        block_[held_++] = 0x80;
        if (held_ > kBlock - 8) {
            std::memset(block_.data() + held_, 0, kBlock - held_);
            compress();
        }
        std::memset(block_.data() + held_, 0, kBlock - 8 - held_);
        for (size_t i = 0; i < 8; ++i) block_[kBlock - 1 - i] = uint8_t(bits >> (8 * i));
        compress();
        std::string digest;
        for (const uint32_t word : state_)
            for (int shift = 24; shift >= 0; shift -= 8) digest += char(word >> shift & 255);
        return digest;
    }

private:
    void compress() {
        std::array<uint32_t, 64> w;
        for (size_t i = 0; i < 16; ++i)
            w[i] = uint32_t(block_[4 * i]) << 24 | uint32_t(block_[4 * i + 1]) << 16 |
                   uint32_t(block_[4 * i + 2]) << 8 | uint32_t(block_[4 * i + 3]);
        for (size_t i = 16; i < 64; ++i) {
            const uint32_t s0 = std::rotr(w[i - 15], 7) ^ std::rotr(w[i - 15], 18) ^ (w[i - 15] >> 3);
            const uint32_t s1 = std::rotr(w[i - 2], 17) ^ std::rotr(w[i - 2], 19) ^ (w[i - 2] >> 10);
            w[i] = w[i - 16] + s0 + w[i - 7] + s1;
        }
        std::array<uint32_t, 8> v = state_;
        for (size_t i = 0; i < 64; i += 8) {
            round<0>(v, kRounds[i] + w[i]);
            round<1>(v, kRounds[i + 1] + w[i + 1]);
            round<2>(v, kRounds[i + 2] + w[i + 2]);
            round<3>(v, kRounds[i + 3] + w[i + 3]);
            round<4>(v, kRounds[i + 4] + w[i + 4]);
            round<5>(v, kRounds[i + 5] + w[i + 5]);
            round<6>(v, kRounds[i + 6] + w[i + 6]);
            round<7>(v, kRounds[i + 7] + w[i + 7]);
        }
        for (size_t i = 0; i < 8; ++i) state_[i] += v[i];
        held_ = 0;
    }

    /// The standard's a to h change places with every round; here their names do.
    template <size_t kNumber>
    static void round(std::array<uint32_t, 8>& v, uint32_t input) {
        const auto place = [](size_t letter) { return (letter - kNumber) % 8; };
        const uint32_t a = v[place(0)], b = v[place(1)], c = v[place(2)];
        const uint32_t e = v[place(4)], f = v[place(5)], g = v[place(6)];
        const uint32_t s1 = std::rotr(e, 6) ^ std::rotr(e, 11) ^ std::rotr(e, 25);
        const uint32_t t1 = v[place(7)] + s1 + ((e & f) ^ (~e & g)) + input;
        const uint32_t s0 = std::rotr(a, 2) ^ std::rotr(a, 13) ^ std::rotr(a, 22);
        v[place(3)] += t1;
        v[place(7)] = t1 + s0 + ((a & b) ^ (a & c) ^ (b & c));
    }

    // The fractional parts of the square roots of the first eight primes.
    std::array<uint32_t, 8> state_ = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                      0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    std::array<uint8_t, kBlock> block_;
    size_t held_ = 0;
    uint64_t length_ = 0;
};

std::string padded(std::string_view key, char with) {
    std::string block(kBlock, with);
    for (size_t i = 0; i < key.size(); ++i) block[i] = char(block[i] ^ key[i]);
    return block;
}

}  // namespace

std::string sha256(std::string_view bytes) {
    Sha256 hash;
    hash.add(bytes);
    return hash.finish();
}

std::string hmac_sha256(std::string_view key, std::string_view bytes) {
    const std::string short_key = key.size() > kBlock ? sha256(key) : std::string(key);
    Sha256 inner;
    inner.add(padded(short_key, 0x36));
    inner.add(bytes);
    Sha256 outer;
    outer.add(padded(short_key, 0x5c));
    outer.add(inner.finish());
    return outer.finish();
}

}  // namespace matinee
