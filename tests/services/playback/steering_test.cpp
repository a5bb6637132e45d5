#include "system/playback/steering.hpp"

#include <gtest/gtest.h>

#include "simulator/services/adapters.hpp"
#include "system/base/encoding.hpp"
#include "system/base/errors.hpp"
#include "system/base/sha256.hpp"

namespace matinee::playback {

TEST(Steering, FollowsRegionsAndWeights) {
    const WeightedSteering steering({{.name = "a", .base_url = "/a", .region = "*", .weight = 1},
                                     {.name = "b", .base_url = "/b", .region = "*", .weight = 3},
                                     {.name = "c", .base_url = "/c", .region = "DE", .weight = 2}});
    int b = 0;
    for (uint64_t draw = 0; draw < 400; ++draw) {
        EXPECT_EQ(steering.pick("DE", draw).name, "c");
        b += steering.pick("FR", draw).name == "b" ? 1 : 0;
    }
    EXPECT_EQ(b, 300);
    EXPECT_EQ(steering.pick("FR", 17).name, steering.pick("US", 17).name);
}

TEST(Steering, RefusesTablesWithHoles) {
    EXPECT_THROW(WeightedSteering({}), InputError);
    EXPECT_THROW(WeightedSteering({{.name = "a", .base_url = "/a", .region = "DE", .weight = 1}}), InputError);
    EXPECT_THROW(WeightedSteering({{.name = "a", .base_url = "/a", .region = "*", .weight = 0}}), InputError);
}

TEST(Steering, FoldersAreSigned) {
    services::Executor executor(0);
    services::SimulatedRandom random(1, 1);
    const services::SimulatedCrypto crypto(executor, random, {});
    EXPECT_EQ(folder_signature(crypto, "key", "/v1/t/", "?expires=1"),
              "&signature=" + to_base64url(hmac_sha256("key", "/v1/t/?expires=1")));
}

}  // namespace matinee::playback
