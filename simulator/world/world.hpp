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
#include "system/cdn/ring.hpp"

namespace matinee::world {

/// One way in which viewers of a population reach the network.
struct AccessOption {
    double up_to = 0;  ///< cumulative share
    uint32_t first_trace = 0;
    uint32_t traces = 0;
    const network::AccessGenerator* generator = nullptr;  ///< null: recorded traces
    double scale = 1;
    TimeNs rtt_ns = 0;  ///< 0: the generator's law, or the trace's latency
    float loss = 0;
};

struct DeviceOption {
    double up_to = 0;  ///< cumulative share
    uint32_t device = 0;
    player::Config config;
    abr::Patience::Table patience;
};

struct PopulationPlan {
    const scenario::Population* spec = nullptr;
    std::vector<DeviceOption> devices;
    std::vector<AccessOption> access;
    std::unique_ptr<population::Residual> residual;
    double mean_session_s = 0;  ///< time that a visit takes, pauses included
    uint32_t first_slice = 0;   ///< slice = first_slice + device option x access options + access option
    TimeNs request_timeout_ns = 0;
    TimeNs extra_rtt_ns = 0;    ///< of a population whose edges are all in another region
};

/// Keys of caches are the library's objects.
class SegmentBytes : public cdn::ObjectSizes {
public:
    explicit SegmentBytes(const population::Library& library) : library_(library) {}
    Bytes bytes_of(cdn::ObjectKey key) const override {
        const population::Library::Place at = library_.place_of(key);
        return library_.segment_bytes(at.playable, at.rung, at.index);
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
    std::vector<cdn::Ring> rings;      ///< per group: which server of a site a title lies on, the same at all its sites
    std::vector<std::vector<uint16_t>> home_servers;  ///< per group and playable, what its ring says
    SegmentBytes segment_bytes;
    cdn::KeySpace keys;
    network::Path fill_path;  ///< a transfer between tiers: a constant rate and an open window
    uint32_t fill_trace = 0;
    faults::Timeline faults;
    Shape shape;

    /// A playable at one rung.
    uint64_t rendition_of(uint32_t playable, uint32_t rung) const {
        return uint64_t(playable) * library.rungs() + rung;
    }
    cdn::ObjectKey key_of(uint32_t playable, uint32_t rung, uint32_t segment) const {
        return library.object(playable, rung, segment);
    }
    uint32_t slices() const { return shape.classes; }
};

/// What a run of the world is sure to take: its viewers at their peak, and its traces.
uint64_t least_memory_bytes(const World& world);

}  // namespace matinee::world
