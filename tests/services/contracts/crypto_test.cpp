// Contracts of the ports Crypto and Random.
#include <gtest/gtest.h>

#include <set>

#include "system/base/encoding.hpp"
#include "system/base/service_error.hpp"
#include "system/live/crypto.hpp"
#include "tests/services/contracts/stage.hpp"

namespace matinee::contracts {

struct CryptoCase {
    virtual ~CryptoCase() = default;
    virtual Stage& stage() = 0;
    virtual Crypto& crypto() = 0;
    virtual Random& random() = 0;
    virtual const Clock& clock() = 0;
};

struct SimulatedCryptoCase : CryptoCase {
    SimulatedStage simulated;
    services::SimulatedCrypto adapter{simulated.executor, simulated.random, services::CryptoModel{}};
    Stage& stage() override { return simulated; }
    Crypto& crypto() override { return adapter; }
    Random& random() override { return simulated.random; }
    const Clock& clock() override { return simulated.clock; }
};

struct SodiumCase : CryptoCase {
    LiveStage live;
    live::WorkerPool workers{live.loop, 1, 16};
    live::SodiumCrypto adapter{workers, live::PasswordCost{.passes = 1, .memory_bytes = 8192}};  // the least: quick
    live::SodiumRandom entropy;
    Stage& stage() override { return live; }
    Crypto& crypto() override { return adapter; }
    Random& random() override { return entropy; }
    const Clock& clock() override { return live.loop; }
};

class CryptoContract : public testing::TestWithParam<Adapter<CryptoCase>> {
protected:
    std::unique_ptr<CryptoCase> case_ = GetParam().make();
    Crypto& crypto_ = case_->crypto();
    Stage& stage_ = case_->stage();
};

TEST_P(CryptoContract, HashesAreThePublishedOnes) {
    EXPECT_EQ(to_hex(crypto_.sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(to_hex(crypto_.hmac_sha256("Jefe", "what do ya want for nothing?")),
              "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");  // RFC 4231, case 2
}

TEST_P(CryptoContract, Passwords) {
    const std::string hash = stage_.run(crypto_.hash_password("correct horse"));
    EXPECT_NE(stage_.run(crypto_.hash_password("correct horse")), hash) << "no salt";
    EXPECT_EQ(hash.find("correct"), std::string::npos);
    for (const char c : hash) EXPECT_TRUE(c > ' ' && c < 127);
    const auto check = [&](const std::string& password, const std::string& against) {
        return stage_.run(crypto_.verify_password(password, against));
    };
    EXPECT_TRUE(check("correct horse", hash).matches);
    EXPECT_FALSE(check("correct horse", hash).outdated);
    for (const char* wrong : {"", "correct hors", "correct horse ", "Correct horse"})
        EXPECT_FALSE(check(wrong, hash).matches) << wrong;
    for (const char* broken : {"", "x", "$argon2id$", "$simulated$"})
        EXPECT_FALSE(check("correct horse", broken).matches) << broken;
}

TEST_P(CryptoContract, Signatures) {
    const SigningKey key = crypto_.new_signing_key();
    const SigningKey other = crypto_.new_signing_key();
    EXPECT_EQ(key.public_key.size(), 32u);
    EXPECT_EQ(key.secret.size(), 32u);
    EXPECT_NE(key.public_key, other.public_key);
    const std::string signature = stage_.run(crypto_.sign(key, "message"));
    EXPECT_EQ(signature.size(), 64u);
    EXPECT_TRUE(stage_.run(crypto_.verify(key.public_key, "message", signature)));
    EXPECT_FALSE(stage_.run(crypto_.verify(key.public_key, "messagE", signature)));
    EXPECT_FALSE(stage_.run(crypto_.verify(other.public_key, "message", signature)));
    EXPECT_FALSE(stage_.run(crypto_.verify(key.public_key, "message", "")));
    EXPECT_FALSE(stage_.run(crypto_.verify("", "message", signature)));
    for (const size_t at : {0u, 31u, 63u}) {
        std::string forged = signature;
        forged[at] = char(forged[at] ^ 1);
        EXPECT_FALSE(stage_.run(crypto_.verify(key.public_key, "message", forged))) << at;
    }
}

TEST_P(CryptoContract, RandomBytesAndIds) {
    EXPECT_EQ(case_->random().bytes(0), "");
    std::set<std::string> drawn, ids;
    uint64_t ones = 0;
    for (int i = 0; i < 1000; ++i) {
        const std::string bytes = case_->random().bytes(33);
        EXPECT_EQ(bytes.size(), 33u);
        for (const char c : bytes) ones += uint64_t(__builtin_popcount(uint8_t(c)));
        drawn.insert(bytes);
        ids.insert(new_id("usr", case_->clock(), case_->random()));
    }
    EXPECT_EQ(drawn.size(), 1000u);
    EXPECT_EQ(ids.size(), 1000u);
    // 264,000 fair coins: five standard deviations are 1,285.
    EXPECT_NEAR(double(ones), 132'000, 1'285);
    EXPECT_EQ(ids.begin()->substr(0, 4), "usr_");
    EXPECT_EQ(ids.begin()->size(), 36u);
}

INSTANTIATE_TEST_SUITE_P(Adapters, CryptoContract,
                         testing::Values(Adapter<CryptoCase>{"Simulated",
                                                             [] { return std::make_unique<SimulatedCryptoCase>(); }},
                                         Adapter<CryptoCase>{"Sodium", [] { return std::make_unique<SodiumCase>(); }}),
                         name_of<CryptoCase>);

// RFC 8032 section 7.1, test 2.
TEST(SodiumCrypto, SignsAsTheRfcDoes) {
    SodiumCase sodium;
    const auto bytes = [](const std::string& hex) {
        std::string out;
        for (size_t i = 0; i < hex.size(); i += 2) out += char(std::stoi(hex.substr(i, 2), nullptr, 16));
        return out;
    };
    const SigningKey key{.public_key = bytes("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"),
                         .secret = bytes("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb")};
    EXPECT_EQ(to_hex(sodium.live.run(sodium.adapter.sign(key, "\x72"))),
              "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
              "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00");
}

TEST(SodiumCrypto, WeakerHashesAreOutdatedAndStillMatch) {
    SodiumCase sodium;
    live::SodiumCrypto stronger(sodium.workers, live::PasswordCost{.passes = 2, .memory_bytes = 16384});
    const std::string hash = sodium.live.run(sodium.adapter.hash_password("pw"));
    EXPECT_TRUE(hash.starts_with("$argon2id$v=19$m=8,t=1,p=1$")) << hash;
    const PasswordCheck check = sodium.live.run(stronger.verify_password("pw", hash));
    EXPECT_TRUE(check.matches);
    EXPECT_TRUE(check.outdated);
}

// Vectors of the Openwall crypt_blowfish distribution (wrapper.c), and of "$2y$" the first of them.
TEST(SodiumCrypto, BcryptHashesMatchAndAreOutdated) {
    SodiumCase sodium;
    const auto check = [&](const std::string& password, const std::string& hash) {
        return sodium.live.run(sodium.adapter.verify_password(password, hash));
    };
    const std::string hash = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";
    EXPECT_TRUE(check("U*U", hash).matches);
    EXPECT_TRUE(check("U*U", hash).outdated);
    EXPECT_TRUE(check("U*U", "$2y$" + hash.substr(4)).matches);
    EXPECT_TRUE(check("U*U", "$2b$" + hash.substr(4)).matches);
    EXPECT_TRUE(check("U*U*", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK").matches);
    for (const std::string& wrong : {std::string(), std::string("U*"), std::string("U*U "), std::string("U*U\0x", 5)})
        EXPECT_FALSE(check(wrong, hash).matches) << wrong;
    for (const char* broken : {"$2a$", "$2b$05$short", "$2y$99$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"})
        EXPECT_FALSE(check("U*U", broken).matches) << broken;
}

TEST(SodiumCrypto, ACrowdIsRefusedAndWhoLeavesIsForgotten) {
    LiveStage live;
    live::WorkerPool workers(live.loop, 1, 2);
    live::SodiumCrypto crypto(workers, live::PasswordCost{});
    int hashed = 0, refused = 0;
    const auto one = [&]() -> Task<> {
        try {
            co_await crypto.hash_password("pw");
            ++hashed;
        } catch (const ServiceError& error) {
            refused += error.code == ErrorCode::Unavailable ? 1 : 0;
        }
    };
    const auto crowd = [&]() -> Task<> {
        std::vector<Task<>> callers;
        for (int i = 0; i < 20; ++i) callers.push_back(one());
        for (Task<>& caller : callers) caller.start();
        callers[0].reset();
        while (hashed + refused < 19) co_await live.loop.sleep_until(live.loop.now() + kMillisecond);
    };
    live.run(crowd());
    EXPECT_GE(refused, 17);
    EXPECT_GE(hashed, 1);
}

TEST(WorkerPool, WhatAJobThrowsReachesWhoAskedForIt) {
    LiveStage live;
    live::WorkerPool workers(live.loop, 1, 2);
    const auto ask = [&]() -> Task<> {
        const auto fails = []() -> int { throw std::bad_alloc(); };
        bool told = false;
        try {
            co_await workers.run(fails);
        } catch (const std::bad_alloc&) {
            told = true;
        }
        EXPECT_TRUE(told);
        const auto works = [] { return 7; };
        EXPECT_EQ(co_await workers.run(works), 7);
    };
    live.run(ask());
}

TEST(SimulatedCrypto, PasswordsQueueForTheCores) {
    SimulatedStage stage;
    services::SimulatedCrypto crypto(
        stage.executor, stage.random,
        {.hash = 10 * kMillisecond, .sign = 0, .verify = 0, .servers = 2, .patience = 25 * kMillisecond});
    int hashed = 0, refused = 0;
    const auto one = [&]() -> Task<> {
        try {
            co_await crypto.hash_password("pw");
            ++hashed;
        } catch (const ServiceError&) {
            ++refused;
        }
    };
    std::vector<Task<>> callers;
    for (int i = 0; i < 10; ++i) callers.push_back(one());
    for (Task<>& caller : callers) caller.start();
    stage.executor.run();
    EXPECT_EQ(hashed, 6) << "those that wait 0, 10 and 20 ms";
    EXPECT_EQ(refused, 4);
    EXPECT_EQ(stage.executor.now() - kEvening, 30 * kMillisecond);
}

}  // namespace matinee::contracts
