// regions, devices and arrivals.
#include <algorithm>

#include "simulator/scenario/format.hpp"

namespace matinee::scenario {

using population::Arrivals;
using population::Burst;

Table<Region> region_table() {
    Table<Region> table(Region{}, "an object: id, utc_offset");
    table
        .field("id", &Region::id, identifier("an id"), "its name in populations, nodes, faults and reports",
               Presence::Required)
        .field("utc_offset", &Region::utc_offset_h, utc_offset(), "local time less UTC, all year");
    return table;
}

Table<Device> device_table() {
    Table<Device> table(Device{}, "an object: id, max_bitrate, buffer_target");
    table.field("id", &Device::id, identifier("an id"), "its name in populations and reports", Presence::Required)
        .field("max_bitrate", &Device::max_bitrate, bitrate<Kbps>(10, 1'000'000, "none"),
               "no rung above this is played; the lowest rung always is")
        .field("buffer_target", &Device::buffer_target, duration(kSecond, kHour, "population"),
               "how much media it holds; \"population\": what player.buffer_target says")
        .check([](Device& device, const Value& value, const Place& place) {
            const TimeNs segment = place.context.scenario ? place.context.scenario->catalog.segment : 0;
            if (device.buffer_target != 0 && device.buffer_target < segment)
                refuse(*given(value, "buffer_target"), place.member("buffer_target").path,
                       "at least catalog.segment (" + duration_text(segment) + ")");
        });
    return table;
}

/// Caps (assumptions): a phone's screen shows no more than 720p, about 3 Mbps in H.264, a tablet's at most the lower
/// 1080p rung; television sets, sticks and PCs take everything.
std::vector<Device> default_devices() {
    return {{"tv", 0, 0}, {"stick", 0, 0}, {"phone", 3000, 0}, {"pc", 0, 0}, {"tablet", 4300, 0}};
}

static Table<Burst> burst_table() {
    Table<Burst> table(Burst{}, "an object: at, multiplier, rise, decay");
    table.field("at", &Burst::at, moment(-400 * kDay, 400 * kDay), "when it begins", Presence::Required)
        .field("multiplier", &Burst::multiplier, number({0, 1000}), "arrivals at its height over those without it",
               Presence::Required)
        .field("rise", &Burst::rise, duration(0, 30 * kDay), "from its beginning to its height")
        .field("decay", &Burst::decay, duration(kSecond, 400 * kDay, "none"),
               "time over which it falls to 37 %; \"none\": it stays");
    return table;
}

/// A curve is a word or, for the diurnal one with its settings, an object.
static void add_curve(Table<Arrivals>& table) {
    using Curve = Arrivals::Curve;
    const std::vector<std::pair<std::string, Curve>> kinds{{"constant", Curve::Constant}, {"diurnal", Curve::Diurnal}};
    const Codec<Curve> kind = choice(kinds, "a curve");
    const auto constant = [](const Arrivals& a) { return a.curve == Curve::Constant; };
    const auto by_table = [](const Arrivals& a) { return a.curve == Curve::Constant || !a.hours.empty(); };
    Table<Arrivals> inner(Arrivals{}, "\"constant\", \"diurnal\", or an object: type, trough_ratio, peak_at, hours");
    inner
        .field("type", &Arrivals::curve, kind, "the same level all day, or one that follows the local hour",
               Presence::Required)
        .field("trough_ratio", &Arrivals::trough_ratio, share(), "the quietest moment over the peak, on a cosine")
        .unless(by_table)
        .field("peak_at", &Arrivals::peak_at_h, local_clock(), "local time of the peak, on a cosine")
        .unless(by_table)
        .field("hours", &Arrivals::hours, list_of(number({0, 1e6}), 24, 24, "factors for the local hours 0 to 23"),
               "measured factors instead of a cosine; the largest of them is the peak")
        .unless([constant](const Arrivals& a) { return constant(a) || a.hours.empty(); })
        .check([](Arrivals& arrivals, const Value& value, const Place& place) {
            for (const char* key : {"trough_ratio", "peak_at", "hours"}) {
                const Value* there = given(value, key);
                if (there == nullptr) continue;
                if (arrivals.curve == Curve::Constant)
                    refuse(*there, place.member(key).path, "nothing: it belongs to type \"diurnal\"");
                if (!arrivals.hours.empty() && key != std::string_view("hours"))
                    refuse(*there, place.member(key).path, "nothing beside \"hours\", which sets the whole curve");
            }
            if (!arrivals.hours.empty() && !(*std::max_element(arrivals.hours.begin(), arrivals.hours.end()) > 0))
                refuse(*given(value, "hours"), place.member("hours").path, "at least one factor above 0");
        });
    const ShapePtr shape = union_of(inner.shape()->expected, {kind.shape, inner.shape()});
    table.custom(
        {"curve", "how the level moves over the day", shape, false, Value::string("constant")},
        [=](Arrivals& arrivals, const Value& value, const Place& place) {
            if (value.is(Value::Kind::Text))
                arrivals.curve = kind.read(value, place);
            else if (value.is(Value::Kind::Object))
                inner.read_into(arrivals, value, place);
            else
                refuse(value, place.path, shape->expected);
        },
        [=](const Arrivals& arrivals, const Context& context) { return inner.write(arrivals, context); });
}

Table<Arrivals> arrivals_table() {
    Table<Arrivals> table(Arrivals{}, "an object: viewers, steady, curve, bursts");
    table
        .field("viewers", &Arrivals::viewers, number({0, 1e9, true}),
               "concurrent viewers: the level of a constant curve, the peak of a diurnal one", Presence::Required)
        .field("steady", &Arrivals::steady, flag(),
               "true: that many are in mid-session at the start; false: nobody is");
    add_curve(table);
    table.field("bursts", &Arrivals::bursts, list_of(burst_table().codec(), 0, 1000, "bursts"),
                "moments at which arrivals multiply");
    return table;
}

}  // namespace matinee::scenario
