// What a run found out: the contract between the simulator, which fills it, and the reports, which read nothing else.
// Units are part of the names. Everything but `build` and `wall` is a function of scenario and seed.
//
// What is measured is what comes after the warm-up: viewers, services, CDN and cost alike. Series, markers and `counts`
// are of the whole run. A ratio of nothing is empty, and so is a distribution's every figure without samples.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace matinee::reports {

/// Sessions that started after the warm-up; quantiles from a histogram with 0.8 % resolution.
struct Distribution {
    double mean = 0, p50 = 0, p95 = 0, p99 = 0;  ///< mean nothing where there are no samples
    uint64_t samples = 0;
    std::vector<std::pair<double, double>> cdf;  ///< (value, share of samples at or below it), at most 200 points
};

/// What viewers saw, in the whole world or in one slice of it.
struct Experience {
    uint64_t sessions = 0;           ///< measured sessions, so all of them after the warm-up
    Distribution startup_ms;         ///< request to play until the first frame
    Distribution rebuffering_ratio;  ///< stall / (stall + play), per session
    Distribution bitrate_kbps;       ///< time-weighted mean over the media a session played
    Distribution switches_per_minute;
    std::optional<double> video_start_failures;  ///< share of sessions that never started because requests failed
    std::optional<double> exits_before_start;    ///< share that an impatient viewer left before the first frame
};

/// One node group, all its sites and servers together: what they did after the warm-up, prefill aside. Egress counts as
/// it flows: of a response that the warm-up or the run's end cuts in two, the part on this side.
struct CdnGroup {
    std::string id;
    std::string role;
    uint64_t sites = 0, servers = 0;
    uint64_t requests = 0, hits = 0, coalesced = 0, misses = 0, rejected = 0;
    std::optional<double> request_hit_ratio;  ///< (hits + coalesced) / (hits + coalesced + misses)
    std::optional<double> byte_hit_ratio;     ///< the same by bytes
    uint64_t egress_bytes = 0;                ///< without a warm-up: hit + coalesced + forwarded - cancelled
    /// By whole objects, when the request is answered.
    uint64_t hit_bytes = 0, coalesced_bytes = 0, forwarded_bytes = 0;
    uint64_t cancelled_bytes = 0;  ///< of them, not sent after all
    uint64_t prefill_bytes = 0;    ///< that came over the links in the whole run
    double peak_egress_gbps = 0;   ///< highest 5-minute mean, whole group; a window that is cut counts from 1 minute
    double capacity_gbps = 0;      ///< of the whole group's NICs or uplinks, whichever is less
    double busiest_site_peak_share = 0;  ///< highest 5-minute mean of any one site over that site's capacity
    std::string busiest_site;
    double saturated_seconds = 0;  ///< site-seconds with a saturated link
};

/// One operation of the platform's API, in all regions. Every attempt of a client is a call.
struct ApiOperation {
    std::string name;
    uint64_t calls = 0;   ///< that reached the region after the warm-up
    uint64_t ok = 0;      ///< answered with success
    uint64_t failed = 0;  ///< refused at the door, answered with an error, or given up by the client
    std::vector<std::pair<std::string, uint64_t>> causes;  ///< of those that failed, the most frequent first
    Distribution latency_ms;  ///< of answers: from the region's door to the answer's leaving it. No cdf
};

/// Visits that ended before play because a call came to nothing.
struct LostVisits {
    std::string operation;
    std::string cause;
    uint64_t visits = 0;
};

struct ServiceRegion {
    std::string id;
    uint64_t calls = 0, failed = 0;
    Distribution latency_ms;  ///< no cdf
    uint64_t instances_most = 0;
    double machine_hours = 0;                 ///< of instances in the whole run, starting up included
    uint64_t scaled_up = 0, scaled_down = 0;  ///< decisions
};

