#include "system/live/crypto.hpp"

#include <crypt.h>
#include <sodium.h>

#include <algorithm>
#include <array>
#include <memory>

#include "system/base/encoding.hpp"
#include "system/base/errors.hpp"
#include "system/base/sha256.hpp"

namespace matinee::live {

namespace {

void start_sodium() {
    if (sodium_init() < 0) throw MachineError("libsodium cannot start: the system has no source of randomness");
}

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

template <size_t kSize>
std::string text_of(const std::array<unsigned char, kSize>& bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), kSize};
}

bool is_bcrypt(std::string_view hash) {
    return hash.starts_with("$2a$") || hash.starts_with("$2b$") || hash.starts_with("$2y$");
}

bool matches_bcrypt(const std::string& password, const std::string& hash) {
    // bcrypt hashes what stands before a zero byte: a longer password must not pass for it.
    if (password.find('\0') != std::string::npos || hash.find('\0') != std::string::npos) return false;
    const auto work = std::make_unique<crypt_data>();  // 32 KiB
    const char* const again = crypt_r(password.c_str(), hash.c_str(), work.get());
    const bool matches = again != nullptr && equal_in_constant_time(again, hash);
    sodium_memzero(work.get(), sizeof *work);
    return matches;
}

}  // namespace

SodiumCrypto::SodiumCrypto(WorkerPool& workers, PasswordCost cost) : workers_(workers), cost_(cost) { start_sodium(); }

std::string SodiumCrypto::sha256(std::string_view bytes) const { return matinee::sha256(bytes); }

std::string SodiumCrypto::hmac_sha256(std::string_view key, std::string_view bytes) const {
    return matinee::hmac_sha256(key, bytes);
}

Task<std::string> SodiumCrypto::hash_password(std::string password) {
    auto job = [cost = cost_, secret = std::move(password)] {
        std::array<char, crypto_pwhash_STRBYTES> text{};
        const bool hashed = crypto_pwhash_str_alg(text.data(), secret.data(), secret.size(), cost.passes,
                                                  size_t(cost.memory_bytes), crypto_pwhash_ALG_ARGON2ID13) == 0;
        return hashed ? std::string(text.data()) : std::string();
    };
    const std::string hash = co_await workers_.run(std::move(job));
    if (hash.empty()) throw ServiceError(ErrorCode::Unavailable, "no memory to hash a password");
    co_return hash;
}

Task<PasswordCheck> SodiumCrypto::verify_password(std::string password, std::string hash) {
    auto job = [cost = cost_, secret = std::move(password), text = std::move(hash)] {
        PasswordCheck check;
        if (is_bcrypt(text)) {
            check.matches = matches_bcrypt(secret, text);
            check.outdated = true;
            return check;
        }
        check.matches = crypto_pwhash_str_verify(text.c_str(), secret.data(), secret.size()) == 0;
        check.outdated = crypto_pwhash_str_needs_rehash(text.c_str(), cost.passes, size_t(cost.memory_bytes)) != 0;
        return check;
    };
    co_return co_await workers_.run(std::move(job));
}

SigningKey SodiumCrypto::new_signing_key() {
    std::array<unsigned char, crypto_sign_PUBLICKEYBYTES> public_key;
    std::array<unsigned char, crypto_sign_SECRETKEYBYTES> secret;
    std::array<unsigned char, crypto_sign_SEEDBYTES> seed;
    crypto_sign_keypair(public_key.data(), secret.data());
    crypto_sign_ed25519_sk_to_seed(seed.data(), secret.data());
    return {.public_key = text_of(public_key), .secret = text_of(seed)};
}

Task<std::string> SodiumCrypto::sign(SigningKey key, std::string message) {
    std::array<unsigned char, crypto_sign_BYTES> signature;
    // libsodium's secret key is the seed and the public key, one after the other.
    const std::string secret = key.secret + key.public_key;
    if (secret.size() != crypto_sign_SECRETKEYBYTES) throw std::logic_error("not a signing key");
    crypto_sign_detached(signature.data(), nullptr, bytes_of(message), message.size(), bytes_of(secret));
    co_return text_of(signature);
}

Task<bool> SodiumCrypto::verify(std::string public_key, std::string message, std::string signature) {
    co_return public_key.size() == crypto_sign_PUBLICKEYBYTES&& signature.size() ==
        crypto_sign_BYTES&& crypto_sign_verify_detached(bytes_of(signature), bytes_of(message), message.size(),
                                                        bytes_of(public_key)) == 0;
}

SodiumRandom::SodiumRandom() { start_sodium(); }

std::string SodiumRandom::bytes(size_t count) {
    std::string bytes(count, '\0');
    if (count > drawn_.size()) {
        randombytes_buf(bytes.data(), count);
        return bytes;
    }
    if (used_ + count > drawn_.size()) {
        randombytes_buf(drawn_.data(), drawn_.size());
        used_ = 0;
    }
    std::copy_n(drawn_.data() + used_, count, bytes.data());
    sodium_memzero(drawn_.data() + used_, count);
    used_ += count;
    return bytes;
}

}  // namespace matinee::live
