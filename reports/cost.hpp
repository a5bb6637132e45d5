// What a run costs after its warm-up: egress by the gigabyte, transit by the megabit per second and month, servers by
// the hour.
//
// Price file: JSON with comments. `name`, `date`, and up to three sections, each keyed by the role of a node group:
//   egress   {"usd_per_gb"}                of bytes that leave the group (GB = 10^9 bytes), prefill and fills included
//   transit  {"usd_per_mbps_month", "rate"}  of the group's egress rate; "rate": "p95" bills the 95th percentile of its
//                                          5-minute means (burstable billing), "peak" the highest of them
//   servers  {"usd_per_hour"}              of every server of the group, busy or not
// and each entry with `source`, `date` and `checked` (false: an estimate nobody has looked up). A role must appear in
// at least one section: what is free says so with a price of 0. Which sections a role appears in is the price file's
// decision: a CDN bought by the gigabyte has no servers to pay, an own appliance has transit and servers.
//
// Simplification: transit and servers are charged for the simulated time after the warm-up only (a month is 730
// hours). A run that covers just the evening peak therefore shows less transit for each gigabyte than a bill, which
// spreads one peak over a month.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "reports/result.hpp"

namespace matinee::reports {

struct Price {
    double usd = 0;  ///< per GB, per Mb/s and month, or per hour
    std::string source;
    std::string date;
    bool checked = false;
    bool at_peak = false;  ///< transit only: bill the peak, not the 95th percentile
};

struct Prices {
    std::string name, date;
    std::map<std::string, Price> egress, transit, servers;  ///< by role: edge, regional, shield, origin
};

/// Throws InputError on anything that is missing, unknown, negative or unreadable.
Prices load_prices(const std::filesystem::path& path);
/// The same from text; `file` is the name that errors show.
Prices parse_prices(std::string_view text, const std::string& file);

/// One line for each group and section that applies; `per viewer-hour` is empty where nobody watched. A role without
/// any price (impossible in a loaded price file) gets a line that says so.
Cost price(const Prices& prices, const Result& result);

/// What `result.cost` leaves out, as a sentence without its end; empty where it leaves out nothing.
std::string cost_scope(const Result& result);

/// Highest and 95th percentile 5-minute mean of a group's egress after the warm-up, in Gb/s. The percentile drops the
/// highest twentieth of the means, so it equals the peak in runs with fewer than 20 of them.
struct EgressRate {
    double peak_gbps = 0;
    double p95_gbps = 0;
};
EgressRate egress_rate(const Result& result, const CdnGroup& group);

}  // namespace matinee::reports
