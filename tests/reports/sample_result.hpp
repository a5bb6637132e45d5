// Made-up results for the tests of the reports: shaped like a premiere evening, not simulated.
#pragma once

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "reports/result.hpp"
#include "system/base/random.hpp"

namespace matinee::reports {

/// A distribution whose logarithm is about uniform between p1 and p99, with its CDF.
inline Distribution sample_distribution(double p50, double p95, double p99, uint64_t samples, double zero_share = 0) {
    Distribution d{p50 * 1.2 + p95 * 0.05, p50, p95, p99, samples, {}};
    const std::vector<std::pair<double, double>> knots = {{p50 * 0.3, 0.02}, {p50 * 0.6, 0.2}, {p50, 0.5},
                                                          {p95, 0.95},       {p99, 0.99},      {p99 * 2.5, 1}};
    if (zero_share > 0) d.cdf.emplace_back(0, zero_share);
    for (size_t k = 0; k + 1 < knots.size(); ++k) {
        for (int i = 0; i < 12; ++i) {
            const double part = i / 12.0;
            const double share = knots[k].second + (knots[k + 1].second - knots[k].second) * part;
            if (share > zero_share)
                d.cdf.emplace_back(knots[k].first * std::pow(knots[k + 1].first / knots[k].first, part), share);
        }
    }
    d.cdf.emplace_back(p99 * 2.5, 1);
    return d;
}

inline Experience sample_experience(uint64_t sessions, double worse = 1) {
    Experience e;
    e.sessions = sessions;
    e.startup_ms = sample_distribution(690 * worse, 1724 * worse, 3400 * worse, sessions);
    e.rebuffering_ratio = {0.0031 * worse, 0, 0.0124 * worse, 0.061 * worse, sessions, {}};
    for (int i = 0; i < 60; ++i) {
        const double share = 0.91 + 0.09 * i / 59;
        e.rebuffering_ratio.cdf.emplace_back(i == 0 ? 0 : 0.0004 * worse * std::pow(1.1, i), share);
    }
    e.bitrate_kbps = sample_distribution(5310 / worse, 14'200 / worse, 15'800 / worse, sessions);
    e.bitrate_kbps.cdf.back().first = 16'000;
    e.switches_per_minute = {0.42, 0.2, 1.4, 2.8, sessions, {}};
    e.video_start_failures = 0.0012 * worse;
    e.exits_before_start = 0.0131 * worse;
    return e;
}

inline CdnGroup sample_group(const char* id, const char* role, uint64_t sites, uint64_t servers, double petabytes) {
    CdnGroup g;
    g.id = id;
    g.role = role;
    g.sites = sites;
    g.servers = servers;
    g.egress_bytes = uint64_t(petabytes * 1e15);
    g.requests = uint64_t(petabytes * 42e6);
    g.hits = g.requests / 100 * 91;
    g.coalesced = g.requests / 100 * 2;
    g.misses = g.requests - g.hits - g.coalesced;
    g.request_hit_ratio = 0.931;
    g.byte_hit_ratio = 0.942;
    g.peak_egress_gbps = petabytes * 530;
    g.capacity_gbps = double(servers) * 100;
    g.busiest_site = std::string(id) + "[3]";
    g.busiest_site_peak_share = 0.87;
    return g;
}

inline void add_series(Result& r, const char* name, const char* unit, double scale, double noise, double floor,
                       double dip_from_h, double dip_to_h, double dip) {
    Series series{name, unit, {}};
    RandomStream random(7, Purpose::Test, r.series.size());
    const size_t steps = size_t(r.simulated_s / r.sample_s);
    for (size_t i = 0; i < steps; ++i) {
        const double hour = double(i) * r.sample_s / 3600;
        const double evening = std::exp(-(hour - 4.2) * (hour - 4.2) / 6) * 0.8 + 0.2;
        const double premiere = hour > 4 ? 0.5 * std::exp(-(hour - 4) / 0.9) * (1 - std::exp(-(hour - 4) / 0.05)) : 0;
        const double fault = hour >= dip_from_h && hour < dip_to_h ? dip : 1;
        const double wobble = 1 + noise * (2 * random.uniform() - 1);
        series.values.emplace_back(floor + scale * (evening + premiere) * fault * wobble);
    }
    r.series.push_back(std::move(series));
}

/// Everything a report can show, eight hours long.
inline Result sample_result() {
    Result r;
    r.scenario_name = "friday-premiere";
    r.scenario_description =
        "A premiere at nine on three tiers, prefilled since three; one edge site goes dark at the peak";
    r.scenario_hash = "5f0c3a9e71b2d4486b0f6a8d2c95e1770a4bb1c2d3e4f5061728394a5b6c7d8e";
    r.seed = 42;
    r.digest = "9b1e6c0f35a7d2484c8e0b7a91f2d3e6";
    r.simulated_s = 8 * 3600;
    r.warmup_s = 1800;
    r.sample_s = 10;
    r.start_unix_s = 1'795'194'000;  // 2026-11-20 17:00 UTC
    r.counts = {1'612'345, 98'233'120, 241'006'712};
    r.experience = sample_experience(1'530'112);
    r.peak_concurrent_viewers = 248'310;
    r.viewer_hours = 912'340.5;
    r.origin_offload = 0.9873;
    r.cdn = {sample_group("edge", "edge", 12, 48, 2.41), sample_group("mid", "regional", 3, 9, 0.142),
             sample_group("origin", "origin", 2, 4, 0.0306)};
    r.cdn[1].saturated_seconds = 412;
    r.cdn[1].busiest_site_peak_share = 1;
    r.cdn[2].hits = r.cdn[2].coalesced = r.cdn[2].misses = 0;
    r.cdn[2].request_hit_ratio = r.cdn[2].byte_hit_ratio = std::nullopt;
    r.cdn[0].rejected = 1042;
    r.breakdowns = {{"region",
                     {{"eu-west", sample_experience(901'000, 0.9)},
                      {"eu-south", sample_experience(400'112, 1.6)},
                      {"eu-north", sample_experience(229'000, 0.7)}}},
                    {"isp",
                     {{"isp-a", sample_experience(801'000, 0.8)},
                      {"isp-b", sample_experience(500'112, 1.1)},
                      {"isp-c", sample_experience(200'000, 2.4)},
                      {"tiny-isp", sample_experience(61, 1.3)}}},
                    {"device",
                     {{"tv", sample_experience(930'000, 0.8)},
                      {"phone", sample_experience(380'112, 1.9)},
                      {"web", sample_experience(220'000, 1.1)}}}};
    add_series(r, "concurrent_viewers", "viewers", 210'000, 0.004, 10'000, 5, 5.17, 0.93);
    add_series(r, "arrivals_per_s", "1/s", 62, 0.2, 4, 0, 0, 1);
    add_series(r, "stalled_viewers", "viewers", 420, 0.3, 10, 5, 5.17, 7);
    add_series(r, "startup_ms", "ms", 620, 0.1, 300, 5, 5.17, 2.3);
    add_series(r, "rebuffering_ratio", "ratio", 0.0021, 0.4, 0.0005, 5, 5.17, 6);
    add_series(r, "bitrate_kbps", "kb/s", -900, 0.06, 6200, 5, 5.17, 2);
    add_series(r, "egress_gbps.edge", "Gb/s", 1130, 0.02, 60, 5, 5.17, 0.9);
    add_series(r, "egress_gbps.mid", "Gb/s", 66, 0.1, 4, 5, 5.17, 1.6);
    add_series(r, "egress_gbps.origin", "Gb/s", 14, 0.2, 1, 5, 5.17, 1.6);
    add_series(r, "byte_hit_ratio.edge", "ratio", 0.03, 0.1, 0.915, 5, 5.17, 0.2);
    add_series(r, "byte_hit_ratio.mid", "ratio", 0.06, 0.2, 0.71, 5, 5.17, 0.2);
    add_series(r, "concurrent_viewers.eu-west", "viewers", 120'000, 0.004, 6'000, 5, 5.17, 0.93);
    add_series(r, "concurrent_viewers.eu-south", "viewers", 60'000, 0.006, 3'000, 0, 0, 1);
    add_series(r, "concurrent_viewers.eu-north", "viewers", 30'000, 0.008, 1'000, 0, 0, 1);
    for (size_t i = 0; i < 5; ++i) r.series[3].values[i].reset();
    r.markers = {{"warmup", "warm-up", 0, 1800},
                 {"prefill", "the-hit is prefilled", 3600, 2 * 3600},
                 {"release", "the-hit", 4 * 3600, 4 * 3600},
                 {"fault", "edge[3] down", 5 * 3600, 5 * 3600 + 600}};
    r.thresholds = {
        {"startup_ms p95 <= 2000", "startup_ms", "p95", {}, 2000, 0, 1724, 0, true, true},
        {"rebuffering_ratio mean <= 0.004 in every 5 min",
         "rebuffering_ratio",
         "mean",
         {},
         0.004,
         300,
         0.0061,
         5 * 3600 + 300,
         true,
         false},
        {"cdn.edge.byte_hit_ratio >= 0.92", "cdn.edge.byte_hit_ratio", "", 0.92, {}, 0, 0.942, 0, true, true},
        {"video_start_failures <= 0.005", "video_start_failures", "", {}, 0.005, 0, 0.0012, 0, true, true}};
    r.cost.prices = "own edge, 2026-11";
    r.cost.lines = {
        {"transit", "edge", 13'240.2, "Mb/s month", 0.08, 1059.22,
         "Estimate: 100G ports at large hubs (2024, unchecked)"},
        {"servers", "edge", 384, "server hours", 0.6, 230.4, "Estimate: appliance over 5 years (2024, unchecked)"},
        {"transit", "mid", 783.1, "Mb/s month", 0.08, 62.65, "Estimate: as the edge (2024, unchecked)"},
        {"servers", "mid", 72, "server hours", 0.75, 54, "Estimate: storage appliance over 5 years (2024, unchecked)"},
        {"egress", "origin", 30'600, "GB", 0.02, 612, "Large cloud egress contract (2024, unchecked)"},
        {"servers", "origin", 32, "server hours", 0.77, 24.64, "AWS EC2 m6i.4xlarge (2024)"}};
    r.cost.total_usd = 2042.91;
    r.cost.usd_per_viewer_hour = 2042.91 / 912'340.5;
    r.build = {"0.1.0", "3f9c1d2", "g++ 12.2.0", "Release"};
    r.wall = {72.4, 812'000'000, 1'356'811.3, 2};
    return r;
}

}  // namespace matinee::reports
