// Worlds small enough to compute by hand, built as a scenario's reader would leave them.
#pragma once

#include <cmath>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include "reports/result.hpp"
#include "reports/result_json.hpp"
#include "simulator/scenario/scenario.hpp"
#include "simulator/world/run.hpp"

namespace matinee::world {

inline scenario::Access constant_link(Kbps kbps, TimeNs rtt, const std::string& name = "constant") {
    scenario::Access access;
    access.name = name;
    access.traces = std::make_shared<const std::vector<network::RecordedTrace>>(
        std::vector<network::RecordedTrace>{{name, {{60'000, double(kbps), 0}}}});
    access.rtt = rtt;
    access.loss = 0;
    return access;
}

/// Viewers who watch a whole title and never lose patience, pause, seek or go on to another.
inline population::Behaviour steadfast() {
    population::Behaviour behaviour;
    behaviour.play_mix = false;
    behaviour.watch = {population::DurationLaw::Kind::Fixed, 1e6, 0};
    behaviour.next_episode = 0;
    behaviour.pauses_per_hour = behaviour.seeks_per_hour = 0;
    behaviour.patience.during_startup = behaviour.patience.during_stall = false;
    return behaviour;
}

inline scenario::NodeGroup group(const std::string& id, scenario::Role role, std::optional<uint32_t> parent) {
    scenario::NodeGroup node;
    node.id = id;
    node.role = role;
    node.parent = parent;
    node.nic_kbps = 100'000'000;
    node.disk = Bytes(1) << 40;
    return node;
}

/// One edge site with a large cache, an origin 20 ms away; 20 films of 200 s at one rung of 1000 kbit/s in segments of 4 s
/// without variation (500,000 bytes); viewers on a constant 10 Mbit/s and 20 ms; about 100 of them; 10 minutes.
inline scenario::Scenario small_world() {
    scenario::Scenario s;
    s.name = "small world";
    s.prices_file = MATINEE_SOURCE_DIR "/scenarios/prices/default.json";
    s.time.duration = 10 * kMinute;
    s.catalog.titles = 20;
    s.catalog.series_share = 0;
    s.catalog.film_duration = {population::DurationLaw::Kind::Fixed, 200, 0};
    s.catalog.episode_duration = {population::DurationLaw::Kind::Fixed, 200, 0};
    s.catalog.ladder = {1000};
    s.catalog.vbr_cv = 0;
    s.regions = {{"home", 0}};
    s.devices = {{"tv", 0, 0}};
    scenario::Population population;
    population.name = "all";
    population.share = 1;
    population.isp = "isp";
    population.devices = {{0, 1.0}};
    population.access = {constant_link(10'000, 20 * kMillisecond)};
    population.player.rule = abr::Rule::Constant;
    population.behaviour = steadfast();
    s.populations = {population};
    s.arrivals.viewers = 100;
    s.cdn.nodes = {group("edge", scenario::Role::Edge, 1), group("origin", scenario::Role::Origin, std::nullopt)};
    s.cdn.links = {{0, 1, 0, 20 * kMillisecond}};
    return s;
}

/// Nobody arrives from `at` on.
inline void stop_arrivals(scenario::Scenario& s, TimeNs at) { s.arrivals.bursts.push_back({at, 0, 0, 0}); }

inline reports::Result simulate(const scenario::Scenario& s, uint32_t threads = 1) {
    RunOptions options;
    options.threads = threads;
    options.events_worth_sharing = 0;  // small as its windows are, every thread is to have a part in them
    return run(s, options);
}

/// Everything that must not differ between two runs of one scenario and seed.
inline std::string essence(reports::Result result) {
    result.build = {};
    result.wall = {};
    return reports::result_json(result);
}

inline const reports::CdnGroup& cdn(const reports::Result& result, const std::string& id) {
    for (const reports::CdnGroup& g : result.cdn)
        if (g.id == id) return g;
    throw std::logic_error("no group " + id);
}

/// A time series with 0 where nothing was measured.
inline std::vector<double> series(const reports::Result& result, const std::string& name) {
    for (const reports::Series& s : result.series) {
        if (s.name != name) continue;
        std::vector<double> values;
        for (const auto& value : s.values) values.push_back(value.value_or(0));
        return values;
    }
    throw std::logic_error("no series " + name);
}

inline double sum(const std::vector<double>& values, size_t from = 0, size_t to = SIZE_MAX) {
    to = std::min(to, values.size());
    return std::accumulate(values.begin() + std::ptrdiff_t(from), values.begin() + std::ptrdiff_t(to), 0.0);
}

inline double mean(const std::vector<double>& values, size_t from = 0, size_t to = SIZE_MAX) {
    return sum(values, from, to) / double(std::min(to, values.size()) - from);
}

/// Bytes that a group's series say it sent; for steps of one length.
inline double series_egress_bytes(const reports::Result& result, const std::string& id) {
    return sum(series(result, "egress_gbps." + id)) * result.sample_s / 8e-9;
}

}  // namespace matinee::world
