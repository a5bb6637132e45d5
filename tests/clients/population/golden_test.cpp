// The audience of one seed, pinned: any compiler, optimisation and machine must give these digests. A change of them is
// a change of every run's outcome and must be meant.
#include <gtest/gtest.h>

#include <bit>
#include <vector>

#include "clients/population/arrivals.hpp"
#include "clients/population/behaviour.hpp"
#include "clients/population/catalog.hpp"
#include "clients/population/steady_state.hpp"
#include "system/base/digest.hpp"
#include "tests/clients/population/specs.hpp"

namespace matinee::population {
namespace {

Library golden_library() {
    Catalog spec = small_catalog();
    spec.popularity = {.alpha = 0.8, .shift = 2, .cutoff = 70, .regional_mix = 0.3, .churn_per_day = 0.1};
    const std::vector<Release> releases = {{"hit", kDay, 0.3, 2 * kDay, 100 * kMinute, {}}};
    return Library(spec, releases, 3, 42, 7 * kDay);
}

TEST(Golden, Catalogue) {
    const Library library = golden_library();
    Digest digest;
    digest.add(uint64_t(library.playables()));
    digest.add(library.total_bytes());
    for (uint32_t p = 0; p < library.playables(); ++p) {
        digest.add(library.duration_ns(p));
        for (uint32_t i = 0; i < library.segments(p); i += 37) digest.add(uint64_t(library.segment_bytes(p, i % 5, i)));
    }
    EXPECT_EQ(digest.hex(), "0b252b495ff453a2");
}

TEST(Golden, Picks) {
    const Library library = golden_library();
    Digest digest;
    RandomStream random(42, Purpose::Session, 1);
    for (uint32_t i = 0; i < 20'000; ++i) digest.add(uint64_t(library.pick(i % 3, TimeNs(i) * 30 * kSecond, random)));
    for (const double share : library.popularity(1, 4 * kDay)) digest.add(std::bit_cast<uint64_t>(share));
    EXPECT_EQ(digest.hex(), "614e97e444afdc9c");
}

TEST(Golden, Behaviour) {
    const Library library = golden_library();
    const Behaviour behaviour;
    const Residual residual(library, 0, 0, behaviour);
    Digest digest;
    digest.add(std::bit_cast<uint64_t>(residual.mean_session_s()));
    RandomStream random(42, Purpose::Behaviour, 1);
    for (uint32_t i = 0; i < 5000; ++i) {
        digest.add(plan_watch(behaviour, TimeNs(i + 1) * kSecond, random));
        digest.add(draw_startup_patience(behaviour.patience, random));
        digest.add(draw_time_to_seek(behaviour, random));
        digest.add(draw_seek(random));
        digest.add(draw_pause(random));
        const auto found = residual.draw(random);
        digest.add(uint64_t(found.playable));
        digest.add(found.watch);
        digest.add(found.position);
    }
    EXPECT_EQ(digest.hex(), "563954aecfe58451");
}

TEST(Golden, Arrivals) {
    Arrivals spec;
    spec.viewers = 500;
    spec.curve = Arrivals::Curve::Diurnal;
    spec.bursts = {{6 * kHour, 3, kMinute, 20 * kMinute}};
    const ArrivalRate rate(spec, 1'795'194'000, 1, 2000, 0.6);
    RandomStream random(42, Purpose::Arrivals, 1);
    Digest digest;
    TimeNs now = 0;
    for (int i = 0; i < 5000; ++i) digest.add(now = rate.next_arrival(now, random));
    EXPECT_EQ(digest.hex(), "2e8959527de7ee55");
}

}  // namespace
}  // namespace matinee::population
