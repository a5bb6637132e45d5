#include "tests/simulator/reference/random_scenario.hpp"

#include <algorithm>
#include <array>
#include <numeric>

#include "system/base/random.hpp"

namespace matinee::reference {

namespace {

using namespace scenario;

class Draw {
public:
    explicit Draw(uint64_t number) : number_(number), random_(0x5eed, Purpose::Test, number) {}

    Scenario world();

private:
    bool chance(double p) { return random_.chance(p); }
    double real(double from, double to) { return from + random_.uniform() * (to - from); }
    uint32_t whole(uint32_t from, uint32_t to) { return from + random_.below(to - from + 1); }
    TimeNs time(double from_s, double to_s) { return from_seconds(real(from_s, to_s)); }
    template <class T>
    T one_of(std::initializer_list<T> values) {
        return values.begin()[random_.below(uint32_t(values.size()))];
    }

    void draw_time();
    void draw_catalog();
    void draw_releases();
    void draw_places();
    void draw_populations();
    Population population(uint32_t number);
    Access access();
    std::shared_ptr<const std::vector<network::RecordedTrace>> traces();
    void draw_arrivals();
    void draw_groups();
    NodeGroup edge_group();
    NodeGroup upper_group(Role role);
    void draw_cache(NodeGroup& group);
    void squeeze(NodeGroup& group, double share_of_demand);
    void draw_links();
    void draw_steering();
    void draw_transport();
    void draw_faults();
    void lose_prefill();
    bool loses_prefill() const { return number_ % 50 == 49; }
    uint32_t sites_of(const NodeGroup& group) const;
    Bytes catalog_bytes() const;

