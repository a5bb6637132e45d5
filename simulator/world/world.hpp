// A scenario made ready to run: everything that sites share and nobody changes while time passes.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "clients/player/player.hpp"
#include "clients/population/catalog.hpp"
#include "clients/population/steady_state.hpp"
#include "simulator/faults/timeline.hpp"
#include "simulator/network/access_generators.hpp"
#include "simulator/network/access_trace.hpp"
#include "simulator/network/transfer.hpp"
#include "simulator/scenario/scenario.hpp"
#include "simulator/world/metrics.hpp"
#include "simulator/world/topology.hpp"
#include "system/cdn/cache_node.hpp"

namespace matinee::world {

/// One way in which viewers of a population reach the network.
struct AccessOption {
    double up_to = 0;          ///< cumulative share
    uint32_t first_trace = 0;
    uint32_t traces = 0;
    const network::AccessGenerator* generator = nullptr;  ///< null: recorded traces
    double scale = 1;
    TimeNs rtt_ns = 0;         ///< 0: the generator's law, or the trace's latency
    float loss = 0;
};

struct DeviceOption {
    double up_to = 0;  ///< cumulative share
    uint32_t device = 0;
    player::Config config;
};

struct PopulationPlan {
    const scenario::Population* spec = nullptr;
    std::vector<DeviceOption> devices;
    std::vector<AccessOption> access;
    std::unique_ptr<population::Residual> residual;
    double mean_session_s = 0;  ///< time that a visit takes, pauses included
    uint32_t first_slice = 0;   ///< slice = first_slice + device option x access options + access option
    TimeNs extra_rtt_ns = 0;    ///< of a population whose edges are all in another region
};

/// Pages of the key space are renditions: playable and rung.
class SegmentBytes : public cdn::ObjectSizes {
public:
    explicit SegmentBytes(const population::Library& library) : library_(library) {}
    Bytes bytes_of(uint64_t page, uint32_t index) const override {
        const auto number = uint32_t(page);  // a world has fewer than 2^32 renditions
        return library_.segment_bytes(number / library_.rungs(), number % library_.rungs(), index);
    }

private:
    const population::Library& library_;
};

struct World {
    explicit World(const scenario::Scenario& scenario);

    const scenario::Scenario& scenario;
    Topology topology;
    population::Library library;  // before `segment_bytes` and `keys`
    network::TraceSet traces;
    std::vector<PopulationPlan> populations;
    std::vector<cdn::NodeSpec> nodes;  ///< per group: one server
    SegmentBytes segment_bytes;
    cdn::KeySpace keys;
    network::Path fill_path;           ///< a transfer between tiers: a constant rate and an open window
    uint32_t fill_trace = 0;
    faults::Timeline faults;
    Shape shape;

    uint64_t page_of(uint32_t playable, uint32_t rung) const { return uint64_t(playable) * library.rungs() + rung; }
    cdn::ObjectKey key_of(uint32_t playable, uint32_t rung, uint32_t segment) const {
        return cdn::KeySpace::key(page_of(playable, rung), segment);
    }
    uint32_t slices() const { return shape.classes; }
};

}  // namespace matinee::world
