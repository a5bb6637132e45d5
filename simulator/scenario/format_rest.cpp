// transport, faults, thresholds and outputs.
#include <algorithm>
#include <charconv>

#include "simulator/scenario/format.hpp"
#include "simulator/scenario/metrics.hpp"
#include "simulator/scenario/sites.hpp"

namespace matinee::scenario {

Table<Transport> transport_table() {
    using Congestion = Transport::Congestion;
    const std::vector<std::pair<std::string, Congestion>> kinds{{"bbr", Congestion::Bbr}, {"cubic", Congestion::Cubic}};
    Table<Transport> table(Transport{}, "an object: setup_rtts, initial_window, idle_restart, keep_alive, congestion");
    table
        .field("setup_rtts", &Transport::setup_rtts, number({0, 10}),
               "round trips of a new connection: TCP and TLS 1.3 take 2, TLS 1.2 3, QUIC 1, QUIC 0-RTT 0")
        .field("initial_window", &Transport::initial_window_bytes, size<uint32_t>(1'000, 10'000'000),
               "sent before the first answer (RFC 6928: ten segments)")
        .field("idle_restart", &Transport::idle_restart, duration(10 * kMillisecond, kHour, "never"),
               "the window halves for each such time of idleness")
        .field("keep_alive", &Transport::keep_alive, duration(0, kDay), "an idle connection is closed after this")
        .field("congestion", &Transport::congestion, choice(kinds, "a congestion control"), "what packet loss does");
    return table;
}

namespace {

constexpr const char* kSelectors =
    "a selector: \"edge\", \"edge[2]\", \"edge[0..3]\", \"edge[3].server[1]\", \"link:edge\", \"link:edge[0..3]\" or "
    "\"region:eu-west\"";

/// Takes `[2]` or `[0..3]` off the front.
bool take_range(std::string_view& rest, uint32_t& first, uint32_t& last) {
    const size_t end = rest.find(']');
    if (rest.empty() || rest[0] != '[' || end == rest.npos) return false;
    const std::string_view inside = rest.substr(1, end - 1);
    const size_t dots = inside.find("..");
    const auto number = [](std::string_view text, uint32_t& out) {
        const auto [at, error] = std::from_chars(text.data(), text.data() + text.size(), out);
        return error == std::errc() && at == text.data() + text.size() && !text.empty();
    };
    rest.remove_prefix(end + 1);
    if (dots == inside.npos) {
        if (!number(inside, first)) return false;
        last = first;
        return true;
    }
    return number(inside.substr(0, dots), first) && number(inside.substr(dots + 2), last);
}

void read_target(Fault& fault, const Value& value, const Place& place) {
    const std::string& selector = read_text(value, place.path, kSelectors);
    std::string_view rest = selector;
    const auto named = [&](const std::vector<std::string>& known, const std::string& what) {
        const size_t end = std::min(rest.find('['), rest.size());
        Value name = Value::string(rest.substr(0, end));
        name.origin = value.origin;
        rest.remove_prefix(end);
        return read_name(name, place.path, known, what);
    };
    if (rest.starts_with("region:")) {
        rest.remove_prefix(7);
        fault.target = Fault::Target::Region;
        fault.region = named(place.context.regions, "a region");
        if (!rest.empty()) refuse(value, place.path, kSelectors);
        return;
    }
    fault.target = Fault::Target::Sites;
    if (rest.starts_with("link:")) {
        rest.remove_prefix(5);
        fault.target = Fault::Target::Link;
    }
    fault.group = named(place.context.nodes, "a node group");
    fault.first_site = 0;
    fault.last_site = UINT32_MAX;
    if (!rest.empty() && rest[0] == '[' && !take_range(rest, fault.first_site, fault.last_site))
        refuse(value, place.path, kSelectors);
    if (rest.starts_with(".server") && fault.target == Fault::Target::Sites) {
        rest.remove_prefix(7);
        uint32_t server = 0, same = 0;
        if (!take_range(rest, server, same) || server != same) refuse(value, place.path, kSelectors);
        fault.server = server;
    }
    if (!rest.empty()) refuse(value, place.path, kSelectors);
    const Scenario* scenario = place.context.scenario;
    if (scenario == nullptr || fault.group >= scenario->cdn.nodes.size()) return;
    const NodeGroup& group = scenario->cdn.nodes[fault.group];
    const uint64_t sites = site_count(*scenario, group);
    const std::string has = "\"" + group.id + "\" has " + std::to_string(sites) + (sites == 1 ? " site" : " sites");
    if (fault.last_site == UINT32_MAX) fault.last_site = uint32_t(sites - 1);
    if (fault.first_site > fault.last_site) refuse(value, place.path, "a range from the lower site to the higher one");
    if (fault.last_site >= sites)
        refuse(value, place.path, "a site from 0 to " + std::to_string(sites - 1), has + ", counted from 0");
    if (fault.server && *fault.server >= group.servers)
        refuse(value, place.path, "a server from 0 to " + std::to_string(group.servers - 1));
    if (fault.target == Fault::Target::Link && !group.parent)
        refuse(value, place.path, "the child group of a link", "\"" + group.id + "\" has no parent");
}

Value write_target(const Fault& fault, const Context& context) {
    if (fault.target == Fault::Target::Region)
        return fault.region < context.regions.size() ? Value::string("region:" + context.regions[fault.region])
                                                     : Value();
    if (fault.group >= context.nodes.size()) return {};
    std::string text = (fault.target == Fault::Target::Link ? "link:" : "") + context.nodes[fault.group] + "[" +
                       std::to_string(fault.first_site);
    if (fault.last_site != fault.first_site) text += ".." + std::to_string(fault.last_site);
    text += "]";
    if (fault.server) text += ".server[" + std::to_string(*fault.server) + "]";
    return Value::string(text);
}

const std::vector<std::pair<std::string, Fault::Kind>>& fault_kinds() {
    static const std::vector<std::pair<std::string, Fault::Kind>> kinds{
        {"down", Fault::Kind::Down}, {"slow", Fault::Kind::Slow}, {"lossy", Fault::Kind::Lossy}};
    return kinds;
}

void check_fault(Fault& fault, const Value& value, const Place& place) {
    const std::pair<const char*, Fault::Kind> owned[] = {
        {"rate_factor", Fault::Kind::Slow}, {"added_latency", Fault::Kind::Slow}, {"loss", Fault::Kind::Lossy}};
    for (const auto& [key, kind] : owned)
        if (const Value* there = given(value, key); there && fault.kind != kind)
            refuse(*there, place.member(key).path,
                   "nothing: it belongs to kind \"" + fault_kinds()[size_t(kind)].first + "\"");
    if (fault.kind == Fault::Kind::Slow && fault.rate_factor == 1 && fault.added_latency == 0)
        refuse_as(value.origin, place.path, "a slow fault that changes nothing",
                  "\"rate_factor\" below 1 or \"added_latency\"");
    if (fault.kind == Fault::Kind::Lossy && fault.loss == 0)
        refuse_as(value.origin, place.member("loss").path, given(value, "loss") ? "0" : "nothing",
                  "the share of packets lost, such as \"2 %\"");
    if (const Value* length = given(value, "for"); length && !(length->is(Value::Kind::Text) && length->text == "rest"))
        fault.end += fault.at;  // read as a length
    else
        fault.end = kNever;
    if (fault.name.empty()) fault.name = given(value, "target")->text + " " + fault_kinds()[size_t(fault.kind)].first;
    const Scenario* scenario = place.context.scenario;
    if (scenario != nullptr && fault.at >= scenario->time.duration)
        refuse(*given(value, "at"), place.member("at").path,
               "before the end of the run (time.duration is " + duration_text(scenario->time.duration) + ")");
}

}  // namespace

Table<Fault> fault_table() {
    const Codec<TimeNs> length = duration(kMillisecond, 400 * kDay, "rest");
    const auto unless_kind = [](Fault::Kind kind) { return [kind](const Fault& fault) { return fault.kind != kind; }; };
    Table<Fault> table(Fault{}, "an object: at, for, target, kind, ...");
    table.field("name", &Fault::name, text(200), "as reports mark it; left out: the target and the kind")
        .field("at", &Fault::at, moment(0, 400 * kDay), "when it begins", Presence::Required)
        .custom(
            {"for", "how long it lasts; \"rest\": to the end of the run", length.shape, false, Value::string("rest")},
            [length](Fault& fault, const Value& value, const Place& place) { fault.end = length.read(value, place); },
            [](const Fault& fault, const Context&) {
                return Value::string(fault.end == kNever ? "rest" : duration_text(fault.end - fault.at));
            })
        .custom({"target", "sites of a group, one of their servers, the links to their parents, or a whole region",
                 scalar(kSelectors,
                        object_of({{"type", Value::string("string")},
                                   {"pattern", Value::string("^(region:|link:)?[A-Za-z0-9_-]+(\\[[0-9]+(\\.\\.[0-9]+)?"
                                                             "\\])?(\\.server\\[[0-9]+\\])?$")}})),
                 true, std::nullopt},
                read_target, write_target)
        .field("kind", &Fault::kind, choice(fault_kinds(), "a kind of fault"),
               "down: loses every request and flow; slow: less bandwidth, more latency; lossy: loses packets",
               Presence::Required)
        .field("rate_factor", &Fault::rate_factor, share({0, 1, true}),
               "of kind \"slow\": what remains of the bandwidth")
        .unless(unless_kind(Fault::Kind::Slow))
        .field("added_latency", &Fault::added_latency, duration(0, kMinute),
               "of kind \"slow\": added to the round trip")
        .unless(unless_kind(Fault::Kind::Slow))
        .field("loss", &Fault::loss, share({0, 1}), "of kind \"lossy\": share of packets lost")
        .unless(unless_kind(Fault::Kind::Lossy))
        .check(check_fault);
    return table;
}

static void check_threshold(Threshold& threshold, const Value& value, const Place& place) {
    const Value& metric = *given(value, "metric");
    const std::vector<std::string> known = metric_names(place.context.nodes);
    const std::string path = place.member("metric").path;
    if (std::find(known.begin(), known.end(), threshold.metric) == known.end()) {
        refuse_as(metric.origin, path, shown(metric) + ", an unknown metric",
                  "a metric: " + metric_names_text(place.context.nodes), did_you_mean(threshold.metric, known));
    }
    const MetricInfo& info = *find_metric(threshold.metric);
    if (info.of_services && place.context.scenario != nullptr && !place.context.scenario->services)
        refuse(metric, path, "a metric of what the scenario has: this one is of \"services\"");
    if (info.distribution && threshold.stat.empty())
        refuse_as(value.origin, place.member("stat").path, "nothing", "which statistic: " + one_of(metric_stats()));
    if (!info.distribution && !threshold.stat.empty())
        refuse(*given(value, "stat"), place.member("stat").path,
               "nothing: " + threshold.metric + " is a single number");
    if (!threshold.min && !threshold.max)
        refuse_as(value.origin, place.path, "neither \"min\" nor \"max\"", "at least one bound");
    if (threshold.min && threshold.max && *threshold.min > *threshold.max)
        refuse(*given(value, "min"), place.member("min").path, "not above \"max\"");
    if (threshold.window == 0) return;
    const Value& window = *given(value, "window");
    const std::string window_path = place.member("window").path;
    if (!info.windowed)
        refuse(window, window_path, "nothing: " + threshold.metric + " is known for the whole run only");
    const Scenario* scenario = place.context.scenario;
    if (scenario == nullptr) return;
    if (threshold.window < scenario->time.sample)
        refuse(window, window_path, "at least time.sample (" + duration_text(scenario->time.sample) + ")");
    if (threshold.window > scenario->time.duration)
        refuse(window, window_path, "at most time.duration (" + duration_text(scenario->time.duration) + ")");
}

Table<Threshold> threshold_table() {
    std::vector<std::pair<std::string, std::string>> stats;
    for (const std::string& stat : metric_stats()) stats.emplace_back(stat, stat);
    Codec<double> bound = number({-1e18, 1e18});
    bound.shape = scalar("a number", object_of({{"type", Value::string("number")}}));
    Table<Threshold> table(Threshold{}, "an object: metric, stat, min, max, window");
    table
        .field("metric", &Threshold::metric, text(200), "what is measured; `matinee list metrics` shows all",
               Presence::Required)
        .field("stat", &Threshold::stat, choice(stats, "a statistic"), "of metrics that have a value per session")
        .field("min", &Threshold::min, maybe(bound), "the least that passes, in the metric's unit")
        .field("max", &Threshold::max, maybe(bound), "the most that passes")
        .field("window", &Threshold::window, duration(kMillisecond, 400 * kDay, "run"),
               "holds in every window of this length; \"run\": over the whole run")
        .check(check_threshold);
    return table;
}

Table<Outputs> outputs_table() {
    std::vector<std::pair<std::string, std::string>> dimensions;
    for (const char* name : {"region", "isp", "device", "access", "site"}) dimensions.emplace_back(name, name);
    Outputs initial;
    initial.breakdowns = {"region", "isp", "device", "access"};
    Table<Outputs> table(initial, "an object: series, breakdowns, csv");
    table.field("series", &Outputs::series, flag(), "time series, one value per time.sample")
        .field("breakdowns", &Outputs::breakdowns, list_of(choice(dimensions, "a dimension"), 0, 5, "dimensions"),
               "by what the experience of viewers is split")
        .field("csv", &Outputs::csv, flag(), "the series as CSV files too")
        .check([](Outputs& outputs, const Value& value, const Place& place) {
            const auto& list = outputs.breakdowns;
            for (size_t i = 0; i < list.size(); ++i)
                if (std::find(list.begin(), list.begin() + ptrdiff_t(i), list[i]) != list.begin() + ptrdiff_t(i))
                    refuse(given(value, "breakdowns")->items[i], place.member("breakdowns").item(i).path,
                           "each dimension once");
        });
    return table;
}

}  // namespace matinee::scenario