    const uint64_t number_;
    RandomStream random_;
    Scenario s_;
    bool saturates_ = false;
};

void Draw::draw_time() {
    s_.time.start_unix_s = 1'700'000'000 + whole(0, 86'400);
    // A few worlds are longer than a window of the peak egress (5 min), or than the patience with a prefill (10 min).
    s_.time.duration = number_ % 25 == 24 ? time(300, 310) : time(60, 150);
    if (loses_prefill()) s_.time.duration = time(640, 700);
    s_.time.warmup = chance(0.5) ? time(5, 30) : 0;
    s_.time.sample = time(1, 20);
}

void Draw::draw_catalog() {
    population::Catalog& catalog = s_.catalog;
    catalog.titles = whole(3, 40);
    catalog.series_share = one_of({0.0, 0.5, 1.0});
    catalog.film_duration = {population::DurationLaw::Kind::Uniform, 20, real(30, 240)};
    catalog.episode_duration = {population::DurationLaw::Kind::Lognormal, real(10, 40), 0.4};
    catalog.seasons_max = whole(1, 2);
    catalog.episodes_per_season = whole(2, 5);
    catalog.popularity.alpha = real(0.4, 1.2);
    catalog.popularity.regional_mix = one_of({0.0, 0.5});
    catalog.popularity.churn_per_day = one_of({0.0, 0.2});
    for (const Kbps rate : {235u, 375u, 560u, 1050u, 1750u, 2350u, 3000u, 4300u, 5800u})
        if (chance(0.6)) catalog.ladder.push_back(rate);
    if (catalog.ladder.empty()) catalog.ladder.push_back(1000);
    catalog.segment = one_of({2, 3, 4}) * kSecond;
    catalog.vbr_cv = one_of({0.0, 0.2, 0.4});
}

void Draw::draw_releases() {
    const uint32_t count = whole(0, 2);
    for (uint32_t i = 0; i < count; ++i) {
        population::Release release;
        release.title = "release " + std::to_string(i);
        release.at = chance(0.3) ? 0 : time(10, 60);
        release.share = real(0.1, 0.5);
        release.decay = one_of<TimeNs>({0, 60 * kSecond});
        release.duration = time(30, 90);
        if (chance(0.7)) release.prefill = release.at - (chance(0.3) ? 60 * kSecond : 5 * kSecond);
        s_.releases.push_back(release);
    }
}

void Draw::draw_places() {
    const uint32_t regions = whole(1, 3);
    for (uint32_t r = 0; r < regions; ++r) s_.regions.push_back({"region-" + std::to_string(r), real(-11, 12)});
    s_.devices = {{"phone", 1800, 12 * kSecond}, {"tv", 0, 0}, {"old", 0, 8 * kSecond}};
}

std::shared_ptr<const std::vector<network::RecordedTrace>> Draw::traces() {
    auto traces = std::make_shared<std::vector<network::RecordedTrace>>();
    const uint32_t count = whole(1, 5);
    for (uint32_t t = 0; t < count; ++t) {
        network::RecordedTrace trace{"t" + std::to_string(t), {}};
        const uint32_t periods = whole(1, 40);
        const double level = real(600, 9000);
        for (uint32_t i = 0; i < periods; ++i)
            trace.periods.push_back({real(100, 4000), chance(0.05) ? 0 : level * real(0.3, 1.6), real(5, 120)});
        trace.periods.push_back({1000, level, 30});  // some period must carry something
        traces->push_back(trace);
    }
    return traces;
}

Access Draw::access() {
    Access access;
    if (chance(0.6)) {
        access.name = "recorded";
        access.traces = traces();
    } else {
        access.name = access.generator = one_of({"fibre", "cable", "dsl", "wifi", "5g", "4g", "3g"});
    }
    access.scale = one_of({1.0, 0.5, 1.7});
    access.rtt = chance(0.3) ? time(0.004, 0.2) : 0;
    access.loss = one_of({-1.0, 0.0, 0.002, 0.02});
    return access;
}

Population Draw::population(uint32_t number) {
    Population p;
    p.name = "population " + std::to_string(number);
    p.region = whole(0, uint32_t(s_.regions.size()) - 1);
    p.isp = one_of({"", "isp-a", "isp-b"});
    p.devices = chance(0.5) ? std::vector<DeviceShare>{{1, 1}} : std::vector<DeviceShare>{{0, 0.3}, {1, 0.5}, {2, 0.2}};
    p.access.push_back(access());
    if (chance(0.4)) {
        p.access.push_back(access());
        p.access[0].share = 0.35;
        p.access[1].share = 0.65;
    }
    player::Settings& player = p.player;
    player.rule = abr::Rule((number_ + number * 5) % 12);
    player.constant_rung = whole(0, uint32_t(s_.catalog.ladder.size()) - 1);
    player.initial_throughput = one_of<Kbps>({0, 1000, 5000});
    player.startup_threshold = one_of<TimeNs>({0, 5 * kSecond});
    player.rebuffer_threshold = one_of<TimeNs>({0, 4 * kSecond});
    player.buffer_target = time(6, 30);
    player.abandon_slow_segments = chance(0.8);
    player.request_timeout = time(1.5, 8);
    player.attempts = whole(1, 5);
    population::Behaviour& behaviour = p.behaviour;
    behaviour.play_mix = chance(0.5);
    behaviour.watch = {population::DurationLaw::Kind::Exponential, real(20, 120), 0};
    behaviour.next_episode = one_of({0.0, 0.8, 1.0});
    behaviour.pauses_per_hour = one_of({0.0, 20.0, 60.0});
    behaviour.seeks_per_hour = one_of({0.0, 60.0, 200.0});
    population::Patience& patience = behaviour.patience;
    patience.during_startup = chance(0.8);
    patience.startup_leave_per_s = real(0.02, 0.2);
    patience.during_stall = chance(0.7);
    patience.stall_grace = time(0.5, 3);
    patience.stall = {population::DurationLaw::Kind::Exponential, real(1, 20), 0};
    return p;
}

void Draw::draw_populations() {
    const uint32_t count = whole(1, 3);
    for (uint32_t i = 0; i < count; ++i) {
        s_.populations.push_back(population(i));
        s_.populations.back().share = 1.0 / double(count);
    }
}

void Draw::draw_arrivals() {
    population::Arrivals& arrivals = s_.arrivals;
    arrivals.viewers = real(20, 150);
    arrivals.steady = chance(0.6);
    if (chance(0.3)) {
        arrivals.curve = population::Arrivals::Curve::Diurnal;
        arrivals.trough_ratio = 0.6;
    }
    if (chance(0.3)) arrivals.bursts.push_back({time(10, 40), real(1.5, 3), time(1, 10), time(5, 60)});
}

uint32_t Draw::sites_of(const NodeGroup& group) const {
    if (group.per == NodeGroup::Per::World) return group.count;
    if (group.per == NodeGroup::Per::Region) return group.count * uint32_t(s_.regions.size());
    std::vector<std::pair<uint32_t, std::string>> isps;
    for (const Population& p : s_.populations) isps.emplace_back(p.region, p.isp);
    std::sort(isps.begin(), isps.end());
    return group.count * uint32_t(std::unique(isps.begin(), isps.end()) - isps.begin());
}

/// About the bytes of everything, for caches that hold some of it.
Bytes Draw::catalog_bytes() const {
    const double kbps = std::accumulate(s_.catalog.ladder.begin(), s_.catalog.ladder.end(), 0.0);
    return Bytes(double(s_.catalog.titles) * 80 * kbps * 1000 / 8);
}

void Draw::draw_cache(NodeGroup& group) {
    const Bytes least = Bytes(s_.catalog.ladder.back()) * 1000;  // two segments of the highest rung
    const auto servers = double(group.servers);
    group.disk = std::max(least, Bytes(double(catalog_bytes()) * real(0.02, 1.2) / servers));
    group.ram = chance(0.6) ? std::max(least, group.disk / whole(2, 20)) : 0;
    group.cache.evict = cdn::Eviction(number_ % uint32_t(cdn::Eviction::Belady));
    group.cache.admit = cdn::Admission(number_ / 8 % 5);
    group.cache.admit_probability = 0.5;
    group.cache.admit_max_bytes = Bytes(s_.catalog.ladder[s_.catalog.ladder.size() / 2]) * 1000;
    group.cache.admit_objects = 2000;
    group.cache.admit_window = one_of<TimeNs>({0, 20 * kSecond});
    group.cache.ttl = chance(0.3) ? time(5, 60) : 0;
    group.coalesce = chance(0.7);
}

/// Makes one of a group's capacities a share of what its viewers want together.
void Draw::squeeze(NodeGroup& group, double share_of_demand) {
    const double kbps = s_.arrivals.viewers * 2500 * share_of_demand / double(sites_of(group));
    const auto of_site = uint64_t(std::max(kbps, 1500.0));
    const uint32_t what = whole(0, 2);
    if (what == 0) group.nic_kbps = std::max<uint64_t>(1000, of_site / group.servers);
    if (what == 1) group.uplink_kbps = of_site;
    if (what == 2) group.disk_kbps = std::max<uint64_t>(1000, of_site / group.servers);
}

NodeGroup Draw::edge_group() {
    NodeGroup group;
    group.role = Role::Edge;
    group.per = one_of({NodeGroup::Per::World, NodeGroup::Per::Region, NodeGroup::Per::Isp});
    group.count = group.per == NodeGroup::Per::World ? whole(1, 4) : whole(1, 2);
    if (group.per == NodeGroup::Per::World && chance(0.2)) group.region = whole(0, uint32_t(s_.regions.size()) - 1);
    group.servers = whole(1, 3);
    group.nic_kbps = 10'000'000;
    group.disk_latency = time(0, 0.02);
    draw_cache(group);
    if (chance(0.2)) group.max_connections = whole(1, 12);
    if (saturates_) squeeze(group, real(0.2, 0.9));
    group.prefill = chance(0.4);
    group.prefill_share = real(0.3, 1);
    group.prefilled_at_start = chance(0.4);
    group.fill_from_h = real(0, 24);
    group.fill_to_h = chance(0.6) ? std::min(24.0, group.fill_from_h + 12) : real(0, 24);
    if (chance(0.7)) {  // a window that is open at the start of the run, somewhere
        group.fill_from_h = 0;
        group.fill_to_h = 24;
    }
    group.fill_kbps = one_of<uint64_t>({0, 3'000, 40'000});
    return group;
}

NodeGroup Draw::upper_group(Role role) {
    NodeGroup group;
    group.role = role;
    group.per = role == Role::Regional ? NodeGroup::Per::Region : NodeGroup::Per::World;
    group.count = role == Role::Regional ? 1 : whole(1, 2);
    group.servers = whole(1, 2);
    group.nic_kbps = 10'000'000;
    if (role != Role::Origin) draw_cache(group);
    group.holds_everything = role != Role::Origin && chance(0.15);
    if (chance(0.1)) group.max_connections = whole(1, 6);
    if (saturates_ && chance(0.3)) squeeze(group, real(0.05, 0.3));
    return group;
}

/// Groups in any order: nothing may depend on an origin being the last.
void Draw::draw_groups() {
    std::vector<NodeGroup> chain{edge_group()};
    if (chance(0.5)) chain.push_back(upper_group(Role::Regional));
    if (chance(0.3)) chain.push_back(upper_group(Role::Shield));
    chain.push_back(upper_group(Role::Origin));
    constexpr std::array<const char*, 4> names{"edge", "regional", "shield", "origin"};
    const auto last = uint32_t(chain.size() - 1);
    const bool reversed = chance(0.3);
    const auto place = [&](uint32_t i) { return reversed ? last - i : i; };
    s_.cdn.nodes.resize(chain.size());
    for (uint32_t i = 0; i <= last; ++i) {
        chain[i].id = names[size_t(chain[i].role)];
        if (i < last) chain[i].parent = place(i + 1);
        s_.cdn.nodes[place(i)] = chain[i];
    }
    if (chance(0.25)) {  // edges of another kind, straight below the origin
        NodeGroup more = edge_group();
        more.id = "more";
        more.per = NodeGroup::Per::World;
        more.count = 1;
        more.parent = place(last);
        s_.cdn.nodes.push_back(more);
    }
}

void Draw::draw_links() {
    for (uint32_t g = 0; g < s_.cdn.nodes.size(); ++g) {
        const NodeGroup& group = s_.cdn.nodes[g];
        if (!group.parent || chance(0.1)) continue;
        Link link{g, *group.parent, 0, time(0.01, 0.08)};
        if (saturates_ && chance(0.5))
            link.bandwidth_kbps = uint64_t(s_.arrivals.viewers * real(100, 1200) / double(sites_of(group))) + 500;
        s_.cdn.links.push_back(link);
    }
    s_.cdn.settle_tick = one_of({50, 100, 130}) * kMillisecond;
    s_.cdn.fill_flow_kbps = one_of<uint64_t>({5'000, 100'000, 2'000'000});
}

void Draw::draw_steering() {
    Steering& steering = s_.cdn.steering;
    steering.policy = Steering::Policy(number_ % 3);
    steering.ttl = time(1, 60);
    steering.telemetry = chance(0.2) ? 100 * kMillisecond : time(0.5, 5);
    steering.room = real(0.3, 1);
    steering.rtt_same_region = time(0.012, 0.05);
    steering.rtt_other_region = time(0.06, 0.2);
    // Windows far shorter than the events' distance, and reports that are on their way for many periods.
    if (number_ % 50 == 7) steering.rtt_same_region = 800 * kMicrosecond;
    if (number_ % 20 == 11) {
        steering.rtt_same_region = 2 * kSecond;
        steering.telemetry = 100 * kMillisecond;
    }
}

void Draw::draw_transport() {
    Transport& transport = s_.transport;
    transport.setup_rtts = one_of({0.0, 1.0, 2.0, 3.0});
    transport.initial_window_bytes = one_of<uint32_t>({4'380, 14'600, 60'000});
    transport.idle_restart = one_of<TimeNs>({0, 300 * kMillisecond});
    transport.keep_alive = one_of<TimeNs>({0, 3 * kSecond, kMinute});
    transport.congestion = chance(0.5) ? Transport::Congestion::Cubic : Transport::Congestion::Bbr;
}

void Draw::draw_faults() {
    const uint32_t count = whole(0, 4);
    for (uint32_t i = 0; i < count; ++i) {
        Fault fault;
        fault.name = "fault " + std::to_string(i);
        fault.kind = Fault::Kind(whole(0, 2));
        fault.target = Fault::Target(whole(0, 2));
        fault.group = whole(0, uint32_t(s_.cdn.nodes.size()) - 1);
        if (fault.target == Fault::Target::Link && !s_.cdn.nodes[fault.group].parent) fault.target = Fault::Target::Sites;
        const uint32_t sites = sites_of(s_.cdn.nodes[fault.group]);
        fault.first_site = whole(0, sites - 1);
        fault.last_site = whole(fault.first_site, sites - 1);
        if (fault.target == Fault::Target::Sites && chance(0.5))
            fault.server = whole(0, s_.cdn.nodes[fault.group].servers - 1);
        fault.region = whole(0, uint32_t(s_.regions.size()) - 1);
        // Whole milliseconds: beginnings and ends of different faults then fall together now and then.
        fault.at = TimeNs(whole(1, 60)) * kSecond;
        if (chance(0.8)) fault.end = fault.at + TimeNs(whole(1, 25)) * kSecond;
        if (fault.kind == Fault::Kind::Slow) {
            fault.rate_factor = real(0.02, 0.7);
            fault.added_latency = chance(0.5) ? time(0, 0.5) : 0;
        }
        if (fault.kind == Fault::Kind::Lossy) fault.loss = real(0.001, 0.3);
        s_.faults.push_back(fault);
    }
}

/// Edges that prefill over links, from an origin that is down when they begin.
void Draw::lose_prefill() {
    for (uint32_t g = 0; g < s_.cdn.nodes.size(); ++g) {
        NodeGroup& group = s_.cdn.nodes[g];
        group.holds_everything = false;
        group.prefill = group.role == Role::Edge;
        group.prefilled_at_start = false;
        group.fill_from_h = 0;
        group.fill_to_h = 24;
        if (group.role != Role::Origin) continue;
        Fault fault;
        fault.name = "no origin";
        fault.group = g;
        fault.last_site = group.count - 1;
        fault.end = 20 * kSecond;
        s_.faults.push_back(fault);
    }
}

Scenario Draw::world() {
    s_.file = "random world " + std::to_string(number_);
    s_.name = s_.file;
    s_.seed = number_ * 7919 + 1;
    s_.prices_file = MATINEE_SOURCE_DIR "/scenarios/prices/default.json";
    s_.outputs.breakdowns = {"region", "site"};
    saturates_ = number_ % 3 == 0;
    draw_time();
    draw_catalog();
    draw_releases();
    draw_places();
    draw_populations();
    draw_arrivals();
    draw_groups();
    draw_links();
    draw_steering();
    draw_transport();
    draw_faults();
    if (loses_prefill()) lose_prefill();
    return std::move(s_);
}

}  // namespace

scenario::Scenario scenario_from_seed(uint64_t number) { return Draw(number).world(); }

}  // namespace matinee::reference
