// What a cache was asked for in a simulation, replayed in the cache laboratory, gives the same counts: both drive one
// code.
#include <gtest/gtest.h>

#include <deque>

#include "system/cdn/lab/replay.hpp"
#include "tests/simulator/world/small_world.hpp"

namespace matinee::world {
namespace {

class Recording : public RequestObserver {
public:
    void requested(TimeNs now, cdn::ObjectKey key, Bytes size) override {
        ASSERT_TRUE(builder.add(uint32_t(now / kSecond), key, size));
    }
    cdn::lab::TraceBuilder builder;
};

/// Two servers in each of two edge sites, small caches that learn from nothing, and more viewers than films.
scenario::Scenario busy_world() {
    scenario::Scenario s = small_world();
    s.regions.push_back({"away", 0});
    s.populations.push_back(s.populations[0]);
    s.populations[1].region = 1;
    for (auto& population : s.populations) population.share = 0.5;
    s.catalog.vbr_cv = 0.3;
    s.cdn.links[0].rtt = 800 * kMillisecond;  // a fill takes long enough to be joined, not to be evicted
    s.cdn.nodes[0].per = scenario::NodeGroup::Per::Region;
    s.cdn.nodes[0].servers = 2;
    s.cdn.nodes[0].disk = Bytes(120) << 20;
    return s;
}

TEST(RecordedRequests, ReplayedInTheLaboratoryTheyGiveTheNodesCounts) {
    for (const cdn::Eviction eviction :
         {cdn::Eviction::Lru, cdn::Eviction::S3Fifo, cdn::Eviction::Sieve, cdn::Eviction::Gdsf}) {
        scenario::Scenario s = busy_world();
        s.cdn.nodes[0].cache.evict = eviction;
        std::deque<Recording> recordings;
        RunOptions options;
        options.threads = 2;
        options.observe_requests = [&](const std::string& group, uint32_t, uint32_t) {
            return group == "edge" ? &recordings.emplace_back() : nullptr;
        };
        const reports::Result result = run(s, options);
        ASSERT_EQ(recordings.size(), 4u);
        cdn::lab::Counts sum;
        for (Recording& recording : recordings) {
            const cdn::lab::Trace trace = recording.builder.take();
            const auto counts = cdn::lab::replay(trace, {s.cdn.nodes[0].cache, s.cdn.nodes[0].disk, false});
            sum.requests += counts.requests;
            sum.misses += counts.misses;
        }
        const reports::CdnGroup& edge = result.cdn.front();
        EXPECT_EQ(sum.requests, edge.requests);
        EXPECT_EQ(sum.misses, edge.misses);
        EXPECT_GT(sum.misses, sum.requests / 20) << "the caches are not tested";
        EXPECT_GT(edge.coalesced, 0u);
    }
}

}  // namespace
}  // namespace matinee::world
