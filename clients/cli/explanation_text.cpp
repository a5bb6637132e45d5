#include "clients/cli/explanation_text.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <vector>

#include "clients/cli/layout.hpp"
#include "clients/player/abr/names.hpp"
#include "reports/format.hpp"
#include "system/base/text.hpp"
#include "system/cdn/cache/cache.hpp"

namespace matinee::cli {

using namespace reports;

namespace {

std::string entry(const std::string& title, const std::string& text) { return cli::entry(title, text, 12); }

std::string plural(uint64_t count, const std::string& what) {
    return count_text(count) + " " + what + (count == 1 ? "" : "s");
}

std::string list_text(const std::vector<std::string>& names) {
    std::string text;
    for (size_t i = 0; i < names.size(); ++i)
        text += (i == 0 ? "" : i + 1 == names.size() ? " and " : ", ") + clean_text(names[i]);
    return text;
}

std::string time_entry(const scenario::Scenario& s) {
    const double length_s = to_seconds(s.time.duration);
    std::string text = date_text(s.time.start_unix_s) + " for " + duration_text(length_s);
    if (s.time.warmup > 0) text += ", of which " + duration_text(to_seconds(s.time.warmup)) + " warm-up";
    return entry("Time", text + "; a sample every " + duration_text(to_seconds(s.time.sample)));
}

std::string audience_entry(const scenario::Scenario& s, const world::Explanation& e) {
    std::set<std::string> isps, access, rules;
    for (const scenario::Population& population : s.populations) {
        isps.insert(population.isp);
        for (const scenario::Access& way : population.access) access.insert(way.name);
        rules.insert(std::string(abr::name_of(population.player.rule)));
    }
    const std::string viewers = count_text(uint64_t(e.peak_viewers + 0.5)) +
                                (s.arrivals.curve == population::Arrivals::Curve::Diurnal ? " viewers at the peak"
                                 : s.arrivals.steady                                      ? " viewers at a time"
                                                                                          : " viewers in the long run");
    return entry("Audience", viewers + ", " + duration_text(std::round(e.mean_session_s / 60) * 60) + " each on average; " +
                                 plural(s.populations.size(), "population") + " in " +
                                 plural(s.regions.size(), "region") + " and " + plural(isps.size(), "ISP")) +
           entry("", "links: " + list_text({access.begin(), access.end()})) +
           entry("", "adaptation: " + list_text({rules.begin(), rules.end()}));
}

std::string catalog_entry(const scenario::Scenario& s, const world::Explanation& e) {
    const population::Movie* movie = s.catalog.movie.get();
    const std::vector<Kbps>& ladder = movie != nullptr ? movie->ladder : s.catalog.ladder;
    std::string text = plural(s.catalog.titles, "title") + " with " + plural(e.playables, "film") + " and episodes, " +
                       bytes_text(e.catalog_tb * 1e12) + "; " + plural(ladder.size(), "rung") + " from " +
                       kbps_text(ladder.front()) + " to " + kbps_text(ladder.back()) + ", segments of " +
                       significant(to_seconds(movie != nullptr ? movie->segment : s.catalog.segment)) + " s";
    if (movie != nullptr) text += "; sizes from " + clean_text(movie->file);
    std::string out = entry("Catalogue", text);
    for (const population::Release& release : s.releases)
        out += entry(
            "Release",
            clean_text(release.title) + " at " + clock_text(s.time.start_unix_s, to_seconds(release.at)) + ", " +
                share_text(release.share) + " of starts at its height, " +
                (release.prefill ? "prefilled from " + clock_text(s.time.start_unix_s, to_seconds(*release.prefill))
                                 : "not prefilled"));
    return out;
}

std::string cdn_table(const scenario::Scenario& s, const world::Explanation& e) {
    std::string out = left("CDN", 16) + right("sites", 7) + right("servers", 9) + right("egress", 12) +
                      right("cache", 10) + right("a site holds", 14) + "  parent\n";
    for (size_t i = 0; i < e.groups.size(); ++i) {
        const world::Explanation::Group& group = e.groups[i];
        const bool all = s.cdn.nodes[i].holds_everything;
        out += left("  " + clean_text(group.id), 16) + right(count_text(group.sites), 7) +
               right(count_text(group.servers), 9) + right(gbps_text(group.egress_gbps), 12) +
               right(all ? "" : bytes_text(group.cache_tb * 1e12), 10) +
               right(all ? "everything" : share_text(std::min(1.0, group.catalog_share)), 14) +
               (group.parent.empty() ? "" : "  " + shortened(clean_text(group.parent), 10)) + '\n';
    }
    std::set<std::string> policies;
    for (const scenario::NodeGroup& group : s.cdn.nodes)
        if (!group.holds_everything)
            policies.insert(cdn::name_of(group.cache.evict) +
                            (group.cache.admit == cdn::Admission::Always
                                 ? ""
                                 : " with admission " + cdn::name_of(group.cache.admit)));
    if (!policies.empty()) out += entry("", "policies: " + list_text({policies.begin(), policies.end()}));
    return out;
}

std::string faults_entry(const scenario::Scenario& s) {
    std::string out;
    for (const scenario::Fault& fault : s.faults) {
        const std::string from = clock_text(s.time.start_unix_s, to_seconds(fault.at));
        const bool ends = fault.end < s.time.duration;
        out += entry(out.empty() ? "Faults" : "",
                     clean_text(fault.name) + " from " + from +
                         (ends ? " to " + clock_text(s.time.start_unix_s, to_seconds(fault.end)) : " to the end"));
    }
    return out;
}

std::string run_entries(const scenario::Scenario& s, const world::Explanation& e, double wall_s) {
    return entry("Parallel", count_text(e.logical_processes) +
                                 (e.logical_processes == 1 ? " logical process" : " logical processes") +
                                 " in windows of " + significant(e.window_ms) + " ms, set by " +
                                 clean_text(e.window_set_by)) +
           entry("A run", "about " + short_count_text(e.expected_sessions) + " sessions, " +
                              short_count_text(e.expected_segments) + " segment requests and " +
                              short_count_text(e.expected_events) + " events;") +
           entry("", bytes_text(e.expected_memory_bytes) + " of memory and " +
                         (wall_s < 1 ? "less than a second" : duration_text(wall_s)) +
                         " on one thread of this machine") +
           entry("Thresholds", s.thresholds.empty() ? "none: a run can inform, but never fail"
                                                    : plural(s.thresholds.size(), "bound"));
}

}  // namespace

std::string explanation_text(const scenario::Scenario& scenario, const world::Explanation& explanation, double wall_s) {
    std::string out = shortened(clean_text(scenario.name), kTerminalWidth) + '\n';
    if (!scenario.description.empty()) out += entry("", clean_text(scenario.description));
    out += entry("", "hash " + scenario.hash + ", seed " + std::to_string(scenario.seed)) + '\n';
    out += time_entry(scenario) + audience_entry(scenario, explanation) + catalog_entry(scenario, explanation) +
           faults_entry(scenario) + '\n';
    return out + cdn_table(scenario, explanation) + '\n' + run_entries(scenario, explanation, wall_s);
}

}  // namespace matinee::cli
