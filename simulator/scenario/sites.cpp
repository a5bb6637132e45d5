#include "simulator/scenario/sites.hpp"

#include <set>
#include <string>
#include <utility>

namespace matinee::scenario {

uint64_t site_count(const Scenario& scenario, const NodeGroup& group) {
    switch (group.per) {
        case NodeGroup::Per::World:
            return group.count;
        case NodeGroup::Per::Region:
            return uint64_t(group.count) * scenario.regions.size();
        case NodeGroup::Per::Isp:
            break;
    }
    std::set<std::pair<uint32_t, std::string>> pairs;
    for (const Population& population : scenario.populations) pairs.emplace(population.region, population.isp);
    return uint64_t(group.count) * pairs.size();
}

}  // namespace matinee::scenario
