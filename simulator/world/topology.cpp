#include "simulator/world/topology.hpp"

#include <algorithm>
#include <set>

#include "system/base/errors.hpp"

namespace matinee::world {

namespace {

using scenario::NodeGroup;
using scenario::Role;
using scenario::Scenario;

constexpr TimeNs kWindowLeast = 100 * kMicrosecond;
// Wider windows save barriers, but delay nothing: 50 ms is past the point where it pays.
constexpr TimeNs kWindowMost = 50 * kMillisecond;
constexpr uint32_t kMostSites = 65'535;  // a viewer names the one that serves it in 16 bits

void add_site(Topology& topology, const Scenario& scenario, uint32_t group, uint32_t region, std::string isp) {
    const uint32_t number = uint32_t(topology.sites.size()) - topology.first_site[group];
    std::string name = scenario.cdn.nodes[group].id + "[" + std::to_string(number) + "]";
    topology.sites.push_back({group, number, region, std::move(isp), std::move(name)});
}

void place_group(Topology& topology, const Scenario& scenario, uint32_t g) {
    const NodeGroup& group = scenario.cdn.nodes[g];
    topology.first_site.push_back(topology.site_count());
    const auto regions = uint32_t(scenario.regions.size());
    if (group.per == NodeGroup::Per::World) {
        for (uint32_t i = 0; i < group.count; ++i) add_site(topology, scenario, g, group.region.value_or(i % regions), "");
    } else if (group.per == NodeGroup::Per::Region) {
        for (uint32_t region = 0; region < regions; ++region)
            for (uint32_t i = 0; i < group.count; ++i) add_site(topology, scenario, g, region, "");
    } else {
        std::set<std::pair<uint32_t, std::string>> isps;
        for (const scenario::Population& population : scenario.populations)
            isps.insert({population.region, population.isp});
        for (const auto& [region, isp] : isps)
            for (uint32_t i = 0; i < group.count; ++i) add_site(topology, scenario, g, region, isp);
    }
}

/// Lookahead and its author: the shortest path that a message takes.
class Shortest {
public:
    void consider(TimeNs one_way, const std::string& path, const std::string& name, TimeNs rtt) {
        if (one_way < kWindowLeast)
            throw InputError({"scenario", path, std::to_string(to_ms(rtt)) + " ms", "a round trip of at least 0.2 ms",
                              "places closer together are one place: make them servers of one site"});
        if (one_way >= least_) return;
        least_ = one_way;
        text_ = path + " (" + name + ")";
    }
    TimeNs least() const { return least_; }
    const std::string& text() const { return text_; }

private:
    TimeNs least_ = kNever;
    std::string text_;
};

std::string ms_text(TimeNs t) {
    std::string text = std::to_string(t / kMillisecond);
    const TimeNs rest = t % kMillisecond / (10 * kMicrosecond);
    if (rest != 0) text += "." + std::string(rest < 10 ? "0" : "") + std::to_string(rest);
    return text + " ms";
}

/// Appends `group`'s sites as up to two tiers: those of the region, then the others, farther by the way between regions.
void add_tiers(std::vector<cdn::SiteDirectory::Tier>& tiers, const Topology& topology, const Scenario& scenario,
               uint32_t site, uint32_t group, TimeNs one_way) {
    cdn::SiteDirectory::Tier near{{}, one_way};
    cdn::SiteDirectory::Tier far{{}, one_way};
    for (uint32_t s = topology.first_site[group]; s < topology.first_site[group + 1]; ++s) {
        const bool same_region = topology.sites[s].region == topology.sites[site].region;
        (same_region ? near : far).sites.push_back(s);
    }
    if (!near.sites.empty()) far.one_way_ns += scenario.cdn.steering.rtt_other_region / 2;
    if (!near.sites.empty()) tiers.push_back(std::move(near));
    if (!far.sites.empty()) tiers.push_back(std::move(far));
}

TimeNs link_one_way(const Scenario& scenario, uint32_t from, uint32_t to, Shortest& shortest) {
    for (size_t i = 0; i < scenario.cdn.links.size(); ++i) {
        const scenario::Link& link = scenario.cdn.links[i];
        if (link.from != from || link.to != to) continue;
        const std::string name =
            scenario.cdn.nodes[from].id + " to " + scenario.cdn.nodes[to].id + ", rtt " + ms_text(link.rtt);
        shortest.consider(link.rtt / 2, "cdn.links[" + std::to_string(i) + "].rtt", name, link.rtt);
        return link.rtt / 2;
    }
    // A pair without a link of its own: the way within a region.
    const TimeNs rtt = scenario.cdn.steering.rtt_same_region;
    shortest.consider(rtt / 2, "cdn.steering.rtt_same_region", ms_text(rtt), rtt);
    return rtt / 2;
}

cdn::SiteDirectory parents_of(const Topology& topology, const Scenario& scenario, uint32_t site, Shortest& shortest) {
    std::vector<cdn::SiteDirectory::Tier> tiers;
    TimeNs one_way = 0;
    for (uint32_t g = topology.sites[site].group; scenario.cdn.nodes[g].parent;) {
        const uint32_t parent = *scenario.cdn.nodes[g].parent;
        one_way += link_one_way(scenario, g, parent, shortest);
        add_tiers(tiers, topology, scenario, site, parent, one_way);
        g = parent;
    }
    return cdn::SiteDirectory(std::move(tiers));
}

cdn::SiteDirectory roots_of(const Topology& topology, const Scenario& scenario, const cdn::SiteDirectory& parents) {
    std::vector<cdn::SiteDirectory::Tier> tiers;
    for (const auto& tier : parents.tiers()) {
        const NodeGroup& group = scenario.cdn.nodes[topology.sites[tier.sites.front()].group];
        if (group.holds_everything || !group.parent) tiers.push_back(tier);
    }
    return cdn::SiteDirectory(std::move(tiers));
}

cdn::SiteDirectory other_edges(const Topology& topology, const Scenario& scenario, uint32_t site, Shortest& shortest) {
    const scenario::Steering& steering = scenario.cdn.steering;
    cdn::SiteDirectory::Tier near{{}, steering.rtt_same_region / 2};
    cdn::SiteDirectory::Tier far{{}, steering.rtt_other_region / 2};
    for (uint32_t s = 0; s < topology.site_count(); ++s) {
        if (s == site || scenario.cdn.nodes[topology.sites[s].group].role != Role::Edge) continue;
        const bool same_region = topology.sites[s].region == topology.sites[site].region;
        (same_region ? near : far).sites.push_back(s);
    }
    std::vector<cdn::SiteDirectory::Tier> tiers;
    if (!near.sites.empty()) tiers.push_back(std::move(near));
    if (!far.sites.empty()) tiers.push_back(std::move(far));
    if (tiers.size() == 2 || (tiers.size() == 1 && tiers[0].one_way_ns == steering.rtt_other_region / 2))
        shortest.consider(steering.rtt_other_region / 2, "cdn.steering.rtt_other_region", ms_text(steering.rtt_other_region),
                          steering.rtt_other_region);
    return cdn::SiteDirectory(std::move(tiers));
}

Topology::Home home_of(const Topology& topology, const Scenario& scenario, const scenario::Population& population) {
    Topology::Home own_isp, any_isp, region, anywhere;
    for (uint32_t s = 0; s < topology.site_count(); ++s) {
        const SitePlace& site = topology.sites[s];
        if (scenario.cdn.nodes[site.group].role != Role::Edge) continue;
        anywhere.sites.push_back(s);
        if (site.region != population.region) continue;
        region.sites.push_back(s);
        if (site.isp == population.isp && !site.isp.empty()) own_isp.sites.push_back(s);
        if (site.isp.empty()) any_isp.sites.push_back(s);
    }
    for (Topology::Home* home : {&own_isp, &any_isp, &region})
        if (!home->sites.empty()) return *home;
    anywhere.far = true;
    return anywhere;
}

}  // namespace

const char* role_name(Role role) {
    switch (role) {
        case Role::Edge: return "edge";
        case Role::Regional: return "regional";
        case Role::Shield: return "shield";
        case Role::Origin: return "origin";
    }
    return "";
}

uint64_t site_egress_kbps(const NodeGroup& group) {
    const uint64_t servers_kbps = group.nic_kbps * group.servers;
    return group.uplink_kbps > 0 ? std::min(servers_kbps, group.uplink_kbps) : servers_kbps;
}

Topology lay_out(const Scenario& scenario) {
    Topology topology;
    for (uint32_t g = 0; g < scenario.cdn.nodes.size(); ++g) place_group(topology, scenario, g);
    topology.first_site.push_back(topology.site_count());
    if (topology.site_count() > kMostSites)
        throw InputError({scenario.file, "cdn.nodes", std::to_string(topology.site_count()) + " sites",
                          "at most 65535 sites in all", "fewer sites of more servers"});

    Shortest shortest;
    const scenario::Steering& steering = scenario.cdn.steering;
    // Telemetry and steering answers travel as far as a message between two sites of a region.
    topology.control_one_way_ns = steering.rtt_same_region / 2;
    shortest.consider(topology.control_one_way_ns, "cdn.steering.rtt_same_region", ms_text(steering.rtt_same_region),
                      steering.rtt_same_region);
    for (uint32_t s = 0; s < topology.site_count(); ++s) {
        const bool edge = scenario.cdn.nodes[topology.sites[s].group].role == Role::Edge;
        topology.edges.push_back(edge ? other_edges(topology, scenario, s, shortest) : cdn::SiteDirectory({}));
        topology.parents.push_back(parents_of(topology, scenario, s, shortest));
        topology.roots.push_back(roots_of(topology, scenario, topology.parents.back()));
    }
    topology.window_ns = std::min(shortest.least(), kWindowMost);
    topology.window_set_by = shortest.least() <= kWindowMost ? shortest.text() : "the engine's limit of 50 ms";
    for (size_t p = 0; p < scenario.populations.size(); ++p) {
        topology.homes.push_back(home_of(topology, scenario, scenario.populations[p]));
        if (topology.homes.back().sites.empty())
            throw InputError({scenario.file, "cdn.nodes", "no group with role edge", "at least one edge site", ""});
    }
    return topology;
}

}  // namespace matinee::world
