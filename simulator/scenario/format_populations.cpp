// populations: who watches, where, on what, with which player and how much patience. A population with several regions
// or ISPs stands for one population of each combination; the canonical form holds the combinations.
#include <algorithm>
#include <set>

#include "simulator/scenario/format.hpp"
#include "simulator/scenario/names.hpp"

namespace matinee::scenario {
namespace {

using population::DurationLaw;
using population::Patience;

constexpr size_t kMaxPopulations = 10'000;
constexpr size_t kMaxName = 300;
/// So that the canonical form of any scenario stays within what a scenario may have (kMaxValues).
constexpr size_t kMaxPopulationValues = 400'000;

/// A population as written, before regions x ISPs.
struct Template {
    Population population;
    std::vector<std::pair<uint32_t, double>> regions;  ///< empty: all, in equal shares
    std::vector<std::pair<std::string, double>> isps;
};

/// A name, a list of names or names with shares.
struct Mix {
    std::vector<std::string> names;
    std::vector<const Value*> places;
    std::vector<std::string> paths;
    std::vector<MixPart> parts;
    std::vector<double> shares;
};

Mix read_mix(const Value& value, const Place& place, const std::string& expected) {
    Mix mix;
    if (value.is(Value::Kind::Text)) {
        mix = {{value.text}, {&value}, {place.path}, {{}}, {}};
    } else if (value.is(Value::Kind::List) && !value.items.empty()) {
        for (size_t i = 0; i < value.items.size(); ++i) {
            mix.names.push_back(read_text(value.items[i], place.item(i).path, "a name"));
            mix.places.push_back(&value.items[i]);
            mix.paths.push_back(place.item(i).path);
            mix.parts.push_back({});
        }
    } else if (value.is(Value::Kind::Object) && !value.keys.empty()) {
        const Codec<double> part = mix_part();
        for (size_t i = 0; i < value.keys.size(); ++i) {
            if (value.items[i].is(Value::Kind::Null)) continue;
            mix.names.push_back(value.keys[i]);
            mix.places.push_back(&value.items[i]);
            mix.paths.push_back(place.member(value.keys[i]).path);
            mix.parts.push_back({part.read(value.items[i], place.member(value.keys[i])), &value.items[i]});
        }
    } else {
        refuse(value, place.path, expected);
    }
    for (size_t i = 0; i < mix.names.size(); ++i)
        if (std::find(mix.names.begin(), mix.names.begin() + ptrdiff_t(i), mix.names[i]) !=
            mix.names.begin() + ptrdiff_t(i))
            refuse_as(mix.places[i]->origin, mix.paths[i], "\"" + mix.names[i] + "\" twice", "each name once");
    mix.shares = shares_of(mix.parts, value, place.path);
    return mix;
}

uint32_t index_of(const Mix& mix, size_t i, const std::vector<std::string>& known, const std::string& what) {
    Value name = Value::string(mix.names[i]);
    name.origin = mix.places[i]->origin;
    return read_name(name, mix.paths[i], known, what);
}

ShapePtr mix_shape(const std::string& expected) {
    const ShapePtr name = scalar("a name", object_of({{"type", Value::string("string")}}));
    auto list = std::make_shared<Shape>();
    list->kind = Shape::Kind::List;
    list->item = name;
    auto map = std::make_shared<Shape>();
    map->kind = Shape::Kind::Map;
    map->item = mix_part().shape;
    list->expected = map->expected = expected;
    return union_of(expected, {name, list, map});
}

Value write_mix(std::vector<std::pair<std::string, double>> parts) {
    if (parts.empty()) return {};
    if (parts.size() == 1) return Value::string(parts[0].first);
    Value map = Value::object();
    for (const auto& [name, share] : parts) map.set(name, Value::number_of(share));
    return map;
}

/// By time watched: smart TV 35.3 and stick or box 34.6 (Conviva, Q2 2022); phone 12, PC 8, tablet 3 (assumptions).
std::vector<DeviceShare> default_device_mix() {
    std::vector<double> shares{35.3, 34.6, 12, 8, 3};
    normalise(shares, {}, "");
    std::vector<DeviceShare> mix;
    for (uint32_t i = 0; i < shares.size(); ++i) mix.push_back({i, shares[i]});
    return mix;
}

/// An assumption for a country with much fibre and cable: most viewing is at home, where what limits is the line or the
/// Wi-Fi; 15 % is mobile.
std::vector<Access> default_access_mix() {
    std::vector<Access> mix;
    for (const auto& [name, share] :
         {std::pair("fibre", 0.30), {"cable", 0.25}, {"dsl", 0.10}, {"wifi", 0.20}, {"5g", 0.06}, {"4g", 0.09}}) {
        Access access;
        access.name = access.generator = name;
        access.share = share;
        mix.push_back(access);
    }
    return mix;
}

void read_devices(Template& t, const Value& value, const Place& place) {
    const Mix mix = read_mix(value, place, "devices with their shares, such as {\"tv\": 0.7, \"phone\": 0.3}");
    t.population.devices.clear();
    for (size_t i = 0; i < mix.names.size(); ++i)
        t.population.devices.push_back({index_of(mix, i, place.context.devices, "a device"), mix.shares[i]});
    std::sort(t.population.devices.begin(), t.population.devices.end(),
              [](const DeviceShare& a, const DeviceShare& b) { return a.device < b.device; });
}

void read_isps(Template& t, const Value& value, const Place& place) {
    const Codec<std::string> id = identifier("an ISP's name");
    const Mix mix = read_mix(value, place, "an ISP's name, a list of names, or names with shares");
    for (size_t i = 0; i < mix.names.size(); ++i) {
        Value name = Value::string(mix.names[i]);
        name.origin = mix.places[i]->origin;
        t.isps.emplace_back(id.read(name, {place.context, mix.paths[i]}), mix.shares[i]);
    }
    std::sort(t.isps.begin(), t.isps.end());
}

void read_regions(Template& t, const Value& value, const Place& place) {
    const Mix mix = read_mix(value, place, "a region, a list of regions, or regions with shares");
    for (size_t i = 0; i < mix.names.size(); ++i)
        t.regions.emplace_back(index_of(mix, i, place.context.regions, "a region"), mix.shares[i]);
    std::sort(t.regions.begin(), t.regions.end());
}

Table<Population> player_table() {
    const auto player = [](auto member) { return [member](auto& p) -> auto& { return p.player.*member; }; };
    using player::Settings;
    Table<Population> table(Population{}, "an object: start_buffer, resume_buffer, buffer_target, ...");
    table
        .field("start_buffer", player(&Settings::startup_threshold), duration(kMillisecond, kHour, "one segment"),
               "media in the buffer at which playback starts")
        .field("resume_buffer", player(&Settings::rebuffer_threshold), duration(kMillisecond, kHour, "one segment"),
               "media in the buffer at which playback resumes after a stall")
        .field("buffer_target", player(&Settings::buffer_target), duration(kSecond, kHour),
               "no request that would take the buffer beyond it")
        .field("abandon_slow_segments", player(&Settings::abandon_slow_segments), flag(),
               "gives up a segment that comes too slowly and asks for a smaller one")
        .field("request_timeout", player(&Settings::request_timeout), duration(100 * kMillisecond, 10 * kMinute),
               "without a first byte for so long, the player asks another site")
        .field("attempts", player(&Settings::attempts), whole(1, 1000), "failed requests in a row before it gives up")
        .field("constant_rung", player(&Settings::constant_rung), whole(0, 31),
               "of abr \"constant\": the rung it plays")
        .unless([](const Population& p) { return p.player.rule != abr::Rule::Constant; });
    return table;
}

Table<Population> session_table() {
    using population::Behaviour;
    const Codec<DurationLaw> law = duration_law(10 * kDay);
    const ShapePtr shape =
        union_of("\"mix\" or " + law.shape->expected,
                 {scalar("\"mix\"", object_of({{"enum", Value::list({Value::string("mix")})}})), law.shape});
    Table<Population> table(Population{}, "an object: length, next_episode, pauses_per_hour, seeks_per_hour");
    table.custom(
        {"length", "how long a viewer means to watch one title; \"mix\": 45 % browse, 22 % see a part, 33 % finish",
         shape, false, Value::string("mix")},
        [=](Population& p, const Value& value, const Place& place) {
            p.behaviour.play_mix = value.is(Value::Kind::Text) && value.text == "mix";
            if (!p.behaviour.play_mix) p.behaviour.watch = law.read(value, place);
        },
        [=](const Population& p, const Context& context) {
            return p.behaviour.play_mix ? Value::string("mix") : law.write(p.behaviour.watch, context);
        });
    const auto of = [](auto member) { return [member](auto& p) -> auto& { return p.behaviour.*member; }; };
    table.field("next_episode", of(&Behaviour::next_episode), share(), "chance to go on after a finished episode")
        .field("pauses_per_hour", of(&Behaviour::pauses_per_hour), number({0, 1000}), "of play")
        .field("seeks_per_hour", of(&Behaviour::seeks_per_hour), number({0, 1000}), "of play");
    return table;
}

/// A time that nobody leaves within, or "endless" patience.
void add_grace(Table<Population>& table, std::string key, std::string doc, bool Patience::* on,
               TimeNs Patience::* grace) {
    const Codec<TimeNs> length = duration(0, kHour);
    const ShapePtr shape =
        union_of(length.shape->expected + " or \"endless\"",
                 {length.shape, scalar("\"endless\"", object_of({{"enum", Value::list({Value::string("endless")})}}))});
    table.custom(
        {std::move(key), std::move(doc), shape, false, Value::string(duration_text(Patience{}.*grace))},
        [=](Population& p, const Value& value, const Place& place) {
            Patience& patience = p.behaviour.patience;
            patience.*on = !(value.is(Value::Kind::Text) && value.text == "endless");
            if (patience.*on) patience.*grace = length.read(value, place);
        },
        [=](const Population& p, const Context&) {
            const Patience& patience = p.behaviour.patience;
            return Value::string(patience.*on ? duration_text(patience.*grace) : "endless");
        });
}

Population initial_population() {
    Population p;
    p.name = "viewers";
    p.share = 1;
    // An assumption for want of a published law of single stalls: half a minute on average, as most stalls are shorter.
    p.behaviour.patience.stall = {DurationLaw::Kind::Exponential, 30, 0};
    return p;
}

Table<Population> patience_table() {
    Table<Population> table(initial_population(), "an object: startup, startup_leave_per_s, stall, stall_more");
    const auto of = [](auto member) { return [member](auto& p) -> auto& { return p.behaviour.patience.*member; }; };
    add_grace(table, "startup", "nobody leaves a start-up shorter than this; \"endless\": nobody ever does",
              &Patience::during_startup, &Patience::startup_grace);
    table
        .field("startup_leave_per_s", of(&Patience::startup_leave_per_s), share(),
               "share of viewers that leave per further second (5.8 %: Krishnan and Sitaraman, IMC 2012)")
        .unless([](const Population& p) { return !p.behaviour.patience.during_startup; });
    add_grace(table, "stall", "nobody leaves a stall shorter than this; \"endless\": nobody ever does",
              &Patience::during_stall, &Patience::stall_grace);
    table.field("stall_more", of(&Patience::stall), duration_law(kDay), "how much longer a stall viewers bear")
        .unless([](const Population& p) { return !p.behaviour.patience.during_stall; });
    return table;
}

/// A table of populations as a table of templates: sections fill the population inside.
void add_section(Table<Template>& table, const std::string& key, const Table<Population>& inner,
                 const std::string& doc) {
    table.custom(
        {key, doc, inner.shape(), false, std::nullopt},
        [inner](Template& t, const Value& value, const Place& place) { inner.read_into(t.population, value, place); },
        [inner](const Template& t, const Context& context) { return inner.write(t.population, context); });
}

/// What a player and the catalogue must be to each other.
void check_player(const Population& p, const Value& value, const Place& place) {
    const Value* player = given(value, "player");
    const Place here = place.member("player");
    const auto refuse_field = [&](const char* key, const std::string& found, const std::string& expected) {
        const Value* there = player ? given(*player, key) : nullptr;
        refuse_as(there ? there->origin : value.origin, here.member(key).path, found, expected);
    };
    const Value* rung = player ? given(*player, "constant_rung") : nullptr;
    if (rung != nullptr && p.player.rule != abr::Rule::Constant)
        refuse(*rung, here.member("constant_rung").path, "nothing: it belongs to abr \"constant\"");
    const TimeNs target = p.player.buffer_target;
    for (const auto& [key, threshold] :
         {std::pair("start_buffer", p.player.startup_threshold), {"resume_buffer", p.player.rebuffer_threshold}})
        if (threshold > target)
            refuse_field(key, duration_text(threshold), "at most player.buffer_target (" + duration_text(target) + ")");
    if (place.context.scenario == nullptr) return;
    const population::Catalog& catalog = place.context.scenario->catalog;
    if (target < catalog.segment)
        refuse_field("buffer_target", duration_text(target),
                     "at least catalog.segment (" + duration_text(catalog.segment) + ")");
    if (p.player.rule == abr::Rule::Constant && p.player.constant_rung >= catalog.ladder.size())
        refuse_field("constant_rung", std::to_string(p.player.constant_rung),
                     "a rung of catalog.ladder: 0 to " + std::to_string(catalog.ladder.size() - 1));
}

Table<Template> template_table() {
    Template initial;
    initial.population = initial_population();
    Table<Template> table(initial, "an object: name, share, region, isp, devices, access, abr, ...");
    const auto of = [](auto member) { return [member](auto& t) -> auto& { return t.population.*member; }; };
    const std::string device_mix = "devices with their shares, such as {\"tv\": 0.7, \"phone\": 0.3}";
    table.field("name", of(&Population::name), text(kMaxName), "its name, unlike the others'")
        .field("share", of(&Population::share), mix_part(),
               "of all arrivals, or a whole number as weight; left out: what the others leave")
        .custom({"region", "where: one region, several in equal shares, or with shares; left out: all in equal shares",
                 mix_shape("a region, a list of regions, or regions with shares"), false, std::nullopt},
                read_regions,
                [](const Template& t, const Context& context) {
                    std::vector<std::pair<std::string, double>> parts;
                    for (const auto& [region, share] : t.regions) parts.emplace_back(context.regions[region], share);
                    return write_mix(parts);
                })
        .custom({"isp", "internet service provider: one, several in equal shares, or with shares",
                 mix_shape("an ISP's name, a list of names, or names with shares"), false, Value::string("isp")},
                read_isps, [](const Template& t, const Context&) { return write_mix(t.isps); })
        .custom({"devices",
                 "what they watch on, by ids of devices[]; left out: 38 % tv, 37 % stick, 13 % phone, 9 % pc, "
                 "3 % tablet",
                 mix_shape(device_mix), false, std::nullopt},
                read_devices,
                [](const Template& t, const Context& context) {
                    Value map = Value::object();
                    for (const DeviceShare& device : t.population.devices)
                        map.set(context.devices[device.device], Value::number_of(device.share));
                    return map.items.empty() ? Value() : map;
                })
        .field("access", of(&Population::access), access_codec(),
               "how they are connected; left out: 30 % fibre, 25 % cable, 10 % dsl, 20 % wifi, 6 % 5g, 9 % 4g")
        .field(
            "abr", [](auto& t) -> auto& { return t.population.player.rule; }, choice(rule_choices(), "an ABR rule"),
            "the rule that picks each segment's bitrate");
    add_section(table, "player", player_table(), "buffers and retries");
    add_section(table, "session", session_table(), "how long they watch and what they do meanwhile");
    add_section(table, "patience", patience_table(), "when they leave");
    table.check([device_mix](Template& t, const Value& value, const Place& place) {
        Population& p = t.population;
        if (p.access.empty()) p.access = default_access_mix();
        if (t.isps.empty()) t.isps = {{"isp", 1}};
        if (p.devices.empty()) {
            if (place.context.own_devices)
                refuse_as(value.origin, place.member("devices").path, "nothing", device_mix,
                          "the default mix is for the default devices, and this scenario lists its own");
            p.devices = default_device_mix();
        }
        if (t.regions.empty()) {
            const size_t count = place.context.regions.size();
            for (uint32_t i = 0; i < count; ++i) t.regions.emplace_back(i, 1.0 / double(count));
        }
        check_player(p, value, place);
    });
    return table;
}

void expand(const Template& t, const Value& value, const Place& place, std::vector<Population>& out, size_t& values) {
    for (const auto& [region, region_share] : t.regions)
        for (const auto& [isp, isp_share] : t.isps) {
            Population p = t.population;
            p.region = region;
            p.isp = isp;
            p.share = t.population.share * region_share * isp_share;
            if (t.regions.size() > 1) p.name += " " + place.context.regions[region];
            if (t.isps.size() > 1) p.name += " " + isp;
            if (p.name.size() > kMaxName)
                refuse_as(value.origin, place.member("name").path,
                          "a name of " + std::to_string(p.name.size()) + " bytes",
                          "at most " + std::to_string(kMaxName) + ", with region and ISP");
            values += 40 + p.devices.size() + 8 * p.access.size();
            out.push_back(std::move(p));
            if (out.size() > kMaxPopulations || values > kMaxPopulationValues)
                refuse_as(value.origin, place.path,
                          std::to_string(out.size()) + " populations or more, with their devices and access networks",
                          "fewer combinations of regions and ISPs");
        }
}

}  // namespace

Codec<std::vector<Population>> populations_codec() {
    const Codec<Template> one = template_table().codec();
    const std::string expected = list_expected(1, 1000, "populations");
    auto shape = std::make_shared<Shape>();
    shape->kind = Shape::Kind::List;
    shape->expected = expected;
    shape->item = one.shape;
    const auto read = [=](const Value& value, const Place& place) {
        if (!value.is(Value::Kind::List) || value.items.empty() || value.items.size() > kMaxPopulations)
            refuse(value, place.path, expected);
        std::vector<Template> templates;
        std::vector<MixPart> parts;
        for (size_t i = 0; i < value.items.size(); ++i) {
            templates.push_back(one.read(value.items[i], place.item(i)));
            parts.push_back({templates[i].population.share, given(value.items[i], "share")});
        }
        const std::vector<double> shares = shares_of(parts, value, place.path);
        std::vector<Population> populations;
        std::set<std::string> names;
        size_t values = 0;
        for (size_t i = 0; i < value.items.size(); ++i) {
            const Place here = place.item(i);
            const size_t first = populations.size();
            templates[i].population.share = shares[i];
            expand(templates[i], value.items[i], here, populations, values);
            for (size_t k = first; k < populations.size(); ++k)
                if (!names.insert(populations[k].name).second)
                    refuse_as(value.items[i].origin, here.member("name").path,
                              "\"" + populations[k].name + "\" a second time", "a name of its own for each population");
        }
        return populations;
    };
    const auto write = [one](const std::vector<Population>& populations, const Context& context) {
        Value list = Value::list();
        for (const Population& p : populations) {
            const Template t{p, {{p.region, 1}}, {{p.isp, 1}}};
            list.items.push_back(one.write(t, context));
        }
        return list;
    };
    return {shape, read, write};
}

}  // namespace matinee::scenario
