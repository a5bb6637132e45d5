#include "clients/cli/lab/cache_report.hpp"

#include <algorithm>
#include <cmath>

#include "clients/cli/build_info.hpp"
#include "reports/format.hpp"
#include "reports/json_writer.hpp"
#include "reports/page.hpp"
#include "system/base/math.hpp"
#include "system/cdn/cache/cache.hpp"

namespace matinee::cli {

using cdn::lab::MissRatios;
using cdn::lab::Trace;

namespace {

constexpr uint32_t kColours = 8;  // of a chart

std::string amount_text(const CacheTask& task, Bytes amount) {
    return task.ignore_size ? reports::count_text(amount) + " objects" : reports::bytes_text(double(amount));
}

/// "lru" or "lru, second-hit".
std::string label_of(const cdn::CacheSpec& spec) {
    const bool all = spec.admit == cdn::Admission::Always;
    return cdn::name_of(spec.evict) + (all ? "" : ", " + cdn::name_of(spec.admit));
}

double log10(double x) { return math::log(x) / math::log(10); }

/// Decades of percent from the smallest share that is drawn to the whole. A hair wider, because a tick that is exactly
/// at the end is left out.
reports::Axis share_axis(double lowest) {
    constexpr double hair = 2e-3;
    reports::Axis axis{lowest - hair, 2 + hair, {}, {}};
    for (double at = std::ceil(lowest - hair); at <= 2; ++at) {
        axis.ticks.push_back(at);
        axis.labels.push_back(reports::significant(math::pow(10, at), 2) + " %");
    }
    return axis;
}

reports::Chart chart_of(const MissRatioCurves& curves, Bytes footprint, const std::string& id, const std::string& title,
                        double MissRatios::* ratio) {
    reports::Chart chart;
    chart.id = id;
    chart.title = title;
    chart.summary = "the share that a cache of each size misses, by policy";
    chart.over_time = false;
    chart.log_x = true;
    chart.x_unit = "size of the cache, % of the footprint";
    for (const Bytes capacity : curves.capacities)
        chart.x.push_back(log10(100 * double(capacity) / double(std::max<Bytes>(footprint, 1))));
    for (const MissRatioCurve& curve : curves.curves) {
        reports::Line line;
        line.label = label_of(curve.spec);
        line.colour = uint32_t(chart.lines.size()) % kColours;
        for (const MissRatios& point : curve.points) line.y.emplace_back(point.*ratio);
        chart.lines.push_back(std::move(line));
    }
    chart.x_axis = share_axis(chart.x.front());
    chart.y_axis = reports::value_axis(0, 1, 4);
    return chart;
}

}  // namespace

Bytes footprint_of(const CacheTask& task, const Trace& trace) {
    return task.ignore_size ? trace.objects() : trace.footprint_bytes();
}

std::string runs_json(const std::vector<CacheRun>& runs) {
    reports::JsonWriter json;
    json.array();
    for (const CacheRun& run : runs) {
        json.object(true).key("policy").text(cdn::name_of(run.spec.evict));
        if (run.spec.admit != cdn::Admission::Always) json.key("admission").text(cdn::name_of(run.spec.admit));
        json.key("capacity_bytes").integer(run.capacity);
        json.key("requests").integer(run.counts.requests).key("misses").integer(run.counts.misses);
        json.key("requested_bytes").integer(run.counts.requested_bytes);
        json.key("missed_bytes").integer(run.counts.missed_bytes);
        json.key("object_miss_ratio").number(run.counts.object_miss_ratio());
        json.key("byte_miss_ratio").number(run.counts.byte_miss_ratio());
        json.key("requests_per_second").number(double(run.counts.requests) / std::max(run.cpu_s, 1e-9)).end();
    }
    json.end();
    return json.take();
}

std::string runs_table(const CacheTask& task, const Trace& trace, const std::vector<CacheRun>& runs) {
    using reports::left, reports::right, reports::count_text;
    std::string text = reports::clean_text(task.trace_file) + ": " + count_text(trace.requests()) + " requests for " +
                       count_text(trace.objects()) + " objects";
    if (!task.ignore_size)
        text += ", " + reports::bytes_text(double(trace.requested_bytes())) + " of a footprint of " +
                reports::bytes_text(double(trace.footprint_bytes()));
    text += "\n\n" + left("policy", 24) + right("capacity", 18) + right("misses", 14) + right("objects", 9) +
            (task.ignore_size ? "" : right("bytes", 9)) + '\n';
    for (const CacheRun& run : runs) {
        const std::string capacity = amount_text(task, run.capacity);
        const bool share = run.capacity_text.ends_with('%');
        text += left(label_of(run.spec), 18) + right((share ? run.capacity_text + " = " : "") + capacity, 24) +
                right(count_text(run.counts.misses), 14) + right(reports::fixed(run.counts.object_miss_ratio(), 5), 9) +
                (task.ignore_size ? "" : right(reports::fixed(run.counts.byte_miss_ratio(), 5), 9)) + '\n';
    }
    return text;
}

std::string curves_json(const MissRatioCurves& curves) {
    reports::JsonWriter json;
    json.array();
    for (const MissRatioCurve& curve : curves.curves) {
        for (size_t i = 0; i < curves.capacities.size(); ++i) {
            json.object(true).key("policy").text(cdn::name_of(curve.spec.evict));
            json.key("capacity_bytes").integer(curves.capacities[i]);
            json.key("object_miss_ratio").number(curve.points[i].objects);
            json.key("byte_miss_ratio").number(curve.points[i].bytes);
            json.key("sample_rate").number(curve.exact ? 1 : curves.sample_rate).end();
        }
    }
    json.end();
    return json.take();
}

std::string curves_page(const CacheTask& task, const Trace& trace, const MissRatioCurves& curves) {
    const Bytes footprint = footprint_of(task, trace);
    reports::Plot plot;
    plot.title = "Miss-ratio curves of " + task.trace_file;
    plot.about = "What share of the requests each policy misses, by the size of the cache.";
    bool sampled = false;
    for (const MissRatioCurve& curve : curves.curves) sampled |= !curve.exact && curves.sample_rate < 1;
    plot.about += sampled ? " LRU with all admitted is exact; the others come from a sample of " +
                                reports::share_text(curves.sample_rate) +
                                " of the objects in a cache scaled down alike (SHARDS)."
                          : " All points are exact.";
    plot.facts = {{reports::count_text(trace.requests()), "requests"},
                  {reports::count_text(trace.objects()), "objects"},
                  {amount_text(task, footprint), "footprint"}};
    plot.charts = {chart_of(curves, footprint, "objects", "Object miss ratio", &MissRatios::objects)};
    if (!task.ignore_size)
        plot.charts.push_back(chart_of(curves, footprint, "bytes", "Byte miss ratio", &MissRatios::bytes));
    plot.version = build_info().version;
    return reports::plot_html(plot);
}

}  // namespace matinee::cli
