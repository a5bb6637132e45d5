// The ports Crypto and Random on libsodium and, for old password hashes, libxcrypt.
//
// Passwords: argon2id with the least memory OWASP's Password Storage Cheat Sheet recommends, 19 MiB and two passes on
// one lane; about 19 ms on a core of 2020. Hashes name their settings (PHC string format), so that these may change.
// bcrypt (Provos and Mazieres, USENIX 1999), which the sources ask for, is verified by libxcrypt and always outdated.
#pragma once

#include <array>

#include "system/live/worker_pool.hpp"
#include "system/ports/crypto.hpp"
#include "system/ports/random.hpp"

namespace matinee::live {

struct PasswordCost {
    uint64_t passes = 2;
    uint64_t memory_bytes = 19 * 1024 * 1024;
};

class SodiumCrypto : public Crypto {
public:
    /// Throws MachineError where libsodium cannot start.
    SodiumCrypto(WorkerPool& workers, PasswordCost cost);

    std::string sha256(std::string_view bytes) const override;
    std::string hmac_sha256(std::string_view key, std::string_view bytes) const override;
    Task<std::string> hash_password(std::string password) override;
    Task<PasswordCheck> verify_password(std::string password, std::string hash) override;
    SigningKey new_signing_key() override;
    Task<std::string> sign(SigningKey key, std::string message) override;
    Task<bool> verify(std::string public_key, std::string message, std::string signature) override;

private:
    WorkerPool& workers_;
    PasswordCost cost_;
};

/// The kernel's randomness, some kilobytes at a time: what is handed out is wiped here. One thread.
class SodiumRandom : public Random {
public:
    SodiumRandom();
    std::string bytes(size_t count) override;

private:
    std::array<char, 4096> drawn_{};
    size_t used_ = 4096;
};

}  // namespace matinee::live