/// The platform's services, where the scenario has them.
struct Services {
    uint64_t visits = 0;   ///< that began after the warm-up
    uint64_t ready = 0;    ///< whose playback was granted
    uint64_t left = 0;     ///< whose viewer lost patience first
    uint64_t refused = 0;  ///< that a failed call ended
    uint64_t calls = 0, failed = 0;
    Distribution latency_ms;  ///< of all operations. No cdf
    Distribution sign_in_ms;  ///< opening the app until signed in, paid and shown the home page, time for choices aside
    Distribution start_ms;    ///< pressing play until the answer, as the client sees it; part of start-up time
    std::vector<ApiOperation> operations;  ///< that were called
    std::vector<LostVisits> lost;          ///< the most frequent first
    std::vector<ServiceRegion> regions;
};

struct Slice {  ///< one value of a breakdown dimension
    std::string name;
    Experience experience;
};

struct Breakdown {
    std::string dimension;  ///< region, isp, device, access or site
    std::vector<Slice> slices;
};

struct Series {
    /// concurrent_viewers, arrivals_per_s, stalled_viewers, bitrate_kbps, startup_ms, rebuffering_ratio,
    /// egress_gbps.<group>, byte_hit_ratio.<group>, concurrent_viewers.<region>; of services: api_calls_per_s,
    /// api_failed_per_s, api_latency_p95_ms, api_waiting and instances, each .<region>
    std::string name;
    std::string unit;
    std::vector<std::optional<double>> values;  ///< one per sample step; empty where nothing was measured
};

/// Something a reader wants to see on the time axis.
struct Marker {
    std::string kind;  ///< fault, release, promotion, prefill or warmup
    std::string text;
    double from_s = 0;
    double to_s = 0;  ///< equal to from_s for an instant
};

struct ThresholdVerdict {
    std::string text;  ///< `startup_ms p95 <= 2000`
    std::string metric, stat;
    std::optional<double> min, max;
    double window_s = 0;
    double value = 0;  ///< the worst window's value where there is a window; nothing without samples
    double worst_at_s = 0;
    bool has_samples = false;  ///< false: nothing was measured, which counts as failed
    bool passed = false;
};

struct CostLine {
    std::string item;   ///< egress, transit, servers
    std::string group;  ///< node group
    double quantity = 0;
    std::string unit;  ///< GB, Mb/s month, server hours
    double unit_price = 0;
    double usd = 0;
    std::string source;  ///< from the price file: where the figure comes from, and when
};

struct Cost {
    std::vector<CostLine> lines;
    double total_usd = 0;
    std::optional<double> usd_per_viewer_hour;
    std::string prices;  ///< name and date of the price file
};

struct Build {
    std::string version, commit, compiler, type;
};

struct Wall {
    double elapsed_s = 0;
    uint64_t peak_rss_bytes = 0;
    double segments_per_second = 0;
    uint32_t threads = 1;
};

struct Result {
    std::string scenario_name, scenario_description, scenario_hash;
    std::vector<std::string> scenario_overrides;  ///< `path=value` of each --set; `seed=n` of --seed
    uint64_t seed = 0;
    std::string digest;
    double simulated_s = 0, warmup_s = 0, sample_s = 0;
    int64_t start_unix_s = 0;
    bool interrupted = false;  ///< ended by the user before its time
    struct Counts {
        uint64_t sessions = 0;  ///< started, warm-up included
        uint64_t segments = 0;  ///< segment requests by players
        uint64_t events = 0;    ///< events the engine handled
    } counts;
    Experience experience;
    uint64_t peak_concurrent_viewers = 0;  ///< after the warm-up
    double viewer_hours = 0;               ///< time spent in sessions, after the warm-up
    std::optional<double> origin_offload;  ///< 1 - bytes served by origins / bytes served to viewers
    std::vector<CdnGroup> cdn;
    std::optional<Services> services;
    std::vector<Breakdown> breakdowns;
    std::vector<Series> series;
    std::vector<Marker> markers;
    std::vector<ThresholdVerdict> thresholds;
    Cost cost;
    Build build;
    Wall wall;
};

}  // namespace matinee::reports
