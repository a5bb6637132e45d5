// Every key reaches its member, with its unit.
#include "simulator/scenario/sites.hpp"
#include "tests/simulator/scenario/helpers.hpp"
#include "tests/simulator/scenario/whole.hpp"

namespace matinee::scenario {

using population::DurationLaw;

static const Scenario& whole() {
    static const Scenario scenario = parse(kWhole);
    return scenario;
}

TEST(Format, TimeAndCatalogue) {
    const Scenario& s = whole();
    EXPECT_EQ(s.name, "whole");
    EXPECT_EQ(s.description, "every key");
    EXPECT_EQ(s.seed, 99u);
    EXPECT_EQ(s.time.start_unix_s, 1'767'319'445);
    EXPECT_EQ(s.time.duration, 8 * kHour);
    EXPECT_EQ(s.time.warmup, kHour);
    EXPECT_EQ(s.time.sample, 30 * kSecond);
    EXPECT_EQ(s.catalog.titles, 500u);
    EXPECT_EQ(s.catalog.series_share, 0.4);
    EXPECT_EQ(s.catalog.film_duration.kind, DurationLaw::Kind::Uniform);
    EXPECT_EQ(s.catalog.film_duration.a, 4800);
    EXPECT_EQ(s.catalog.film_duration.b, 7200);
    EXPECT_EQ(s.catalog.episode_duration.kind, DurationLaw::Kind::Fixed);
    EXPECT_EQ(s.catalog.episode_duration.a, 2520);
    EXPECT_EQ(s.catalog.seasons_max, 3u);
    EXPECT_EQ(s.catalog.episodes_per_season, 10u);
    EXPECT_EQ(s.catalog.popularity.alpha, 0.9);
    EXPECT_EQ(s.catalog.popularity.shift, 12);
    EXPECT_EQ(s.catalog.popularity.cutoff, 160);
    EXPECT_EQ(s.catalog.popularity.regional_mix, 0.3);
    EXPECT_EQ(s.catalog.popularity.churn_per_day, 0.02);
    EXPECT_EQ(s.catalog.ladder, (std::vector<Kbps>{235, 1750, 16000}));
    EXPECT_EQ(s.catalog.segment, 2 * kSecond);
    EXPECT_EQ(s.catalog.vbr_cv, 0.2);
    EXPECT_EQ(s.catalog.vbr_peak, 1.8);
    ASSERT_EQ(s.releases.size(), 1u);
    EXPECT_EQ(s.releases[0].title, "the hit");
    EXPECT_EQ(s.releases[0].at, 4 * kHour);
    EXPECT_EQ(s.releases[0].share, 0.3);
    EXPECT_EQ(s.releases[0].decay, 2 * kDay);
    EXPECT_EQ(s.releases[0].duration, 112 * kMinute);
    EXPECT_EQ(s.releases[0].prefill, -2 * kHour);
}

TEST(Format, Audience) {
    const Scenario& s = whole();
    ASSERT_EQ(s.regions.size(), 2u);
    EXPECT_EQ(s.regions[0].utc_offset_h, 1);
    EXPECT_EQ(s.regions[1].utc_offset_h, -5);
    ASSERT_EQ(s.devices.size(), 2u);
    EXPECT_EQ(s.devices[0].max_bitrate, 0u);
    EXPECT_EQ(s.devices[0].buffer_target, 2 * kMinute);
    EXPECT_EQ(s.devices[1].max_bitrate, 2000u);
    // 2 regions x 2 ISPs of "homes", then "patient"; weights 3 : 1.
    ASSERT_EQ(s.populations.size(), 5u);
    const Population& p = s.populations[0];
    EXPECT_EQ(p.name, "homes eu-west isp-a");
    EXPECT_EQ(p.region, 0u);
    EXPECT_EQ(p.isp, "isp-a");
    EXPECT_DOUBLE_EQ(p.share, 0.75 * 0.75 * 0.5);
    EXPECT_EQ(s.populations[3].name, "homes us-east isp-b");
    EXPECT_DOUBLE_EQ(s.populations[3].share, 0.75 * 0.25 * 0.5);
    ASSERT_EQ(p.devices.size(), 2u);
    EXPECT_EQ(p.devices[0].device, 0u);
    EXPECT_EQ(p.devices[0].share, 0.75);
    ASSERT_EQ(p.access.size(), 2u);
    EXPECT_EQ(p.access[0].name, "slow fibre");
    EXPECT_EQ(p.access[0].generator, "fibre");
    EXPECT_DOUBLE_EQ(p.access[0].share, 2.0 / 3);
    EXPECT_EQ(p.access[0].scale, 0.5);
    EXPECT_EQ(p.access[0].rtt, 9 * kMillisecond);
    EXPECT_EQ(p.access[0].loss, 0.001);
    EXPECT_EQ(p.access[1].generator, "dsl");
    EXPECT_EQ(p.access[1].rtt, 0);
    EXPECT_LT(p.access[1].loss, 0);
    EXPECT_EQ(p.player.rule, abr::Rule::Constant);
    EXPECT_EQ(p.player.constant_rung, 2u);
    EXPECT_EQ(p.player.startup_threshold, 4 * kSecond);
    EXPECT_EQ(p.player.rebuffer_threshold, 6 * kSecond);
    EXPECT_EQ(p.player.buffer_target, 20 * kSecond);
    EXPECT_FALSE(p.player.abandon_slow_segments);
    EXPECT_EQ(p.player.request_timeout, 3 * kSecond);
    EXPECT_EQ(p.player.attempts, 7u);
    EXPECT_FALSE(p.behaviour.play_mix);
    EXPECT_EQ(p.behaviour.watch.kind, DurationLaw::Kind::Lognormal);
    EXPECT_EQ(p.behaviour.watch.a, 2280);
    EXPECT_EQ(p.behaviour.watch.b, 0.8);
    EXPECT_EQ(p.behaviour.next_episode, 0.5);
    EXPECT_EQ(p.behaviour.pauses_per_hour, 2);
    EXPECT_EQ(p.behaviour.seeks_per_hour, 0);
    EXPECT_EQ(p.behaviour.patience.startup_grace, 3 * kSecond);
    EXPECT_EQ(p.behaviour.patience.startup_leave_per_s, 0.1);
    EXPECT_EQ(p.behaviour.patience.stall_grace, 8 * kSecond);
    EXPECT_EQ(p.behaviour.patience.stall.a, 60);
    const Population& patient = s.populations[4];
    EXPECT_EQ(patient.name, "patient");
    EXPECT_EQ(patient.share, 0.25);
    EXPECT_EQ(patient.devices[0].device, 1u);
    EXPECT_EQ(patient.player.rule, abr::Rule::Ratio15);
    EXPECT_FALSE(patient.behaviour.patience.during_startup);
    EXPECT_FALSE(patient.behaviour.patience.during_stall);
    EXPECT_EQ(patient.access[0].generator, "4g");
    EXPECT_EQ(patient.access[1].share, 0.75);
}

TEST(Format, APartOfAMixIsAShareOrAWeight) {
    const auto access = [](const std::string& mix) {
        const Scenario scenario = parse(small(R"("populations": [{"access": )" + mix + "}],"));
        std::vector<double> shares;
        for (const Access& way : scenario.populations[0].access) shares.push_back(way.share);
        return shares;
    };
    using Shares = std::vector<double>;
    EXPECT_EQ(access(R"({"fibre": 3, "4g": 1})"), (Shares{0.75, 0.25}));
    EXPECT_EQ(access(R"({"fibre": 1, "4g": 1})"), (Shares{0.5, 0.5}));
    EXPECT_EQ(access(R"({"fibre": 0.75, "4g": "25 %"})"), (Shares{0.75, 0.25}));
    EXPECT_EQ(access(R"({"fibre": 0.375, "4g": 0.125})"), (Shares{0.75, 0.25}));  // made up in proportion
    EXPECT_EQ(access(R"([{"generator": "fibre", "share": 3}, "4g"])"), (Shares{0.75, 0.25}));
    EXPECT_EQ(access(R"([{"generator": "fibre", "share": 0.5}, "4g", "3g"])"), (Shares{0.5, 0.25, 0.25}));
    EXPECT_EQ(access(R"(["fibre", "4g"])"), (Shares{0.5, 0.5}));
    const Shares thirds = access(R"({"fibre": "33.4 %", "cable": "33.4 %", "4g": "33.4 %"})");  // as tables round
    EXPECT_DOUBLE_EQ(thirds[0], 1.0 / 3);
    const auto two = parse(small(R"("populations": [{"name": "a", "share": 0.25}, {"name": "b"}],)")).populations;
    EXPECT_EQ(two[0].share, 0.25);
    EXPECT_EQ(two[1].share, 0.75);
}

TEST(Format, ReleasesMayFollowOneAnother) {
    // What the first one still takes a minute later, 0.6 / e = 0.22, leaves room for the second.
    const auto with = [](const char* second) {
        return parse(small(R"("releases": [{"title": "a", "at": "T", "share": 0.6, "decay": "1m"}, {"title": "b", )" +
                           std::string(second) + "}],"));
    };
    EXPECT_EQ(with(R"("at": "T+1m", "share": 0.75)").releases.size(), 2u);
    EXPECT_EQ(refused([&] { with(R"("at": "T+1m", "share": 0.8)"); }).path, "releases[1].share");
    EXPECT_EQ(refused([&] { with(R"("at": "T+30s", "share": 0.75)"); }).path, "releases[1].share");
}

TEST(Format, Arrivals) {
    const population::Arrivals& a = whole().arrivals;
    EXPECT_EQ(a.viewers, 250000);
    EXPECT_TRUE(a.steady);
    EXPECT_EQ(a.curve, population::Arrivals::Curve::Diurnal);
    EXPECT_EQ(a.trough_ratio, 0.1);
    EXPECT_EQ(a.peak_at_h, 21.25);
    ASSERT_EQ(a.bursts.size(), 1u);
    EXPECT_EQ(a.bursts[0].at, 4 * kHour);
    EXPECT_EQ(a.bursts[0].multiplier, 4);
    EXPECT_EQ(a.bursts[0].rise, 90 * kSecond);
    EXPECT_EQ(a.bursts[0].decay, 20 * kMinute);
    EXPECT_EQ(parse(small(), {"arrivals.curve=diurnal"}).arrivals.curve, population::Arrivals::Curve::Diurnal);
    std::string hours = "[1";
    for (int h = 1; h < 24; ++h) hours += ", " + std::to_string(h);
    EXPECT_EQ(parse(small(), {"arrivals.curve={\"type\": \"diurnal\", \"hours\": " + hours + "]}"}).arrivals.hours[23],
              23);
}

TEST(Format, Nodes) {
    const Cdn& cdn = whole().cdn;
    ASSERT_EQ(cdn.nodes.size(), 5u);
    const NodeGroup& edge = cdn.nodes[0];
    EXPECT_EQ(edge.id, "edge");
    EXPECT_EQ(edge.role, Role::Edge);
    EXPECT_EQ(edge.per, NodeGroup::Per::Isp);
    EXPECT_EQ(edge.count, 4u);
    EXPECT_EQ(edge.servers, 3u);
    EXPECT_EQ(edge.nic_kbps, 100'000'000u);
    EXPECT_EQ(edge.uplink_kbps, 250'000'000u);
    EXPECT_EQ(edge.ram, 64'000'000'000u);
    EXPECT_EQ(edge.disk, 16'000'000'000'000u);
    EXPECT_EQ(edge.disk_kbps, 40'000'000u);
    EXPECT_EQ(edge.ram_latency, 100 * kMicrosecond);
    EXPECT_EQ(edge.disk_latency, 6 * kMillisecond);
    EXPECT_EQ(edge.max_connections, 50'000u);
    EXPECT_EQ(edge.load_bound, 1.5);
    EXPECT_EQ(edge.parent, 2u);
    EXPECT_EQ(edge.cache.evict, cdn::Eviction::S3Fifo);
    EXPECT_EQ(edge.cache.admit, cdn::Admission::SecondHit);
    EXPECT_EQ(edge.cache.admit_window, 30 * kMinute);
    EXPECT_EQ(edge.cache.ttl, 2 * kDay);
    EXPECT_FALSE(edge.coalesce);
    EXPECT_TRUE(edge.prefill);
    EXPECT_EQ(edge.prefill_share, 0.7);
    EXPECT_FALSE(edge.prefilled_at_start);
    EXPECT_EQ(edge.fill_from_h, 2.5);
    EXPECT_EQ(edge.fill_to_h, 14);
    EXPECT_EQ(edge.fill_kbps, 2'000'000u);
    EXPECT_EQ(cdn.nodes[1].region, 1u);
    EXPECT_EQ(cdn.nodes[1].cache.admit_max_bytes, 4'000'000u);
    EXPECT_TRUE(cdn.nodes[1].prefill);
    EXPECT_TRUE(cdn.nodes[1].prefilled_at_start);
    EXPECT_EQ(cdn.nodes[2].cache.admit_probability, 0.5);
    EXPECT_TRUE(cdn.nodes[3].holds_everything);
    EXPECT_EQ(cdn.nodes[3].parent, 4u);
    EXPECT_TRUE(cdn.nodes[4].holds_everything);
    EXPECT_FALSE(cdn.nodes[4].parent);
}

TEST(Format, LinksSteeringTransportOutputs) {
    const Scenario& s = whole();
    ASSERT_EQ(s.cdn.links.size(), 4u);  // in the order of groups; two of them by default
    EXPECT_EQ(s.cdn.links[0].to, 2u);
    EXPECT_EQ(s.cdn.links[0].bandwidth_kbps, 400'000'000u);
    EXPECT_EQ(s.cdn.links[0].rtt, 12 * kMillisecond);
    EXPECT_EQ(s.cdn.links[1].rtt, 20 * kMillisecond);
    EXPECT_EQ(s.cdn.links[1].bandwidth_kbps, 0u);
    EXPECT_EQ(s.cdn.links[2].from, 2u);
    EXPECT_EQ(s.cdn.links[2].rtt, 30 * kMillisecond);
    EXPECT_EQ(s.cdn.steering.policy, Steering::Policy::Home);
    EXPECT_EQ(s.cdn.steering.ttl, kMinute);
    EXPECT_EQ(s.cdn.steering.telemetry, 2 * kSecond);
    EXPECT_EQ(s.cdn.steering.room, 0.8);
    EXPECT_EQ(s.cdn.steering.rtt_same_region, 8 * kMillisecond);
    EXPECT_EQ(s.cdn.steering.rtt_other_region, 90 * kMillisecond);
    EXPECT_EQ(s.cdn.settle_tick, 50 * kMillisecond);
    EXPECT_EQ(s.cdn.fill_flow_kbps, 1'000'000u);
    EXPECT_EQ(s.transport.setup_rtts, 1);
    EXPECT_EQ(s.transport.initial_window_bytes, 14'720u);
    EXPECT_EQ(s.transport.idle_restart, 300 * kMillisecond);
    EXPECT_EQ(s.transport.keep_alive, 2 * kMinute);
    EXPECT_EQ(s.transport.congestion, Transport::Congestion::Cubic);
    EXPECT_FALSE(s.outputs.series);
    EXPECT_TRUE(s.outputs.csv);
    EXPECT_EQ(s.outputs.breakdowns, (std::vector<std::string>{"site", "isp"}));
    EXPECT_TRUE(s.default_prices);
}

TEST(Format, FaultsAndThresholds) {
    const Scenario& s = whole();
    EXPECT_EQ(site_count(s, s.cdn.nodes[0]), 4u * 5);  // (eu-west, a b c), (us-east, a b)
    EXPECT_EQ(site_count(s, s.cdn.nodes[1]), 1u);
    EXPECT_EQ(site_count(s, s.cdn.nodes[2]), 2u);
    ASSERT_EQ(s.faults.size(), 5u);
    EXPECT_EQ(s.faults[0].name, "dark");
    EXPECT_EQ(s.faults[0].target, Fault::Target::Region);
    EXPECT_EQ(s.faults[0].region, 0u);
    EXPECT_EQ(s.faults[0].at, 5 * kHour);
    EXPECT_EQ(s.faults[0].end, 5 * kHour + 10 * kMinute);
    EXPECT_EQ(s.faults[1].name, "edge slow");
    EXPECT_EQ(s.faults[1].kind, Fault::Kind::Slow);
    EXPECT_EQ(s.faults[1].last_site, 19u);
    EXPECT_EQ(s.faults[1].rate_factor, 0.5);
    EXPECT_EQ(s.faults[1].added_latency, 20 * kMillisecond);
    EXPECT_EQ(s.faults[1].end, kNever);
    EXPECT_EQ(s.faults[2].first_site, 3u);
    EXPECT_EQ(s.faults[2].last_site, 3u);
    EXPECT_EQ(s.faults[2].end, kNever);
    EXPECT_EQ(s.faults[3].at, 0);
    EXPECT_EQ(s.faults[3].loss, 0.02);
    EXPECT_EQ(s.faults[3].last_site, 3u);
    EXPECT_EQ(s.faults[3].server, 1u);
    EXPECT_EQ(s.faults[4].target, Fault::Target::Link);
    EXPECT_EQ(s.faults[4].first_site, 2u);
    EXPECT_EQ(s.faults[4].last_site, 5u);
    EXPECT_EQ(s.faults[4].end, kHour + 90 * kMinute);
    ASSERT_EQ(s.thresholds.size(), 3u);
    EXPECT_EQ(s.thresholds[0].metric, "startup_ms");
    EXPECT_EQ(s.thresholds[0].stat, "p95");
    EXPECT_EQ(s.thresholds[0].max, 2000);
    EXPECT_FALSE(s.thresholds[0].min);
    EXPECT_EQ(s.thresholds[1].window, 5 * kMinute);
    EXPECT_EQ(s.thresholds[2].stat, "");
    EXPECT_EQ(s.thresholds[2].min, 0.5);
}

TEST(Format, Services) {
    const services::Spec& spec = *whole().services;
    EXPECT_EQ(spec.instances_of(0), 3u);
    EXPECT_EQ(spec.instances_of(1), 5u);
    EXPECT_EQ(spec.instance.concurrency, 50u);
    EXPECT_TRUE(spec.scaling.on);
    EXPECT_EQ(spec.scaling.most, 20u);
    EXPECT_DOUBLE_EQ(spec.scaling.target, 0.7);
    EXPECT_EQ(spec.cpu[size_t(services::Operation::Register)], 200 * kMicrosecond);
    EXPECT_EQ(spec.cpu[size_t(services::Operation::LogIn)], services::info_of(services::Operation::LogIn).cpu);
    EXPECT_EQ(spec.crypto.servers, 3u);
    EXPECT_EQ(spec.sql.servers, 40u);
    EXPECT_EQ(spec.kv.read, 10 * kMicrosecond);
    EXPECT_EQ(spec.kv.round_trip, services::Spec().kv.round_trip);
    EXPECT_DOUBLE_EQ(spec.new_share_at(50 * kMinute), 0.1);
    EXPECT_DOUBLE_EQ(spec.new_share_at(70 * kMinute), 0.6);
    EXPECT_DOUBLE_EQ(spec.new_share_at(90 * kMinute), 0.1);
    EXPECT_DOUBLE_EQ(spec.provider.at(65 * kMinute).failed, 0.3);
    EXPECT_DOUBLE_EQ(spec.provider.at(65 * kMinute).declined, 0.03) << "as usual";
    EXPECT_DOUBLE_EQ(spec.provider.at(3 * kHour).lost, 0.2);
    EXPECT_TRUE(spec.wire);
    EXPECT_FALSE(parse(small()).services);
    EXPECT_FALSE(parse(small(R"("services": {},)")).services->scaling.on);
    EXPECT_EQ(parse(small(R"("services": {"autoscaling": {"min": 5}},)")).services->instances, 5u);
}

TEST(Format, ServicesRefuse) {
    const auto path = [](const std::string& services) {
        return refused_text(small("\"services\": {" + services + "},")).path;
    };
    EXPECT_EQ(path(R"("instances": 0)"), "services.instances");
    EXPECT_EQ(path(R"("instance": {"cores": 0})"), "services.instance.cores");
    EXPECT_EQ(path(R"("autoscaling": {"min": 5, "max": 2})"), "services.autoscaling.min");
    EXPECT_EQ(path(R"("instances": 9, "autoscaling": {"max": 4})"), "services.instances");
    EXPECT_EQ(path(R"("regions": [{"region": "mars", "instances": 2}])"), "services.regions[0].region");
    EXPECT_EQ(path(R"("regions": [{"region": "world", "instances": 2}, {"region": "world", "instances": 3}])"),
              "services.regions[1].region");
    EXPECT_EQ(path(R"("service_times": {"regster": "1 ms"})"), "services.service_times.regster");
    EXPECT_EQ(path(R"("clients": {"new": 1.5})"), "services.clients.new");
    EXPECT_EQ(path(R"("promotions": [{"at": "T+40m", "new": 1}])"), "services.promotions[0].at");
    EXPECT_EQ(path(R"("provider": {"failed": "2.5 %"})"), "services.provider.failed");
    EXPECT_EQ(path(R"("provider": {"brown_outs": [{"failed": "2 %"}]})"), "services.provider.brown_outs[0].at");
    const auto threshold = refused_text(small(R"("thresholds": [{"metric": "api.failed", "max": 0.1}],)"));
    EXPECT_EQ(threshold.path, "thresholds[0].metric");
    EXPECT_NE(threshold.expected.find("services"), std::string::npos);
}

TEST(Format, TheShortestScenarioHasDefaults) {
    const Scenario s = parse(small());
    EXPECT_EQ(s.name, "scenario");  // the file's
    EXPECT_EQ(s.seed, 1u);
    ASSERT_EQ(s.regions.size(), 1u);
    ASSERT_EQ(s.devices.size(), 5u);
    EXPECT_EQ(s.devices[2].id, "phone");
    EXPECT_EQ(s.devices[2].max_bitrate, 3000u);
    EXPECT_EQ(s.devices[4].max_bitrate, 4300u);
    ASSERT_EQ(s.populations.size(), 1u);
    EXPECT_EQ(s.populations[0].share, 1);
    EXPECT_EQ(s.populations[0].devices.size(), 5u);
    EXPECT_EQ(s.populations[0].access.size(), 6u);
    EXPECT_EQ(s.populations[0].player.rule, abr::Rule::Bola);
    EXPECT_TRUE(s.populations[0].behaviour.play_mix);
    EXPECT_EQ(s.populations[0].behaviour.patience.stall.a, 30);
    double devices = 0, access = 0;
    for (const DeviceShare& d : s.populations[0].devices) devices += d.share;
    for (const Access& a : s.populations[0].access) access += a.share;
    EXPECT_NEAR(devices, 1, 1e-12);
    EXPECT_NEAR(access, 1, 1e-12);
    EXPECT_EQ(s.catalog.ladder.size(), 10u);
    EXPECT_EQ(s.cdn.links.size(), 1u);
    EXPECT_EQ(s.hash.size(), 16u);
}

TEST(Format, ExactPathsInDeepPlaces) {
    const auto path = [](const std::string& more) { return refused_text(small(more)).path; };
    EXPECT_EQ(path(R"("populations": [{}, {"name": "b", "access": [{"generator": "dsl", "rtt": 5}]}],)"),
              "populations[1].access[0].rtt");
    EXPECT_EQ(path(R"("populations": [{"session": {"length": {"lognormal": ["38m", "x"]}}}],)"),
              "populations[0].session.length.lognormal[1]");
    EXPECT_EQ(path(R"("populations": [{"session": {"length": {"uniform": ["38m", "5m"]}}}],)"),
              "populations[0].session.length.uniform[1]");
    EXPECT_EQ(path(R"("populations": [{"session": {"length": {"gamma": 1}}}],)"),
              "populations[0].session.length.gamma");
    EXPECT_EQ(path(R"("populations": [{}, {}],)"), "populations[1].name");
    EXPECT_EQ(path(R"("populations": [{"devices": ["tv", "tv"]}],)"), "populations[0].devices[1]");
    EXPECT_EQ(path(R"("populations": [{"player": {"start_buffer": "31s"}}],)"), "populations[0].player.start_buffer");
    EXPECT_EQ(path(R"("populations": [{"abr": "constant", "player": {"constant_rung": 10}}],)"),
              "populations[0].player.constant_rung");
    EXPECT_EQ(path(R"("populations": [{"player": {"constant_rung": 1}}],)"), "populations[0].player.constant_rung");
    EXPECT_EQ(path(R"("populations": [{"access": {}}],)"), "populations[0].access");
    EXPECT_EQ(path(R"("populations": [{"access": {"generator": "dsl", "traces": "x"}}],)"),
              "populations[0].access.traces");
    EXPECT_EQ(path(R"("devices": [{"id": "tv", "buffer_target": "2s"}],)"), "devices[0].buffer_target");
    EXPECT_EQ(path(R"("devices": [{"id": "telly"}],)"), "populations[0].devices");
    EXPECT_EQ(path(R"("regions": [{"id": "a"}, {"id": "a"}],)"), "regions[1].id");
    EXPECT_EQ(path(R"("regions": [{"id": "a.b"}],)"), "regions[0].id");
    EXPECT_EQ(path(R"("regions": [{"id": "a", "utc_offset": "+15h"}],)"), "regions[0].utc_offset");
    EXPECT_EQ(path(R"("releases": [{"title": "x", "at": "T+1h", "share": 0.5}],)"), "releases[0].at");
    EXPECT_EQ(path(R"("releases": [{"title": "x", "at": "T+1m", "share": 0.5, "prefill": "T+2m"}],)"),
              "releases[0].prefill");
    const std::vector<std::string> late = {R"(arrivals.bursts=[{"at": "T+99h", "multiplier": 2}])"};
    EXPECT_EQ(refused_text(small(""), late).path, "arrivals.bursts[0].at");
    EXPECT_EQ(path(R"("catalog": {"movie": "m.json", "segment": "4s"},)"), "catalog.movie");
    EXPECT_EQ(path(R"("catalog": {"ladder": []},)"), "catalog.ladder");
    EXPECT_EQ(path(R"("catalog": {"ladder": ["1.0005 Mbps"]},)"), "catalog.ladder[0]");
    EXPECT_EQ(path(R"("catalog": {"titles": 5000000, "episodes_per_season": 100},)"), "catalog");
    EXPECT_EQ(refused_text(small(), {"time.sample=31m"}).path, "time.sample");
    EXPECT_EQ(refused_text(small(), {"time.duration=100d", "time.sample=1s"}).path, "time.sample");
    EXPECT_EQ(path(R"("thresholds": [{"metric": "startup_ms", "max": 1}],)"), "thresholds[0].stat");
    EXPECT_EQ(path(R"("thresholds": [{"metric": "origin_offload", "stat": "p50", "max": 1}],)"), "thresholds[0].stat");
    EXPECT_EQ(path(R"("thresholds": [{"metric": "origin_offload", "min": 2, "max": 1}],)"), "thresholds[0].min");
    EXPECT_EQ(path(R"("thresholds": [{"metric": "origin_offload", "min": 2, "window": "1m"}],)"),
              "thresholds[0].window");
    EXPECT_EQ(path(R"("thresholds": [{"metric": "cdn.edge.byte_hit_ratio", "min": 0, "window": "1h"}],)"),
              "thresholds[0].window");
    EXPECT_EQ(path(R"("outputs": {"breakdowns": ["isp", "isp"]},)"), "outputs.breakdowns[1]");
    EXPECT_EQ(path(R"("prices": "none.json",)"), "prices");
}

TEST(Format, ExactPathsInTheCdn) {
    const std::string origin = R"({"id": "origin", "role": "origin", "nic": "1 Gbps"})";
    const auto path = [&](const std::string& edge) {
        return refused_text(with_nodes(R"({"id": "edge", "role": "edge", "nic": "1 Gbps", "parent": "origin", )" +
                                       edge + "}, " + origin))
            .path;
    };
    EXPECT_EQ(path(R"("disk": "1 MB")"), "cdn.nodes[0].disk");
    EXPECT_EQ(path(R"("disk": "none")"), "cdn.nodes[0].disk");
    EXPECT_EQ(path(R"("disk": "1 TB", "count": 0)"), "cdn.nodes[0].count");
    EXPECT_EQ(path(R"("disk": "1 TB", "per": "region", "region": "world")"), "cdn.nodes[0].region");
    EXPECT_EQ(path(R"("disk": "1 TB", "load_bound": 1)"), "cdn.nodes[0].load_bound");
    EXPECT_EQ(path(R"("disk": "1 TB", "cache": {"admit": "size"})"), "cdn.nodes[0].cache.admit_max_size");
    EXPECT_EQ(path(R"("disk": "1 TB", "cache": {"admit_probability": 0.5})"), "cdn.nodes[0].cache.admit_probability");
    EXPECT_EQ(path(R"("disk": "1 TB", "cache": {"admit": "probability"})"), "cdn.nodes[0].cache.admit_probability");
    EXPECT_EQ(path(R"("disk": "1 TB", "prefill": "yes")"), "cdn.nodes[0].prefill");
    EXPECT_EQ(path(R"("disk": "1 TB", "prefill": {"window": "02:00"})"), "cdn.nodes[0].prefill.window");
    EXPECT_EQ(path(R"("disk": "1 TB", "holds_everything": true, "prefill": true)"), "cdn.nodes[0].prefill");
    const auto cdn = [&](const std::string& more) { return refused_text(small(), {more}).path; };
    EXPECT_EQ(cdn(R"(cdn.links=[{"from": "edge", "to": "origin"}, {"from": "edge", "to": "origin"}])"), "cdn.links[1]");
    EXPECT_EQ(cdn(R"(cdn.links=[{"from": "edge", "to": "origin", "rtt": "0 ms"}])"), "cdn.links[0].rtt");
    EXPECT_EQ(cdn(R"(cdn.links=[{"from": "edge"}])"), "cdn.links[0].to");
    EXPECT_EQ(cdn("cdn.settle_tick=0s"), "cdn.settle_tick");
    EXPECT_EQ(cdn("cdn.steering.policy=nearest-with-rom"), "cdn.steering.policy");
    EXPECT_EQ(cdn("cdn.nodes[1].holds_everything=false"), "cdn.nodes[1].holds_everything");
    EXPECT_EQ(cdn("cdn.nodes[1].parent=edge"), "cdn.nodes[1].parent");
    EXPECT_EQ(cdn("arrivals.curve={\"type\": \"constant\", \"peak_at\": \"20:30\"}"), "arrivals.curve.peak_at");
    EXPECT_EQ(cdn("arrivals.curve={\"type\": \"diurnal\", \"hours\": [1, 2]}"), "arrivals.curve.hours");
}

TEST(Format, FaultSelectors) {
    const auto refuse_target = [](const std::string& target) {
        const auto where =
            refused_text(small(R"("faults": [{"at": "T", "kind": "down", "target": ")" + target + R"("}],)"));
        EXPECT_EQ(where.path, "faults[0].target") << target;
        return where;
    };
    for (const char* target :
         {"", "edge[", "edge[]", "edge[0", "edge[-1]", "edge[0..]", "edge[0...1]", "edge[1..0]", "edge[1]", "edge[0]x",
          "edge.server[0..1]", "edge.server[1]", "edge[0].server", "link:origin", "link:edge.server[0]", "region:mars",
          "region:world[0]", "pop", "edge[4294967296]"})
        refuse_target(target);
    EXPECT_EQ(refuse_target("edge[1]").suggestion, "\"edge\" has 1 site, counted from 0");
    const auto fault = [](const std::string& members) {
        return refused_text(small(R"("faults": [{"at": "T", "target": "edge", )" + members + "}],")).path;
    };
    EXPECT_EQ(fault(R"("kind": "down", "loss": 0.1)"), "faults[0].loss");
    EXPECT_EQ(fault(R"("kind": "slow")"), "faults[0]");
    EXPECT_EQ(fault(R"("kind": "slow", "rate_factor": 0)"), "faults[0].rate_factor");
    EXPECT_EQ(fault(R"("kind": "lossy")"), "faults[0].loss");
    EXPECT_EQ(fault(R"("kind": "crash")"), "faults[0].kind");
    EXPECT_EQ(fault(R"("kind": "down", "for": "0s")"), "faults[0].for");
}

}  // namespace matinee::scenario
