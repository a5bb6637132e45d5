// The hit ratio of a simulated edge against theory.
#include <gtest/gtest.h>

#include "clients/population/catalog.hpp"
#include "tests/simulator/world/small_world.hpp"

namespace matinee::world {
namespace {

/// Films of a single segment: a viewer is one request, requests are a Poisson process of independent draws.
scenario::Scenario independent_requests(double alpha, uint64_t objects) {
    scenario::Scenario s = small_world();
    s.catalog.titles = 2000;
    s.catalog.film_duration.a = 4;
    s.catalog.popularity.alpha = alpha;
    s.arrivals.viewers = 3000;
    s.time.duration = 5 * kMinute;
    s.cdn.nodes[0].disk = objects * 500'000;
    s.cdn.fill_flow_kbps = 10'000'000;
    return s;
}

/// Che, Tung and Wang (JSAC 2002): an object stays for a characteristic time T, the same for all, with
/// sum of (1 - exp(-p T)) = cache size; its hit ratio is 1 - exp(-p T).
double che_hit_ratio(const std::vector<double>& popularity, double objects) {
    double low = 0, high = 1e9;
    for (int step = 0; step < 100; ++step) {
        const double t = (low + high) / 2;
        double held = 0;
        for (const double p : popularity) held += 1 - std::exp(-p * t);
        (held < objects ? low : high) = t;
    }
    double hits = 0;
    for (const double p : popularity) hits += p * (1 - std::exp(-p * low));
    return hits;
}

double simulated_hit_ratio(const scenario::Scenario& s) {
    const auto result = simulate(s);
    const auto ratio = series(result, "byte_hit_ratio.edge");
    EXPECT_EQ(cdn(result, "edge").requests, result.counts.segments);
    return mean(ratio, ratio.size() / 3);  // the cache has long filled
}

TEST(CacheRatio, LruIsWithinAPointOfTheCheApproximation) {
    for (const double alpha : {0.6, 1.0})
        for (const uint64_t objects : {50u, 400u}) {
            const scenario::Scenario s = independent_requests(alpha, objects);
            const population::Library library(s.catalog, {}, 1, s.seed, s.time.duration);
            const double theory = che_hit_ratio(library.popularity(0, 0), double(objects));
            EXPECT_NEAR(simulated_hit_ratio(s), theory, 0.01) << "alpha " << alpha << ", " << objects << " objects";
        }
}

TEST(CacheRatio, ACacheOfTheWholeCatalogueMissesEachObjectOnce) {
    scenario::Scenario s = independent_requests(0.2, 2000);
    stop_arrivals(s, 4 * kMinute);
    const auto result = simulate(s);
    EXPECT_EQ(cdn(result, "edge").misses, 2000u);
    EXPECT_EQ(cdn(result, "origin").requests, 2000u);
}

}  // namespace
}  // namespace matinee::world
