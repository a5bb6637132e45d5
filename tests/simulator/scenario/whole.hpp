// A scenario that uses every key of the format with a value other than the default.
#pragma once

namespace matinee::scenario {

inline constexpr const char* kWhole = R"JSON({
  // comments are allowed
  "$schema": "schema/scenario-1.json", "version": 1, "name": "whole", "description": "every key", "seed": 99,
  "vars": {"unused": [1, {"x": null}]},
  "time": {"start": "2026-01-02T03:04:05+01:00", "duration": "8h", "warmup": "1h", "sample": "30s"},
  "catalog": {
    "titles": 500, "series_share": "40 %", "film_duration": {"uniform": ["80m", "2h"]}, "episode_duration": "42m",
    "seasons_max": 3, "episodes_per_season": 10,
    "popularity": {"alpha": 0.9, "shift": 12, "cutoff": 160, "regional_mix": "30 %", "churn_per_day": 0.02},
    "ladder": ["235 kbps", "1.75 Mbps", "16 Mbps"], "segment": "2s", "vbr": {"cv": 0.2, "peak": 1.8}
  },
  "releases": [{"title": "the hit", "at": "T+4h", "share": "30 %", "decay": "2d", "duration": "1h52m", "prefill": "T-2h"}],
  "regions": [{"id": "eu-west", "utc_offset": "+1h"}, {"id": "us-east", "utc_offset": "-5h"}],
  "devices": [{"id": "tv", "buffer_target": "2m"}, {"id": "phone", "max_bitrate": "2 Mbps"}],
  "populations": [
    {
      "name": "homes", "share": 3, "region": {"us-east": 0.25, "eu-west": 0.75}, "isp": ["isp-b", "isp-a"],
      "devices": {"phone": 1, "tv": 3},
      "access": [{"generator": "fibre", "share": 2, "scale": 0.5, "rtt": "9 ms", "loss": "0.1 %", "name": "slow fibre"}, "dsl"],
      "abr": "constant",
      "player": {"start_buffer": "4s", "resume_buffer": "6s", "buffer_target": "20s", "abandon_slow_segments": false,
                 "request_timeout": "3s", "attempts": 7, "constant_rung": 2},
      "session": {"length": {"lognormal": ["38m", 0.8]}, "next_episode": 0.5, "pauses_per_hour": 2, "seeks_per_hour": 0},
      "patience": {"startup": "3s", "startup_leave_per_s": "10 %", "stall": "8s", "stall_more": "1m"}
    },
    {
      "name": "patient", "share": 1, "region": "eu-west", "isp": "isp-c", "devices": "phone", "access": {"4g": 1, "3g": 3},
      "abr": "ratio-1.5", "patience": {"startup": "endless", "stall": "endless"}
    }
  ],
  "arrivals": {
    "viewers": 250000, "steady": true, "curve": {"type": "diurnal", "trough_ratio": 0.1, "peak_at": "21:15"},
    "bursts": [{"at": "T+4h", "multiplier": 4, "rise": "90s", "decay": "20m"}]
  },
  "cdn": {
    "nodes": [
      {
        "id": "edge", "role": "edge", "per": "isp", "count": 4, "servers": 3, "nic": "100 Gbps", "uplink": "250 Gbps",
        "ram": "64 GB", "disk": "16 TB", "disk_read": "40 Gbps", "ram_latency": "100 us", "disk_latency": "6 ms",
        "max_connections": 50000, "load_bound": 1.5, "parent": "mid",
        "cache": {"evict": "s3-fifo", "admit": "second-hit", "admit_window": "30m", "ttl": "2d", "coalesce": false},
        "prefill": {"share": "70 %", "at_start": false, "window": "02:30-14:00", "rate": "2 Gbps"}
      },
      {"id": "pop", "role": "edge", "region": "us-east", "nic": "10 Gbps", "disk": "1 TB", "parent": "mid",
       "cache": {"evict": "gdsf", "admit": "size", "admit_max_size": "4 MB"}, "prefill": true},
      {"id": "mid", "role": "regional", "per": "region", "nic": "200 Gbps", "disk": "200 TB", "parent": "shield",
       "cache": {"evict": "lru", "admit": "probability", "admit_probability": 0.5}},
      {"id": "shield", "role": "shield", "nic": "200 Gbps", "holds_everything": true, "parent": "origin"},
      {"id": "origin", "role": "origin", "count": 2, "nic": "400 Gbps"}
    ],
    "links": [{"from": "mid", "to": "shield", "rtt": "30 ms"}, {"from": "edge", "to": "mid", "bandwidth": "400 Gbps", "rtt": "12 ms"}],
    "steering": {"policy": "home", "ttl": "1m", "telemetry": "2s", "room": "80 %", "rtt_same_region": "8 ms", "rtt_other_region": "90 ms"},
    "settle_tick": "50 ms", "fill_flow": "1 Gbps"
  },
  "transport": {"setup_rtts": 1, "initial_window": "14720 B", "idle_restart": "300 ms", "keep_alive": "2m", "congestion": "cubic"},
  "faults": [
    {"name": "dark", "at": "T+5h", "for": "10m", "target": "region:eu-west", "kind": "down"},
    {"at": "T+1h", "target": "edge", "kind": "slow", "rate_factor": "50 %", "added_latency": "20 ms"},
    {"at": "T+1h", "target": "edge[3]", "kind": "down", "for": "rest"},
    {"at": "T", "target": "edge[0..3].server[1]", "kind": "lossy", "loss": 0.02},
    {"at": "T+1h", "for": "1h30m", "target": "link:edge[2..5]", "kind": "down"}
  ],
  "services": {
    "instances": 3, "regions": [{"region": "us-east", "instances": 5}],
    "instance": {"cores": 4, "concurrency": 50, "queue": 60},
    "autoscaling": {"min": 2, "max": 20, "target": "70 %", "interval": "30s", "start_up": "45s", "cool_down": "4m"},
    "service_times": {"register": "200 us", "heartbeat": "30 us"}, "service_time_cv": 0.8,
    "passwords": {"hash": "25 ms", "threads": 3, "patience": "2s"},
    "stores": {"sql": {"round_trip": "1 ms", "read": "200 us", "write": "2 ms", "connections": 40},
               "kv": {"read": "10 us"}, "log": {"write": "3 ms"}},
    "clients": {"new": "10 %", "log_in": 0.2, "search": "50 %", "think": "8s", "heartbeat": "20s", "timeout": "5s",
                "attempts": 4, "backoff": "1s", "jitter": false},
    "promotions": [{"at": "T+1h", "for": "30m", "new": "60 %"}],
    "provider": {"latency": "400 ms", "slow_latency": "3s", "timeout": "6s", "slow": "1 %", "failed": "2 %",
                 "lost": "1 %", "declined": "3 %", "late": "4 %",
                 "brown_outs": [{"at": "T+1h", "for": "10m", "failed": "30 %"}, {"at": "T+2h", "lost": "20 %"}]},
    "wire": true
  },
  "thresholds": [
    {"metric": "startup_ms", "stat": "p95", "max": 2000},
    {"metric": "rebuffering_ratio", "stat": "mean", "max": 0.004, "window": "5m"},
    {"metric": "cdn.edge.byte_hit_ratio", "min": 0.5, "max": 0.99}
  ],
  "prices": "default",
  "outputs": {"series": false, "breakdowns": ["site", "isp"], "csv": true}
})JSON";

}  // namespace matinee::scenario
