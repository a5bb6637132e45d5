#include "simulator/scenario/format.hpp"

#include "clients/population/catalog.hpp"
#include "simulator/scenario/content.hpp"

namespace matinee::scenario {

static Scenario initial_scenario() {
    Scenario scenario;
    scenario.regions = {{"world", 0}};
    scenario.devices = default_devices();
    scenario.outputs = outputs_table().initial();
    scenario.catalog = catalog_table().initial();
    scenario.time = time_table().initial();
    return scenario;
}

static ShapePtr any(std::string expected) {
    auto shape = std::make_shared<Shape>();
    shape->expected = std::move(expected);
    return shape;
}

/// A key that means nothing to the reader, or nothing any more once includes and variables are applied.
static void add_consumed(Table<Scenario>& table, Member member, Value::Kind kind) {
    const std::string expected = member.shape->expected;
    table.custom(
        std::move(member),
        [=](Scenario&, const Value& value, const Place& place) {
            if (!value.is(kind)) refuse(value, place.path, expected);
        },
        [](const Scenario&, const Context&) { return Value(); });
}

template <class T>
static Codec<std::vector<T>> unique_ids(Codec<std::vector<T>> codec) {
    codec.read = [read = codec.read](const Value& value, const Place& place) {
        std::vector<T> list = read(value, place);
        for (size_t i = 0; i < list.size(); ++i)
            for (size_t k = 0; k < i; ++k)
                if (list[i].id == list[k].id)
                    refuse(*given(value.items[i], "id"), place.item(i).member("id").path,
                           "an id of its own: " + place.item(k).path + " has this one");
        return list;
    };
    return codec;
}

/// The sum of what releases take is at its highest at the moment of one of them: they only decay.
static void check_release_shares(const Scenario& scenario, const Value& list, const Place& place) {
    for (size_t i = 0; i < scenario.releases.size(); ++i) {
        const population::Release& release = scenario.releases[i];
        double others = 0;
        for (const population::Release& other : scenario.releases)
            others += &other == &release ? 0 : population::release_share(other, release.at);
        if (others + release.share <= 1 + 1e-9) continue;
        const Value& share = *given(list.items[i], "share");
        const auto percent = [](double part) { return rounded_text(part * 100) + " %"; };
        refuse_as(share.origin, place.item(i).member("share").path,
                  shown(share) + ", so that releases take " + percent(others + release.share) + " of the starts at " +
                      given(list.items[i], "at")->text,
                  "releases that together take at most 100 % of the starts at any moment",
                  "the others take " + percent(others) + " then");
    }
}

static void add_releases(Table<Scenario>& table) {
    table
        .field("releases", &Scenario::releases, list_of(release_table().codec(), 0, 1000, "releases"),
               "films that come out during the run")
        .check([](Scenario& scenario, const Value& value, const Place& place) {
            for (size_t i = 0; i < scenario.releases.size(); ++i) {
                const Value& item = given(value, "releases")->items[i];
                const Place here = place.member("releases").item(i);
                if (scenario.releases[i].at >= scenario.time.duration)
                    refuse(
                        *given(item, "at"), here.member("at").path,
                        "before the end of the run (time.duration is " + duration_text(scenario.time.duration) + ")");
                for (size_t k = 0; k < i; ++k)
                    if (scenario.releases[k].title == scenario.releases[i].title)
                        refuse(*given(item, "title"), here.member("title").path, "a title of its own");
            }
            if (const Value* list = given(value, "releases"))
                check_release_shares(scenario, *list, place.member("releases"));
        });
}

static void check_bursts(const Scenario& scenario, const Value& value, const Place& place) {
    for (size_t i = 0; i < scenario.arrivals.bursts.size(); ++i)
        if (scenario.arrivals.bursts[i].at >= scenario.time.duration) {
            const Place here = place.member("arrivals").member("bursts").item(i).member("at");
            refuse(*given(given(*given(value, "arrivals"), "bursts")->items[i], "at"), here.path,
                   "before the end of the run (time.duration is " + duration_text(scenario.time.duration) + ")");
        }
}

static void add_prices(Table<Scenario>& table) {
    const std::string expected = "\"default\", or a path to a price file";
    table.custom(
        {"prices", "what egress, transit and servers cost; \"default\": the price file that comes with matinee",
         scalar(expected, object_of({{"type", Value::string("string")}})), false, Value::string("default")},
        [=](Scenario& scenario, const Value& value, const Place& place) {
            if (value.is(Value::Kind::Text) && value.text == "default") return;
            scenario.prices_file = read_path(value, place.path, expected);
            scenario.default_prices = false;
            if (place.context.files == nullptr || !place.context.files->exists(scenario.prices_file))
                refuse_as(value.origin, place.path, shown(value) + ", which does not exist", expected,
                          "looked for " + scenario.prices_file);
        },
        [](const Scenario& scenario, const Context& context) {
            if (scenario.default_prices) return Value::string("default");
            if (context.for_hash && context.files != nullptr)
                return Value::string(content_of(context.files->text(scenario.prices_file)));
            return Value::string(scenario.prices_file);
        });
}

static Table<Scenario> make_format_table() {
    Table<Scenario> table(initial_scenario(), "a scenario: an object with time, arrivals, cdn, ...");
    add_consumed(table,
                 {"$schema", "where editors find the schema",
                  scalar("text", object_of({{"type", Value::string("string")}})), false, std::nullopt},
                 Value::Kind::Text);
    const ShapePtr version =
        scalar("1, the only version there is", object_of({{"enum", Value::list({Value::whole(1)})}}));
    table.custom(
        {"version", "of this format", version, false, Value::whole(1)},
        [version](Scenario&, const Value& value, const Place& place) {
            if (!value.is(Value::Kind::Whole) || value.magnitude != 1 || value.negative)
                refuse(value, place.path, version->expected);
        },
        [](const Scenario&, const Context&) { return Value::whole(1); });
    table.field("name", &Scenario::name, text(200), "left out: the file's name")
        .field("description", &Scenario::description, text(4000), "for people; reports show it")
        .field("seed", &Scenario::seed, whole<uint64_t>(0, UINT64_MAX), "same seed, same bytes; `--seed` overrides it");
    auto files = std::make_shared<Shape>();
    files->kind = Shape::Kind::List;
    files->expected = "a list of paths, relative to this file";
    files->item = scalar("a path", object_of({{"type", Value::string("string")}}));
    add_consumed(
        table,
        {"include", "scenario files that this one builds on; later ones win over earlier ones, this file over all",
         files, false, std::nullopt},
        Value::Kind::List);
    auto variables = std::make_shared<Shape>();
    variables->kind = Shape::Kind::Map;
    variables->expected = "an object of variables";
    variables->item = any("any value");
    add_consumed(table,
                 {"vars", "named values: \"${name}\" stands for the value, and within a longer string for its text",
                  variables, false, std::nullopt},
                 Value::Kind::Object);
    table.field("time", &Scenario::time, time_table().codec(), "the time axis; T is its start", Presence::Required)
        .field("catalog", &Scenario::catalog, catalog_table().codec(), "what can be watched");
    add_releases(table);
    table.check(check_bursts);
    table
        .field("regions", &Scenario::regions, unique_ids(list_of(region_table().codec(), 1, 1000, "regions")),
               "places with a local time and sites of their own")
        .field("devices", &Scenario::devices, unique_ids(list_of(device_table().codec(), 1, 100, "devices")),
               "classes of devices; left out: tv, stick, phone (up to 3 Mbps), pc and tablet (up to 4.3 Mbps)")
        .field("populations", &Scenario::populations, populations_codec(),
               "who watches; left out: one population with the default mixes, in all regions")
        .field("arrivals", &Scenario::arrivals, arrivals_table().codec(), "how many watch, and when",
               Presence::Required)
        .field("cdn", &Scenario::cdn, cdn_table().codec(), "what serves them", Presence::Required)
        .field("transport", &Scenario::transport, transport_table().codec(), "connections between viewers and sites")
        .field("faults", &Scenario::faults, list_of(fault_table().codec(), 0, 10'000, "faults"),
               "what breaks, and when")
        .field("services", &Scenario::services, maybe(services_table().codec()),
               "the platform's services behind the viewers; left out: they play without asking anybody")
        .field("thresholds", &Scenario::thresholds, list_of(threshold_table().codec(), 0, 1000, "thresholds"),
               "what must hold for the run to pass");
    add_prices(table);
    table.field("outputs", &Scenario::outputs, outputs_table().codec(), "what goes into reports");
    return table;
}

const Table<Scenario>& format_table() {
    static const Table<Scenario> table = make_format_table();
    return table;
}

const Shape& format_shape() { return *format_table().shape(); }

}  // namespace matinee::scenario
