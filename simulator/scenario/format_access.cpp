// How viewers are connected: a generator by name, recorded traces, or a mix of several.
#include <algorithm>

#include "simulator/scenario/content.hpp"
#include "simulator/scenario/format.hpp"
#include "simulator/scenario/names.hpp"

namespace matinee::scenario {
namespace {

constexpr size_t kMaxWays = 64;

Access named_generator(const std::string& name) {
    Access access;
    access.name = access.generator = name;
    return access;
}

Codec<std::string> generator_codec() {
    std::vector<std::pair<std::string, std::string>> names;
    for (const std::string& name : generator_names()) names.emplace_back(name, name);
    return choice(std::move(names), "an access network");
}

void read_traces(Access& access, const Value& value, const Place& place, const std::string& expected) {
    access.traces_path = read_path(value, place.path, expected);
    Files* files = place.context.files;
    if (files == nullptr || !files->exists(access.traces_path))
        refuse_as(value.origin, place.path, shown(value) + ", which does not exist", expected,
                  "looked for " + access.traces_path);
    access.traces = files->traces(access.traces_path);
    access.name = value.text;
}

void check_access(Access& access, const Value& value, const Place& place) {
    const bool generated = !access.generator.empty();
    if (generated == (access.traces != nullptr))
        refuse_as(value.origin, place.path, generated ? "both \"generator\" and \"traces\"" : shown(value),
                  "either \"generator\" or \"traces\"");
    if (access.name.empty()) access.name = access.generator;
    if (!access.traces || access.rtt > 0) return;
    for (const network::RecordedTrace& trace : *access.traces) {
        const bool silent = std::all_of(trace.periods.begin(), trace.periods.end(),
                                        [](const auto& period) { return period.latency_ms <= 0; });
        if (silent)
            refuse_as(value.origin, place.member("rtt").path, "\"own\", but " + trace.name + " records no latency",
                      "the round trip of these links, such as \"50 ms\"");
    }
}

/// One way to reach viewers as an object.
Table<Access> access_table() {
    const std::string expected = "a path to a folder of recorded links (read recursively) or to one file";
    Table<Access> table(Access{}, "an object with \"generator\" or \"traces\", and name, share, scale, rtt, loss");
    Codec<double> loss = share({0, 0.5});
    const Codec<double> plain = loss;
    loss.shape = union_of(plain.shape->expected + " or \"own\"",
                          {plain.shape, scalar("\"own\"", object_of({{"enum", Value::list({Value::string("own")})}}))});
    loss.read = [plain](const Value& value, const Place& place) {
        return value.is(Value::Kind::Text) && value.text == "own" ? -1.0 : plain.read(value, place);
    };
    loss.write = [](const double& fraction, const Context&) {
        return fraction < 0 ? Value::string("own") : Value::number_of(fraction);
    };
    table
        .field("share", &Access::share, mix_part(),
               "of the population's viewers, or a whole number as weight; left out: what the others leave")
        .field("generator", &Access::generator, generator_codec(), "the law that links are drawn from")
        .unless([](const Access& access) { return access.generator.empty(); })
        .custom(
            {"traces", "recorded links; each viewer gets one of them, from a random point on, repeated",
             scalar(expected, object_of({{"type", Value::string("string")}})), false, std::nullopt},
            [expected](Access& access, const Value& value, const Place& place) {
                read_traces(access, value, place, expected);
            },
            [](const Access& access, const Context& context) {
                if (!access.traces) return Value();
                return Value::string(context.for_hash ? content_of(*access.traces) : access.traces_path);
            })
        .field("name", &Access::name, text(4096), "as breakdowns call it; left out: the generator or the folder")
        .field("scale", &Access::scale, number({0, 1000, true}), "multiplies every bandwidth")
        .field("rtt", &Access::rtt, duration(100 * kMicrosecond, 10 * kSecond, "own"),
               "round trip to the nearest site; \"own\": the generator's law, or the trace's latency")
        .field("loss", &Access::loss, loss, "share of packets lost; \"own\": the generator's, none for traces")
        .check(check_access);
    return table;
}

bool is_one_way(const Value& value) { return value.find("generator") != nullptr || value.find("traces") != nullptr; }

void take_shares(std::vector<Access>& ways, const std::vector<MixPart>& parts, const Value& value, const Place& place) {
    const std::vector<double> shares = shares_of(parts, value, place.path);
    for (size_t i = 0; i < ways.size(); ++i) ways[i].share = shares[i];
}

std::vector<Access> read_mix(const Value& value, const Place& place, const std::vector<std::string>& generators) {
    if (value.keys.empty()) refuse(value, place.path, "at least one access network with its share");
    std::vector<Access> mix;
    const Codec<double> part = mix_part();
    for (size_t i = 0; i < value.keys.size(); ++i) {
        const std::string& name = value.keys[i];
        if (value.items[i].is(Value::Kind::Null)) continue;
        if (std::find(generators.begin(), generators.end(), name) == generators.end()) {
            std::vector<std::string> known = generators;
            known.insert(known.end(), {"generator", "traces"});
            refuse_as(value.items[i].origin, place.member(name).path, "an unknown access network", one_of(generators),
                      did_you_mean(name, known));
        }
        mix.push_back(named_generator(name));
        mix.back().share = part.read(value.items[i], place.member(name));
    }
    // In the generators' own order, whatever order the file has.
    std::sort(mix.begin(), mix.end(), [&](const Access& a, const Access& b) {
        return std::find(generators.begin(), generators.end(), a.name) <
               std::find(generators.begin(), generators.end(), b.name);
    });
    std::vector<MixPart> parts;
    for (const Access& way : mix) parts.push_back({way.share, value.find(way.name)});
    take_shares(mix, parts, value, place);
    return mix;
}

ShapePtr mix_shape(const std::vector<std::string>& generators) {
    auto shape = std::make_shared<Shape>();
    shape->kind = Shape::Kind::Map;
    shape->expected = "access networks with their shares";
    shape->names = generators;
    shape->item = mix_part().shape;
    return shape;
}

}  // namespace

Codec<std::vector<Access>> access_codec() {
    const Codec<Access> one = access_table().codec();
    const Codec<std::string> name = generator_codec();
    const std::vector<std::string> generators = generator_names();
    const std::string expected =
        "an access network such as \"fibre\", an object with \"generator\" or \"traces\", a list "
        "of those, or a mix such as {\"fibre\": 0.6, \"4g\": 0.4}";

    auto entry = union_of(expected, {name.shape, one.shape});
    auto list = std::make_shared<Shape>();
    list->kind = Shape::Kind::List;
    list->expected = expected;
    list->item = entry;

    const auto read_one = [=](const Value& value, const Place& place) {
        if (value.is(Value::Kind::Text)) return named_generator(name.read(value, place));
        if (!value.is(Value::Kind::Object)) refuse(value, place.path, "an access network or an object");
        return one.read(value, place);
    };
    const auto read = [=](const Value& value, const Place& place) {
        std::vector<Access> ways;
        if (value.is(Value::Kind::List)) {
            if (value.items.empty() || value.items.size() > kMaxWays) refuse(value, place.path, expected);
            std::vector<MixPart> parts;
            for (size_t i = 0; i < value.items.size(); ++i) {
                const Value& item = value.items[i];
                ways.push_back(read_one(item, place.item(i)));
                parts.push_back({ways[i].share, item.is(Value::Kind::Object) ? given(item, "share") : nullptr});
            }
            take_shares(ways, parts, value, place);
        } else if (value.is(Value::Kind::Object) && !is_one_way(value)) {
            ways = read_mix(value, place, generators);
        } else if (value.is(Value::Kind::Text) || value.is(Value::Kind::Object)) {
            ways.push_back(read_one(value, place));
            ways[0].share = 1;
        } else {
            refuse(value, place.path, expected);
        }
        return ways;
    };
    const auto write = [one](const std::vector<Access>& ways, const Context& context) {
        if (ways.empty()) return Value();
        Value result = Value::list();
        for (const Access& way : ways) result.items.push_back(one.write(way, context));
        return result;
    };
    return {union_of(expected, {name.shape, one.shape, list, mix_shape(generators)}), read, write};
}

}  // namespace matinee::scenario
