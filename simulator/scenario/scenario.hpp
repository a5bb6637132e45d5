// A scenario after reading: includes merged, variables replaced, units converted, names checked, files loaded. This is the
// contract between the reader (this folder), the world (simulator/world), the audience (clients/population) and the report.
// Units: ns, kbit/s, bytes; shares are fractions of 1 and already normalised; local hours are 0 to 24.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "clients/player/settings.hpp"
#include "clients/population/spec.hpp"
#include "simulator/network/recorded_trace.hpp"
#include "simulator/services/spec.hpp"
#include "system/base/units.hpp"
#include "system/cdn/cache/spec.hpp"

namespace matinee::scenario {

struct TimeSpec {
    int64_t start_unix_s = 0;    ///< the wall-clock second that virtual time 0 stands for
    TimeNs duration = 0;
    TimeNs warmup = 0;           ///< sessions that start earlier do not enter the QoE metrics
    TimeNs sample = 10 * kSecond;  ///< step of every time series
};

struct Region {
    std::string id;
    double utc_offset_h = 0;
};

struct Device {
    std::string id;
    Kbps max_bitrate = 0;   ///< rung cap: no rung above this; 0: none
    TimeNs buffer_target = 0;  ///< 0: the population's
};

/// One way to reach a viewer: a generator by name or recorded traces.
struct Access {
    std::string name;      ///< generator name, or the folder as the user wrote it
    double share = 1;
    std::string generator;  ///< empty: `traces` is used
    std::shared_ptr<const std::vector<network::RecordedTrace>> traces;
    std::string traces_path;  ///< where they were read from
    double scale = 1;      ///< multiplies every bandwidth
    TimeNs rtt = 0;        ///< 0: the generator's own law, or the trace's latency
    double loss = -1;      ///< fraction of packets; negative: the generator's own
};

struct DeviceShare {
    uint32_t device = 0;  ///< index in Scenario::devices
    double share = 0;
};

struct Population {
    std::string name;
    double share = 0;     ///< of all arrivals
    uint32_t region = 0;  ///< index in Scenario::regions
    std::string isp;
    std::vector<DeviceShare> devices;
    std::vector<Access> access;
    player::Settings player;
    population::Behaviour behaviour;
};

enum class Role : uint8_t { Edge, Regional, Shield, Origin };

struct NodeGroup {
    enum class Per : uint8_t { World, Region, Isp };
    std::string id;
    Role role = Role::Edge;
    Per per = Per::World;          ///< `count` sites in all, in each region, or in each (region, ISP)
    std::optional<uint32_t> region;  ///< with Per::World: where all of them stand; else dealt to regions in turn
    uint32_t count = 1;
    uint32_t servers = 1;          ///< per site; consistent hashing spreads titles over them
    uint64_t nic_kbps = 0;         ///< egress of one server
    uint64_t uplink_kbps = 0;      ///< egress of the whole site; 0: the sum of its servers
    Bytes ram = 0;                 ///< per server; 0: everything is read from disk
    Bytes disk = 0;                ///< per server: the cache's capacity
    uint64_t disk_kbps = 0;        ///< read rate of one server's disks; 0: not a limit
    TimeNs ram_latency = 200 * kMicrosecond;
    TimeNs disk_latency = 4 * kMillisecond;
    uint32_t max_connections = 0;  ///< per server; 0: no limit
    double load_bound = 1.25;      ///< of consistent hashing: no server above this multiple of the mean load
    std::optional<uint32_t> parent;  ///< index of a group; none: this group holds everything (an origin)
    cdn::CacheSpec cache;
    bool holds_everything = false; ///< a full copy of the catalogue: no misses, no metadata
    bool coalesce = true;
    bool prefill = false;          ///< fill with the most popular titles per byte
    double prefill_share = 1;      ///< of the capacity that prefill may take
    bool prefilled_at_start = true;  ///< before time 0; else within `fill_window`, over the links
    double fill_from_h = 2;        ///< local hours between which prefill transfers may start
    double fill_to_h = 14;
    uint64_t fill_kbps = 0;        ///< rate cap of one prefill transfer; 0: none
};

/// The path between a group's sites and their parents'.
struct Link {
    uint32_t from = 0;  ///< child group
    uint32_t to = 0;    ///< parent group
    uint64_t bandwidth_kbps = 0;  ///< of each child site's path; 0: not a limit
    TimeNs rtt = 0;
};

struct Steering {
    enum class Policy : uint8_t { Home, Nearest, NearestWithRoom };
    Policy policy = Policy::NearestWithRoom;
    TimeNs ttl = 300 * kSecond;         ///< a viewer asks again after this long
    TimeNs telemetry = 5 * kSecond;     ///< sites report this often; silent for two periods means down
    double room = 0.95;                 ///< a site above this share of its egress has no room
    TimeNs rtt_same_region = 12 * kMillisecond;    ///< between two edge sites
    TimeNs rtt_other_region = 80 * kMillisecond;
};

struct Cdn {
    std::vector<NodeGroup> nodes;
    std::vector<Link> links;
    Steering steering;
    TimeNs settle_tick = 100 * kMillisecond;  ///< rates of a saturated link are settled this often
    uint64_t fill_flow_kbps = 2'000'000;       ///< most that one fill between tiers can carry
};

struct Transport {
    double setup_rtts = 2;       ///< round trips of a new connection (TCP + TLS 1.3)
    uint32_t initial_window_bytes = 14'600;
    TimeNs idle_restart = 0;     ///< the window halves for each such time of idleness; 0: kept
    TimeNs keep_alive = 60 * kSecond;  ///< an idle connection is closed after this
    enum class Congestion : uint8_t { Bbr, Cubic } congestion = Congestion::Bbr;  ///< what packet loss does
};

/// What a fault does while it lasts. `Down` loses every request and flow; `Slow` divides rates and adds latency; `Lossy`
/// loses packets; a link or uplink is faulted through its site.
struct Fault {
    enum class Kind : uint8_t { Down, Slow, Lossy };
    enum class Target : uint8_t { Sites, Link, Region };
    std::string name;              ///< as reports mark it
    Kind kind = Kind::Down;
    Target target = Target::Sites;
    uint32_t group = 0;            ///< Sites; Link: the child group
    uint32_t first_site = 0;       ///< Sites, Link: a range of the group's sites
    uint32_t last_site = 0;
    std::optional<uint32_t> server;  ///< Sites: one server of each
    uint32_t region = 0;           ///< Region: every site in it
    TimeNs at = 0;
    TimeNs end = kNever;
    double rate_factor = 1;        ///< Slow: what remains of the bandwidth
    TimeNs added_latency = 0;      ///< Slow: to every answer (Sites, Region), to the round trip (Link)
    double loss = 0;               ///< Lossy
};

struct Threshold {
    std::string metric;  ///< `startup_ms`, `cdn.edge.byte_hit_ratio`, ...
    std::string stat;    ///< mean, p50, p95, p99; empty for scalars
    std::optional<double> min;
    std::optional<double> max;
    TimeNs window = 0;   ///< holds in every window of this length; 0: over the run
};

struct Outputs {
    bool series = true;
    std::vector<std::string> breakdowns;  ///< of region, isp, device, access, site
    bool csv = false;
};

struct Scenario {
    std::string file;
    std::string name;
    std::string description;
    std::string hash;        ///< of the resolved scenario in canonical form, without the seed
    uint64_t seed = 1;
    std::vector<std::string> overrides;  ///< what --set and --seed said: `path=value`
    TimeSpec time;
    population::Catalog catalog;
    std::vector<population::Release> releases;
    std::vector<Region> regions;
    std::vector<Device> devices;
    std::vector<Population> populations;
    population::Arrivals arrivals;
    Cdn cdn;
    Transport transport;
    std::vector<Fault> faults;
    std::optional<services::Spec> services;  ///< none: viewers play without asking anybody
    std::vector<Threshold> thresholds;
    Outputs outputs;
    std::string prices_file;  ///< resolved; empty: the default one, and no LoadOptions::assets_dir to find it
    bool default_prices = true;
};

}  // namespace matinee::scenario
