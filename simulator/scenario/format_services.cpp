// services: the platform behind the viewers.
#include <algorithm>
#include <cmath>

#include "simulator/scenario/format.hpp"

namespace matinee::scenario {

using services::BrownOut;
using services::ClientSpec;
using services::CryptoModel;
using services::InstanceSpec;
using services::Promotion;
using services::ProviderFaults;
using services::ProviderSpec;
using services::ScalingSpec;
using services::Spec;
using services::StoreModel;

namespace {

constexpr uint64_t kMostInstances = 1000;  // in a region

/// "at" and "for" of something that lasts from S::at to S::end.
template <class S>
void add_span(Table<S>& table) {
    const Codec<TimeNs> length = duration(kMillisecond, 400 * kDay, "rest");
    table.field("at", &S::at, moment(0, 400 * kDay), "when it begins", Presence::Required)
        .custom(
            {"for", "how long it lasts; \"rest\": to the end of the run", length.shape, false, Value::string("rest")},
            [length](S& s, const Value& value, const Place& place) { s.end = length.read(value, place); },
            [](const S& s, const Context&) {
                return Value::string(s.end == kNever ? "rest" : duration_text(s.end - s.at));
            })
        .check([](S& s, const Value& value, const Place& place) {
            const Value* length_said = given(value, "for");
            const bool ends =
                length_said != nullptr && !(length_said->is(Value::Kind::Text) && length_said->text == "rest");
            s.end = ends ? s.end + s.at : kNever;  // read as a length
            const Scenario* scenario = place.context.scenario;
            if (scenario != nullptr && s.at >= scenario->time.duration)
                refuse(*given(value, "at"), place.member("at").path,
                       "before the end of the run (time.duration is " + duration_text(scenario->time.duration) + ")");
        });
}

Table<InstanceSpec> instance_table() {
    Table<InstanceSpec> table(InstanceSpec{}, "an object: cores, concurrency, queue");
    table.field("cores", &InstanceSpec::cores, whole(1, 1024), "that handle requests, one request at a time each")
        .field("concurrency", &InstanceSpec::concurrency, whole(1, 1'000'000),
               "requests handled at a time, waiting for stores included")
        .field("queue", &InstanceSpec::queue, whole(0, 1'000'000),
               "requests that may wait; what finds every instance's queue full is refused at once");
    return table;
}

Table<ScalingSpec> scaling_table() {
    ScalingSpec initial;
    initial.on = true;
    Table<ScalingSpec> table(initial, "an object: min, max, target, interval, start_up, cool_down");
    table.field("min", &ScalingSpec::least, whole(1, kMostInstances), "instances that always stay")
        .field("max", &ScalingSpec::most, whole(1, kMostInstances), "instances at most")
        .field("target", &ScalingSpec::target, share({0, 1, true}), "share of core time that should be busy")
        .field("interval", &ScalingSpec::interval, duration(kSecond, kHour),
               "between two looks at it (Kubernetes: 15 s)")
        .field("start_up", &ScalingSpec::start_up, duration(0, kHour),
               "from the decision until a new instance takes requests")
        .field("cool_down", &ScalingSpec::cool_down, duration(0, kDay),
               "instances go only if they were not wanted for so long (Kubernetes: 5 min)")
        .check([](ScalingSpec& scaling, const Value& value, const Place& place) {
            if (scaling.least <= scaling.most) return;
            const char* const key = given(value, "min") != nullptr ? "min" : "max";
            refuse(*given(value, key), place.member(key).path, "min not above max");
        });
    return table;
}

Table<StoreModel> store_table(const StoreModel& initial) {
    Table<StoreModel> table(initial, "an object: round_trip, read, write, connections");
    table.field("round_trip", &StoreModel::round_trip, duration(0, kMinute), "between an instance and the store")
        .field("read", &StoreModel::read, duration(0, kMinute), "service time of a transaction that reads")
        .field("write", &StoreModel::write, duration(0, kMinute), "of one that writes")
        .field("connections", &StoreModel::servers, whole(1, 100'000), "served at a time, of all instances together");
    return table;
}

Table<CryptoModel> passwords_table() {
    Table<CryptoModel> table(CryptoModel{}, "an object: hash, threads, patience");
    table.field("hash", &CryptoModel::hash, duration(0, kMinute), "time of a thread for one password (argon2id)")
        .field("threads", &CryptoModel::servers, whole(1, 1024), "of each instance, for passwords only")
        .field("patience", &CryptoModel::patience, duration(0, kHour), "what would wait longer for one is refused");
    return table;
}

Table<ClientSpec> clients_table() {
    Table<ClientSpec> table(ClientSpec{}, "an object: new, log_in, search, think, heartbeat, timeout, ...");
    table.field("new", &ClientSpec::new_share, share(), "of arriving viewers: registers, chooses a plan and pays")
        .field("log_in", &ClientSpec::log_in_share, share(),
               "of the others: with address and password; the rest have a refresh token of an earlier visit")
        .field("search", &ClientSpec::search_share, share(), "searches before it chooses")
        .field("think", &ClientSpec::think, duration(0, kHour), "mean time for a choice, exponential")
        .field("heartbeat", &ClientSpec::heartbeat, duration(kSecond, kHour), "between two while playing")
        .field("timeout", &ClientSpec::timeout, duration(10 * kMillisecond, kHour),
               "how long a client waits for an answer, network aside")
        .field("attempts", &ClientSpec::attempts, whole(1, 100), "of one call, the first included")
        .field("backoff", &ClientSpec::backoff, duration(0, kHour), "before the second attempt; then doubling")
        .field("jitter", &ClientSpec::jitter, flag(), "wait a random part of that time instead of all of it");
    return table;
}

Table<Promotion> promotion_table() {
    Table<Promotion> table(Promotion{}, "an object: at, for, new");
    add_span(table);
    table.field("new", &Promotion::new_share, share(), "share of arriving viewers that is new meanwhile",
                Presence::Required);
    return table;
}

template <class S, class Member>
void add_provider_faults(Table<S>& table, Member faults) {
    const auto part = [faults](double ProviderFaults::* member) {
        return [faults, member](auto& s) -> auto& { return faults(s).*member; };
    };
    Codec<double> percent = share();
    percent.read = [read = percent.read](const Value& value, const Place& place) {
        const double fraction = read(value, place);
        if (std::abs(fraction * 100 - std::round(fraction * 100)) > 1e-9) refuse(value, place.path, "whole per cent");
        return fraction;
    };
    table.field("slow", part(&ProviderFaults::slow), percent, "of calls: take slow_latency")
        .field("failed", part(&ProviderFaults::failed), percent, "of calls: an error, and nothing has happened")
        .field("lost", part(&ProviderFaults::lost), percent, "of calls: done, and no answer before the time-out")
        .field("declined", part(&ProviderFaults::declined), percent, "of payments: the card is refused")
        .field("late", part(&ProviderFaults::late), percent, "of payments: decided some seconds later");
}

Table<BrownOut> brown_out_table() {
    Table<BrownOut> table(BrownOut{}, "an object: at, for, slow, failed, lost, declined, late");
    add_span(table);
    add_provider_faults(table, [](auto& s) -> auto& { return s.faults; });
    return table;
}

Table<ProviderSpec> provider_table() {
    Table<ProviderSpec> table(ProviderSpec{},
                              "an object: latency, slow_latency, timeout, slow, failed, ..., brown_outs");
    table.field("latency", &ProviderSpec::latency, duration(0, kMinute), "of a call")
        .field("slow_latency", &ProviderSpec::slow_latency, duration(0, kMinute), "of a slow one")
        .field("timeout", &ProviderSpec::timeout, duration(kMillisecond, kMinute),
               "after which a call has no answer, and the platform asks again later");
    add_provider_faults(table, [](auto& s) -> auto& { return s.usual; });
    table
        .field("brown_outs", &ProviderSpec::brown_outs, list_of(brown_out_table().codec(), 0, 1000, "brown-outs"),
               "times in which other things go wrong; what one does not say is as usual")
        .check([](ProviderSpec& provider, const Value& value, const Place&) {
            constexpr std::pair<const char*, double ProviderFaults::*> kFaults[] = {
                {"slow", &ProviderFaults::slow},
                {"failed", &ProviderFaults::failed},
                {"lost", &ProviderFaults::lost},
                {"declined", &ProviderFaults::declined},
                {"late", &ProviderFaults::late}};
            for (size_t i = 0; i < provider.brown_outs.size(); ++i)
                for (const auto& [key, member] : kFaults)
                    if (given(given(value, "brown_outs")->items[i], key) == nullptr)
                        provider.brown_outs[i].faults.*member = provider.usual.*member;
        });
    return table;
}

Table<std::array<TimeNs, services::kOperations>> times_table() {
    Table<std::array<TimeNs, services::kOperations>> table(services::default_cpu_times(),
                                                           "an object of operations and their CPU times");
    for (size_t i = 0; i < services::kOperations; ++i)
        table.field(
            std::string(services::kOperationTable[i].name), [i](auto& times) -> auto& { return times[i]; },
            duration(0, kMinute), "mean CPU time of a call on an instance's core");
    return table;
}

struct InRegion {
    uint32_t region = 0;
    uint32_t instances = 1;
};

Codec<std::vector<InRegion>> regions_codec() {
    Table<InRegion> table(InRegion{}, "an object: region, instances");
    table.field("region", &InRegion::region, reference(&Context::regions, "a region"), "its id", Presence::Required)
        .field("instances", &InRegion::instances, whole(1, kMostInstances), "at the start", Presence::Required);
    return list_of(table.codec(), 0, 1000, "regions");
}

void add_regions(Table<Spec>& table) {
    const Codec<std::vector<InRegion>> codec = regions_codec();
    table.custom(
        {"regions", "regions that begin with another number of instances", codec.shape, false, Value::list()},
        [codec](Spec& spec, const Value& value, const Place& place) {
            spec.instances_in_region.assign(place.context.regions.size(), 0);
            const std::vector<InRegion> list = codec.read(value, place);
            for (size_t i = 0; i < list.size(); ++i) {
                uint32_t& instances = spec.instances_in_region[list[i].region];
                if (instances != 0)
                    refuse(*given(value.items[i], "region"), place.item(i).member("region").path, "each region once");
                instances = list[i].instances;
            }
        },
        [codec](const Spec& spec, const Context& context) {
            std::vector<InRegion> list;
            for (uint32_t r = 0; r < spec.instances_in_region.size(); ++r)
                if (spec.instances_in_region[r] != 0) list.push_back({r, spec.instances_in_region[r]});
            return codec.write(list, context);
        });
}

void add_scaling(Table<Spec>& table) {
    const Codec<ScalingSpec> codec = scaling_table().codec();
    table.custom(
        {"autoscaling", "the number of instances follows the load; left out: it stays", codec.shape, false,
         std::nullopt},
        [codec](Spec& spec, const Value& value, const Place& place) { spec.scaling = codec.read(value, place); },
        [codec](const Spec& spec, const Context& context) {
            return spec.scaling.on ? codec.write(spec.scaling, context) : Value();
        });
}

}  // namespace

Table<Spec> services_table() {
    Table<Spec> stores(Spec{}, "an object: sql, kv, log");
    stores.field("sql", &Spec::sql, store_table(Spec{}.sql).codec(), "the region's database")
        .field("kv", &Spec::kv, store_table(Spec{}.kv).codec(), "the region's key-value store")
        .field("log", &Spec::log, store_table(Spec{}.log).codec(), "the region's event log");
    Table<Spec> table(Spec{}, "an object: instances, instance, autoscaling, stores, clients, provider, ...");
    table.field("instances", &Spec::instances, whole(1, kMostInstances), "processes of the platform in each region");
    add_regions(table);
    table.field("instance", &Spec::instance, instance_table().codec(), "what one of them can do");
    add_scaling(table);
    table.field("service_times", &Spec::cpu, times_table().codec(), "CPU time by operation")
        .field("service_time_cv", &Spec::cpu_cv, number({0, 10}), "coefficient of variation of these; lognormal")
        .field("passwords", &Spec::crypto, passwords_table().codec(), "what hashing a password costs")
        .section("stores", stores, "what the instances of a region share")
        .field("clients", &Spec::clients, clients_table().codec(), "what viewers' apps do")
        .field("promotions", &Spec::promotions, list_of(promotion_table().codec(), 0, 1000, "promotions"),
               "times in which more of those who arrive are new; the first that holds counts")
        .field("provider", &Spec::provider, provider_table().codec(), "of payments")
        .field("wire", &Spec::wire, flag(),
               "requests and answers become bytes of HTTP and are parsed again, as on a real wire");
    table.check([](Spec& spec, const Value& value, const Place& place) {
        if (!spec.scaling.on) return;
        const auto check = [&](uint32_t instances, const Value& said, const std::string& path) {
            if (instances < spec.scaling.least || instances > spec.scaling.most)
                refuse(said, path,
                       "from autoscaling.min to autoscaling.max (" + std::to_string(spec.scaling.least) + " to " +
                           std::to_string(spec.scaling.most) + ")");
        };
        if (const Value* said = given(value, "instances")) {
            check(spec.instances, *said, place.member("instances").path);
        } else {
            spec.instances = std::clamp(spec.instances, spec.scaling.least, spec.scaling.most);
        }
        if (const Value* said = given(value, "regions"))
            for (size_t i = 0; i < said->items.size(); ++i)
                if (const Value* count = given(said->items[i], "instances"))
                    check(uint32_t(count->magnitude), *count, place.member("regions").item(i).member("instances").path);
    });
    return table;
}

}  // namespace matinee::scenario
