#include "system/base/sha256.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <memory>
#include <new>

namespace matinee {

namespace {

constexpr size_t kBlock = 64;

struct Free {
    void operator()(EVP_MD* algorithm) const { EVP_MD_free(algorithm); }
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

/// The digest of a text and a further one. Looking the algorithm up costs more than a short text's digest.
std::string digest_of(std::string_view first, std::string_view second) {
    static const std::unique_ptr<EVP_MD, Free> algorithm(EVP_MD_fetch(nullptr, "SHA256", nullptr));
    static thread_local const std::unique_ptr<EVP_MD_CTX, Free> context(EVP_MD_CTX_new());
    std::string digest(32, '\0');
    if (EVP_DigestInit_ex2(context.get(), algorithm.get(), nullptr) != 1 ||
        EVP_DigestUpdate(context.get(), first.data(), first.size()) != 1 ||
        EVP_DigestUpdate(context.get(), second.data(), second.size()) != 1 ||
        EVP_DigestFinal_ex(context.get(), reinterpret_cast<unsigned char*>(digest.data()), nullptr) != 1)
        throw std::bad_alloc();  // nothing else can go wrong with a built-in digest
    return digest;
}

}  // namespace

std::string sha256(std::string_view bytes) { return digest_of(bytes, {}); }

std::string hmac_sha256(std::string_view key, std::string_view bytes) {
    const std::string short_key = key.size() > kBlock ? sha256(key) : std::string();
    if (key.size() > kBlock) key = short_key;
    std::array<char, kBlock> inner, outer;
    inner.fill('\x36');
    outer.fill('\x5c');
    for (size_t i = 0; i < key.size(); ++i) {
        inner[i] = char(inner[i] ^ key[i]);
        outer[i] = char(outer[i] ^ key[i]);
    }
    return digest_of({outer.data(), kBlock}, digest_of({inner.data(), kBlock}, bytes));
}

}  // namespace matinee
