// Where things stand: the sites of every node group, who fetches from whom, how far apart they are, and the window that
// the shortest of these paths allows. One site is one logical process; the control plane is one more.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "simulator/scenario/scenario.hpp"
#include "system/cdn/steering.hpp"

namespace matinee::world {

struct SitePlace {
    uint32_t group = 0;
    uint32_t number = 0;  ///< within its group
    uint32_t region = 0;
    std::string isp;   ///< empty: serves every ISP of its region
    std::string name;  ///< `edge[3]`
};

struct Topology {
    std::vector<SitePlace> sites;             ///< in order of group and number; index = process number
    std::vector<uint32_t> first_site;         ///< of each group, and one past the last
    std::vector<cdn::SiteDirectory> edges;    ///< per site: the other edge sites (empty for other roles)
    std::vector<cdn::SiteDirectory> parents;  ///< per site: where it fetches, nearest first, then the tier above that
    std::vector<cdn::SiteDirectory> roots;    ///< per site: sites that hold everything, for prefill
    TimeNs control_one_way_ns = 0;            ///< any site to the control plane
    TimeNs window_ns = 0;
    std::string window_set_by;
    /// Per population: its home sites, and whether they are in another region for want of one in its own.
    struct Home {
        std::vector<uint32_t> sites;
        bool far = false;
    };
    std::vector<Home> homes;

    uint32_t site_count() const { return uint32_t(sites.size()); }
    uint32_t control_process() const { return site_count(); }
    uint32_t sites_in(uint32_t group) const { return first_site[group + 1] - first_site[group]; }
};

const char* role_name(scenario::Role role);
/// What one site of a group can send: all its servers, or its uplink if that is less.
uint64_t site_egress_kbps(const scenario::NodeGroup& group);

/// Throws InputError where places are too close together for a window, or a population can reach no edge.
Topology lay_out(const scenario::Scenario& scenario);

}  // namespace matinee::world
