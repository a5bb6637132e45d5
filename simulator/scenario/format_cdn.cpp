// cdn: node groups with their caches, the links between tiers, steering.
#include <algorithm>

#include "simulator/scenario/format.hpp"
#include "simulator/scenario/names.hpp"
#include "simulator/scenario/sites.hpp"

namespace matinee::scenario {
namespace {

constexpr uint64_t kMaxRateKbps = 1'000'000'000'000;   // 1 Pbps
constexpr Bytes kMaxSize = 1'000'000'000'000'000'000;  // 1 EB
constexpr TimeNs kShortestRtt = 200 * kMicrosecond;    // nearer places are one site; the world needs some lookahead
constexpr TimeNs kDefaultLinkRtt = 20 * kMillisecond;

NodeGroup initial_group() {
    NodeGroup group;
    group.cache.admit_window = kHour;
    group.cache.admit_objects = cdn::kDefaultFilterObjects;
    return group;
}

const std::vector<std::pair<std::string, Role>>& roles() {
    static const std::vector<std::pair<std::string, Role>> names{
        {"edge", Role::Edge}, {"regional", Role::Regional}, {"shield", Role::Shield}, {"origin", Role::Origin}};
    return names;
}

/// Belady is known by name, so that its refusal can say why.
Codec<cdn::Eviction> eviction() {
    Codec<cdn::Eviction> codec = choice(eviction_choices(), "an eviction policy");
    codec.read = [read = codec.read](const Value& value, const Place& place) {
        if (value.is(Value::Kind::Text) && value.text == oracle_eviction())
            refuse(value, place.path, "a policy that does not know the future, which Belady's has to",
                   "matinee lab cache --policy belady, on a recorded trace");
        return read(value, place);
    };
    return codec;
}

Table<NodeGroup> cache_table() {
    using cdn::Admission;
    using cdn::CacheSpec;
    const auto of = [](auto member) { return [member](auto& group) -> auto& { return group.cache.*member; }; };
    const auto unless_admits = [](Admission kind) {
        return [kind](const NodeGroup& group) { return group.cache.admit != kind; };
    };
    Table<NodeGroup> table(initial_group(), "an object: evict, admit, ttl, coalesce, ...");
    table.field("evict", of(&CacheSpec::evict), eviction(), "what leaves a full cache")
        .field("admit", of(&CacheSpec::admit), choice(admission_choices(), "an admission policy"), "what enters it")
        .field("admit_probability", of(&CacheSpec::admit_probability), share(), "of admit \"probability\"")
        .unless(unless_admits(Admission::Probability))
        .field("admit_max_size", of(&CacheSpec::admit_max_bytes), size(1, kMaxSize),
               "of admit \"size\": larger objects do not enter")
        .unless(unless_admits(Admission::Size))
        .field("admit_window", of(&CacheSpec::admit_window), duration(kSecond, 30 * kDay),
               "of admit \"second-hit\": how long a first request is remembered")
        .unless(unless_admits(Admission::SecondHit))
        .field("admit_objects", of(&CacheSpec::admit_objects), whole<uint64_t>(1, cdn::kMostFilterObjects),
               "of admit \"bloom\": how many objects its filter is made for")
        .unless(unless_admits(Admission::Bloom))
        .field("ttl", of(&CacheSpec::ttl), duration(kSecond, 4000 * kDay, "never"),
               "after so long an object is fetched again; \"never\" suits segments, which do not change")
        .field("coalesce", &NodeGroup::coalesce, flag(), "requests for an object that is on its way wait for it")
        .check([](NodeGroup& group, const Value& value, const Place& place) {
            const std::pair<const char*, Admission> owned[] = {{"admit_probability", Admission::Probability},
                                                               {"admit_max_size", Admission::Size},
                                                               {"admit_window", Admission::SecondHit},
                                                               {"admit_objects", Admission::Bloom}};
            for (const auto& [key, kind] : owned) {
                const Value* there = given(value, key);
                if (there == nullptr || group.cache.admit == kind) continue;
                for (const auto& [name, owner] : admission_choices())
                    if (owner == kind)
                        refuse(*there, place.member(key).path, "nothing: it belongs to admit \"" + name + "\"");
            }
            if (group.cache.admit == Admission::Size && group.cache.admit_max_bytes == 0)
                refuse_as(value.origin, place.member("admit_max_size").path, "nothing",
                          "the size that admit \"size\" needs");
            if (group.cache.admit == Admission::Probability && given(value, "admit_probability") == nullptr)
                refuse_as(value.origin, place.member("admit_probability").path, "nothing",
                          "the share of objects that admit \"probability\" lets in");
            if (group.cache.admit != Admission::SecondHit) group.cache.admit_window = 0;
            if (group.cache.admit != Admission::Bloom) group.cache.admit_objects = 0;
        });
    return table;
}

/// `true`, `false`, or an object; two local times make the window.
void add_prefill(Table<NodeGroup>& table) {
    const Codec<bool> on = flag();
    const std::string window = "a window of local time such as \"02:00-14:00\"";
    Table<NodeGroup> inner(initial_group(), "true, false, or an object: enabled, share, at_start, window, rate");
    inner.field("enabled", &NodeGroup::prefill, flag(), "false: the rest means nothing")
        .field("share", &NodeGroup::prefill_share, share({0, 1, true}), "of the cache that it may take")
        .field("at_start", &NodeGroup::prefilled_at_start, flag(),
               "true: done when the run begins; false: within the window, over the links")
        .custom(
            {"window", "local time between which transfers may start",
             scalar(window, object_of({{"type", Value::string("string")},
                                       {"pattern", Value::string("^[0-9]{2}:[0-9]{2} *- *[0-9]{2}:[0-9]{2}$")}})),
             false, Value::string("02:00-14:00")},
            [window](NodeGroup& group, const Value& value, const Place& place) {
                std::string text = read_text(value, place.path, window);
                text.erase(std::remove(text.begin(), text.end(), ' '), text.end());
                const auto from = text.size() == 11 && text[5] == '-' ? parse_clock(text.substr(0, 5)) : std::nullopt;
                const auto to = from ? parse_clock(text.substr(6)) : std::nullopt;
                if (!to || *from == *to) refuse(value, place.path, window);
                group.fill_from_h = *from;
                group.fill_to_h = *to;
            },
            [](const NodeGroup& group, const Context&) {
                return Value::string(clock_text(group.fill_from_h) + "-" + clock_text(group.fill_to_h));
            })
        .field("rate", &NodeGroup::fill_kbps, bitrate<uint64_t>(1, kMaxRateKbps, "unlimited"), "of one transfer");
    const ShapePtr shape = union_of(inner.shape()->expected, {on.shape, inner.shape()});
    table.custom(
        {"prefill", "fetches the most popular titles per byte ahead of demand", shape, false, Value::boolean(false)},
        [=](NodeGroup& group, const Value& value, const Place& place) {
            if (value.is(Value::Kind::Bool)) {
                group.prefill = value.truth;
            } else if (value.is(Value::Kind::Object)) {
                group.prefill = true;
                inner.read_into(group, value, place);
            } else {
                refuse(value, place.path, shape->expected);
            }
        },
        [=](const NodeGroup& group, const Context& context) {
            return group.prefill ? inner.write(group, context) : Value::boolean(false);
        });
}

void check_group(NodeGroup& group, const Value& value, const Place& place) {
    if (group.region && group.per != NodeGroup::Per::World)
        refuse(*given(value, "region"), place.member("region").path,
               "nothing: per \"region\" and \"isp\" say where the sites stand");
    const bool origin = group.role == Role::Origin;
    if (origin) {
        const Value* said = given(value, "holds_everything");
        if (said != nullptr && !group.holds_everything)
            refuse(*said, place.member("holds_everything").path, "true: an origin holds everything");
        group.holds_everything = true;
        if (group.parent)
            refuse(*given(value, "parent"), place.member("parent").path, "nothing: an origin has no parent");
    } else if (!group.parent) {
        refuse_as(value.origin, place.member("parent").path, "nothing",
                  "the group that it fetches from: one of cdn.nodes[].id",
                  "only a group with role \"origin\" has none");
    }
    if (group.holds_everything) {
        for (const char* key : {"cache", "prefill"})
            if (const Value* there = given(value, key); there && !(there->is(Value::Kind::Bool) && !there->truth))
                refuse(*there, place.member(key).path, "nothing: a group that holds everything needs none",
                       origin ? "only the tiers before an origin are caches" : "remove it or \"holds_everything\"");
        return;
    }
    if (group.disk == 0)
        refuse_as(value.origin, place.member("disk").path, given(value, "disk") ? "\"none\"" : "nothing",
                  "the cache's capacity, such as \"16 TB\"", "or \"holds_everything\": true");
    if (place.context.scenario == nullptr) return;
    const population::Catalog& catalog = place.context.scenario->catalog;
    const auto segment_bytes = Bytes(double(catalog.ladder.back()) / 8 * to_ms(catalog.segment));
    if (group.disk < segment_bytes)
        refuse(*given(value, "disk"), place.member("disk").path,
               "room for at least one segment (" + size_text(segment_bytes) + ")");
}

Table<NodeGroup> group_table() {
    using Per = NodeGroup::Per;
    const std::vector<std::pair<std::string, Per>> pers{
        {"world", Per::World}, {"region", Per::Region}, {"isp", Per::Isp}};
    const auto holds = [](const NodeGroup& group) { return group.holds_everything; };
    Table<NodeGroup> table(initial_group(), "an object: id, role, per, count, nic, disk, parent, cache, ...");
    table
        .field("id", &NodeGroup::id, identifier("an id"), "its name in metrics, links, faults and reports",
               Presence::Required)
        .field("role", &NodeGroup::role, choice(roles(), "a role"), "edges serve viewers; origins hold everything",
               Presence::Required)
        .field("per", &NodeGroup::per,
               choice(pers, "\"count\" sites in all, in each region, or in each ISP of each region"),
               "what \"count\" counts")
        .field("region", &NodeGroup::region, maybe(reference(&Context::regions, "a region")),
               "with per \"world\": where all of them stand; left out: dealt to the regions in turn")
        .field("count", &NodeGroup::count, whole(1, 1u << 24), "sites")
        .field("servers", &NodeGroup::servers, whole(1, 65'536),
               "in each site; consistent hashing spreads titles over them")
        .field("nic", &NodeGroup::nic_kbps, bitrate<uint64_t>(1, kMaxRateKbps), "egress of one server",
               Presence::Required)
        .field("uplink", &NodeGroup::uplink_kbps, bitrate<uint64_t>(1, kMaxRateKbps, "unlimited"),
               "egress of the whole site; \"unlimited\": the sum of its servers")
        .field("ram", &NodeGroup::ram, size(1, kMaxSize, "none"),
               "of one server; \"none\": everything is read from disk")
        .field("disk", &NodeGroup::disk, size(1, kMaxSize, "none"), "of one server: the cache's capacity")
        .field("disk_read", &NodeGroup::disk_kbps, bitrate<uint64_t>(1, kMaxRateKbps, "unlimited"),
               "of one server's disks")
        .field("ram_latency", &NodeGroup::ram_latency, duration(0, 10 * kSecond), "first byte of an object in memory")
        .field("disk_latency", &NodeGroup::disk_latency, duration(0, 10 * kSecond), "first byte of an object on disk")
        .field("max_connections", &NodeGroup::max_connections, whole(1, 4'000'000'000, "unlimited"), "of one server")
        .field("load_bound", &NodeGroup::load_bound, number({1, 1000, true}),
               "no server above this multiple of the mean load: bounded consistent hashing")
        .field("parent", &NodeGroup::parent, maybe(reference(&Context::nodes, "a node group")),
               "where misses go; origins have none")
        .field("holds_everything", &NodeGroup::holds_everything, flag(), "a full copy of the catalogue: no misses")
        .section("cache", cache_table(), "how it decides what to keep")
        .unless(holds);
    add_prefill(table);
    table.unless(holds).check(check_group);
    return table;
}

Table<Link> link_table() {
    Link initial;
    initial.rtt = kDefaultLinkRtt;
    Table<Link> table(initial, "an object: from, to, bandwidth, rtt");
    table.field("from", &Link::from, reference(&Context::nodes, "a node group"), "the child group", Presence::Required)
        .field("to", &Link::to, reference(&Context::nodes, "a node group"), "its parent", Presence::Required)
        .field("bandwidth", &Link::bandwidth_kbps, bitrate<uint64_t>(1, kMaxRateKbps, "unlimited"),
               "of each child site's path")
        .field("rtt", &Link::rtt, duration(kShortestRtt, 10 * kSecond),
               "round trip; the shortest one bounds the simulation's window");
    return table;
}

Table<Steering> steering_table() {
    using Policy = Steering::Policy;
    const std::vector<std::pair<std::string, Policy>> policies{
        {"home", Policy::Home}, {"nearest", Policy::Nearest}, {"nearest-with-room", Policy::NearestWithRoom}};
    Table<Steering> table(Steering{}, "an object: policy, ttl, telemetry, room, ...");
    table
        .field("policy", &Steering::policy, choice(policies, "a steering policy"),
               "home: always the ISP's own site; nearest: the nearest that is up; nearest-with-room: and not full")
        .field("ttl", &Steering::ttl, duration(kSecond, kDay), "a viewer asks again after this long")
        .field("telemetry", &Steering::telemetry, duration(100 * kMillisecond, kHour),
               "sites report this often; silent for two periods means down")
        .field("room", &Steering::room, share({0, 1, true}), "a site above this share of its egress has no room")
        .field("rtt_same_region", &Steering::rtt_same_region, duration(kShortestRtt, 10 * kSecond),
               "between two edge sites")
        .field("rtt_other_region", &Steering::rtt_other_region, duration(kShortestRtt, 10 * kSecond),
               "between two edge sites");
    return table;
}

/// `edge -> mid -> edge`, from a group that lies on the cycle; empty if its parents end at an origin.
std::string cycle_from(const std::vector<NodeGroup>& nodes, size_t start) {
    std::string chain = nodes[start].id;
    size_t at = start;
    for (size_t steps = 0; steps < nodes.size() && nodes[at].parent; ++steps) {
        at = *nodes[at].parent;
        chain += " -> " + nodes[at].id;
        if (at == start) return chain;
    }
    return {};
}

void check_topology(const Cdn& cdn, const Value& nodes, const Place& place) {
    const Place list = place.member("nodes");
    for (size_t i = 0; i < cdn.nodes.size(); ++i)
        for (size_t k = 0; k < i; ++k)
            if (cdn.nodes[i].id == cdn.nodes[k].id)
                refuse(*given(nodes.items[i], "id"), list.item(i).member("id").path,
                       "an id of its own: " + list.item(k).path + " has this one");
    for (size_t i = 0; i < cdn.nodes.size(); ++i) {
        const NodeGroup& group = cdn.nodes[i];
        if (!group.parent) continue;
        const Value& said = *given(nodes.items[i], "parent");
        const std::string path = list.item(i).member("parent").path;
        if (const std::string cycle = cycle_from(cdn.nodes, i); !cycle.empty())
            refuse_as(said.origin, path, "a cycle: " + cycle, "parents that lead to an origin");
        const NodeGroup& parent = cdn.nodes[*group.parent];
        if (parent.role < group.role || parent.role == Role::Edge)
            refuse_as(said.origin, path,
                      roles()[size_t(group.role)].first + " \"" + group.id + "\" below " +
                          roles()[size_t(parent.role)].first + " \"" + parent.id + "\"",
                      "a parent nearer to the origin: edge, regional, shield, origin");
    }
    // That there is an origin follows: parents end somewhere, and only origins have none.
    if (std::none_of(cdn.nodes.begin(), cdn.nodes.end(), [](const NodeGroup& g) { return g.role == Role::Edge; }))
        refuse_as(nodes.origin, list.path, "no group with role \"edge\"",
                  "at least one edge, which viewers are served from");
}

void check_links(Cdn& cdn, const Value* links, const Place& place) {
    const Place list = place.member("links");
    for (size_t i = 0; i < cdn.links.size(); ++i) {
        const Link& link = cdn.links[i];
        const std::string pair = cdn.nodes[link.from].id + " to " + cdn.nodes[link.to].id;
        if (cdn.nodes[link.from].parent != link.to) {
            const bool reversed = cdn.nodes[link.to].parent == link.from;
            refuse_as(links->items[i].origin, list.item(i).path, pair + ", which are not child and parent",
                      "a link from a group to its parent", reversed ? "exchange \"from\" and \"to\"" : "");
        }
        for (size_t k = 0; k < i; ++k)
            if (cdn.links[k].from == link.from)
                refuse_as(links->items[i].origin, list.item(i).path, pair + " a second time", "each link once");
    }
    for (uint32_t i = 0; i < cdn.nodes.size(); ++i) {
        if (!cdn.nodes[i].parent) continue;
        const bool said = std::any_of(cdn.links.begin(), cdn.links.end(), [&](const Link& l) { return l.from == i; });
        if (!said) cdn.links.push_back({i, *cdn.nodes[i].parent, 0, kDefaultLinkRtt});
    }
    std::sort(cdn.links.begin(), cdn.links.end(), [](const Link& a, const Link& b) { return a.from < b.from; });
}

void check_sites(const Cdn& cdn, const Value& nodes, const Place& place) {
    const Scenario* scenario = place.context.scenario;
    if (scenario == nullptr) return;
    uint64_t sites = 0, servers = 0;
    for (size_t i = 0; i < cdn.nodes.size(); ++i) {
        const uint64_t here = site_count(*scenario, cdn.nodes[i]);
        sites += here;
        servers += here * cdn.nodes[i].servers;
        if (sites > kMaxSites || servers > kMaxSites)
            refuse_as(nodes.items[i].origin, place.member("nodes").item(i).path,
                      std::to_string(sites) + " sites with " + std::to_string(servers) + " servers, with those before",
                      "at most " + std::to_string(kMaxSites) + " of either");
    }
}

}  // namespace

Table<Cdn> cdn_table() {
    Table<Cdn> table(Cdn{}, "an object: nodes, links, steering, ...");
    table
        .field("nodes", &Cdn::nodes, list_of(group_table().codec(), 1, 1000, "node groups"),
               "groups of like sites, tier by tier", Presence::Required)
        .field("links", &Cdn::links, list_of(link_table().codec(), 0, 1000, "links"),
               "paths between a group and its parent; one left out has a round trip of 20 ms and no limit")
        .field("steering", &Cdn::steering, steering_table().codec(), "which site a viewer is sent to")
        .field("settle_tick", &Cdn::settle_tick, duration(kMillisecond, 10 * kSecond),
               "rates of a saturated link are settled this often: part of the model")
        .field("fill_flow", &Cdn::fill_flow_kbps, bitrate<uint64_t>(1, kMaxRateKbps),
               "most that one fill between tiers can carry")
        .check([](Cdn& cdn, const Value& value, const Place& place) {
            const Value& nodes = *given(value, "nodes");
            check_topology(cdn, nodes, place);
            check_links(cdn, given(value, "links"), place);
            check_sites(cdn, nodes, place);
        });
    return table;
}

}  // namespace matinee::scenario
