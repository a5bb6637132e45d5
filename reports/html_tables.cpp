// The tables of the HTML report: quantiles, breakdowns, the CDN, cost and provenance.
#include <algorithm>

#include "reports/cost.hpp"
#include "reports/format.hpp"
#include "reports/html.hpp"
#include "reports/html_parts.hpp"

namespace matinee::reports::html {

static constexpr uint64_t kFewSessions = 100;  // below this a p95 rests on fewer than five sessions

static std::string head(const std::string& title, bool right = true) {
    return std::string("<th scope=\"col\"") + (right ? " class=\"n\">" : ">") + title + "</th>";
}

std::string quantile_table(const Result& r) {
    std::string html = "<div class=\"card\"><table class=\"quantiles\"><thead><tr>" + head("Per session", false) +
                       head("p50") + head("p95") + head("p99") + head("mean") + "</tr></thead><tbody>\n";
    const auto row = [&](const char* name, const Distribution& d, auto text) {
        html += std::string("<tr><th scope=\"row\">") + name + "</th>";
        for (const double value : {d.p50, d.p95, d.p99, d.mean})
            html += "<td class=\"n\">" + (d.samples == 0 ? std::string("–") : text(value)) + "</td>";
        html += "</tr>\n";
    };
    row("Start-up time", r.experience.startup_ms, ms_text);
    row("Rebuffering ratio", r.experience.rebuffering_ratio, share_text);
    row("Bitrate", r.experience.bitrate_kbps, kbps_text);
    row("Switches a minute", r.experience.switches_per_minute, [](double v) { return significant(v); });
    return html + "</tbody></table></div>\n<p class=\"note\">" + count_text(r.experience.sessions) +
           " sessions that started after the warm-up. Start-up: request to play until the first frame. Rebuffering "
           "ratio: "
           "stall time over stall and play time. Bitrate: mean over the media a session played. Quantiles come from a "
           "histogram with 0.8 % resolution; sessions cut off by the end of the run count with what they had "
           "seen.</p>\n";
}

static std::string breakdown_table(const Breakdown& breakdown) {
    std::vector<const Slice*> slices;
    for (const Slice& slice : breakdown.slices) slices.push_back(&slice);
    const auto few = [](const Slice* s) { return s->experience.sessions < kFewSessions; };
    std::sort(slices.begin(), slices.end(), [&](const Slice* a, const Slice* b) {
        const Experience &x = a->experience, &y = b->experience;
        if (few(a) != few(b)) return few(b);
        if (x.rebuffering_ratio.mean != y.rebuffering_ratio.mean)
            return x.rebuffering_ratio.mean > y.rebuffering_ratio.mean;
        if (x.startup_ms.p95 != y.startup_ms.p95) return x.startup_ms.p95 > y.startup_ms.p95;
        return a->name < b->name;
    });
    double stalls = 0, startup = 0, rate = 0;
    for (const Slice* s : slices) {
        stalls = std::max(stalls, s->experience.rebuffering_ratio.mean);
        startup = std::max(startup, s->experience.startup_ms.p95);
        rate = std::max(rate, s->experience.bitrate_kbps.p50);
    }
    const auto measured = [](const Distribution& d, double value, double full, std::string (*text)(double),
                             const char* hue) {
        return d.samples == 0 ? std::string("–") : text(value) + bar(full > 0 ? value / full : 0, hue);
    };
    const std::string dimension = breakdown.dimension == "isp" ? "ISP" : escaped(breakdown.dimension);
    std::string html = "<div class=\"card\"><table class=\"stack fixed\"><caption>By " + dimension +
                       "</caption><thead><tr>" + head("By " + dimension, false) + head("Sessions") +
                       head("Rebuffering, mean") + head("Start-up, p95") + head("Bitrate, median") +
                       head("Failed starts") + head("Left early") + "</tr></thead><tbody>\n";
    for (const Slice* s : slices) {
        const Experience& e = s->experience;
        html += std::string("<tr") + (few(s) ? " class=\"few\"" : "") + "><th scope=\"row\">" + escaped(s->name) +
                (few(s) ? "<span class=\"role\">too few sessions to rank</span>" : "") + "</th>" +
                cell("sessions", count_text(e.sessions)) +
                cell("rebuffering, mean",
                     measured(e.rebuffering_ratio, e.rebuffering_ratio.mean, stalls, share_text, "warm")) +
                cell("start-up, p95", measured(e.startup_ms, e.startup_ms.p95, startup, ms_text, "warm")) +
                cell("bitrate, median", measured(e.bitrate_kbps, e.bitrate_kbps.p50, rate, kbps_text, "")) +
                cell("failed starts", or_dash(e.video_start_failures, share_text)) +
                cell("left before the first frame", or_dash(e.exits_before_start, share_text)) + "</tr>\n";
    }
    return html + "</tbody></table></div>\n";
}

std::string breakdown_tables(const Result& r) {
    std::string html;
    for (const Breakdown& breakdown : r.breakdowns)
        if (!breakdown.slices.empty()) html += breakdown_table(breakdown);
    return html;
}

static std::string load(const CdnGroup& g) {
    if (!(g.capacity_gbps > 0)) return "–";
    const double share = g.peak_egress_gbps / g.capacity_gbps;
    return share_text(share) +
           bar(share, share > 0.95  ? "hot"
                      : share > 0.8 ? "warm"
                                    : "") +
           "<span class=\"role\">" + share_text(std::max(0.0, 1 - share)) + " headroom</span>";
}

static std::string cdn_row(const CdnGroup& g) {
    const bool looked_up = g.hits + g.coalesced + g.misses != 0;
    const auto ratio = [&](const std::optional<double>& share) {
        return looked_up ? or_dash(share, share_text) : std::string(g.requests > 0 ? "holds all" : "–");
    };
    const double busiest = g.busiest_site_peak_share;
    return "<tr><th scope=\"row\">" + escaped(g.id) + "<span class=\"role\">" + escaped(g.role) + ", " +
           count_text(g.sites) + (g.sites == 1 ? " site, " : " sites, ") + count_text(g.servers) +
           (g.servers == 1 ? " server" : " servers") + "</span></th>" +
           cell("requests", short_count_text(double(g.requests))) +
           cell("hit ratio, requests", ratio(g.request_hit_ratio)) + cell("hit ratio, bytes", ratio(g.byte_hit_ratio)) +
           cell("coalesced", looked_up ? short_count_text(double(g.coalesced)) : "–") +
           cell("egress", bytes_text(double(g.egress_bytes))) +
           cell("peak of capacity",
                gbps_text(g.peak_egress_gbps) +
                    (g.capacity_gbps > 0 ? "<span class=\"role\">of " + gbps_text(g.capacity_gbps) + "</span>" : "")) +
           cell("load at the peak", load(g)) +
           cell("busiest site", g.busiest_site.empty() ? "–"
                                                       : share_text(busiest) + "<span class=\"role\">" +
                                                             escaped(g.busiest_site) + "</span>") +
           "</tr>\n";
}

std::string cdn_table(const Result& r) {
    if (r.cdn.empty()) return "";
    std::string html = "<div class=\"card scroll\"><table class=\"stack\"><thead><tr>" + head("Tier", false) +
                       head("Requests") + head("Hits") + head("By bytes") + head("Coalesced") + head("Egress") +
                       head("Peak") + head("Load") + head("Busiest site") + "</tr></thead><tbody>\n";
    for (const CdnGroup& group : r.cdn) html += cdn_row(group);
    html += "</tbody></table></div>\n";
    for (const CdnGroup& g : r.cdn) {
        std::string trouble;
        if (g.saturated_seconds > 0)
            trouble = "had saturated links for " + duration_text(g.saturated_seconds) + " (summed over its sites)";
        if (g.rejected > 0)
            trouble +=
                std::string(trouble.empty() ? "" : " and ") + "turned away " + count_text(g.rejected) + " requests";
        if (!trouble.empty()) html += "<p class=\"alert\"><b>" + escaped(g.id) + "</b> " + trouble + ".</p>\n";
    }
    return html +
           "<p class=\"note\">Hits include requests that joined a fill under way (coalesced). Peak: highest 5-minute "
           "mean of the whole tier. Busiest site: the highest 5-minute mean of any one site over that site's "
           "capacity." +
           (r.warmup_s > 0 ? " All of it after the warm-up.</p>\n" : "</p>\n");
}

std::string cost_table(const Result& r) {
    if (r.cost.lines.empty()) return "";
    std::string html = "<div class=\"card scroll\"><table class=\"stack\"><thead><tr>" + head("Tier and item", false) +
                       head("Quantity") + head("Price") + head("Cost") + head("Share") +
                       head("Source of the price", false) + "</tr></thead><tbody>\n";
    bool unchecked = false;
    for (const CostLine& line : r.cost.lines) {
        unchecked = unchecked || line.source.find("unchecked") != std::string::npos;
        const double share = r.cost.total_usd > 0 ? line.usd / r.cost.total_usd : 0;
        html += "<tr><th scope=\"row\">" + escaped(line.group) + "<span class=\"role\">" + escaped(line.item) +
                "</span></th>" + cell("quantity", quantity_text(line.quantity) + " " + escaped(line.unit)) +
                cell("price", usd_text(line.unit_price)) + cell("cost", usd_part_text(line.usd, r.cost.total_usd)) +
                cell("share", share_text(share) + bar(share)) + cell("source", escaped(line.source), "source wide") +
                "</tr>\n";
    }
    html +=
        "</tbody><tfoot><tr><th scope=\"row\">Total</th><td></td><td></td>" + cell("cost", usd_text(r.cost.total_usd)) +
        "<td></td>" + cell("a viewer-hour", or_dash(r.cost.usd_per_viewer_hour, usd_text) + " a viewer-hour", "") +
        "</tr></tfoot></table></div>\n<p class=\"note\">Prices: " + escaped(r.cost.prices) +
        ". GB are 10<sup>9</sup> bytes; transit and servers are charged for the simulated time, at 730 hours a month.";
    if (const std::string scope = cost_scope(r); !scope.empty()) html += " The cost is " + scope + ".";
    if (unchecked)
        html +=
            " Prices marked unchecked are estimates: put your own contracts in the price file before quoting a total.";
    return html + "</p>\n";
}

/// `text` as one word of a shell's command line.
static std::string shell_word(const std::string& text) {
    std::string word = "'";
    for (const char c : text) word += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return word + "'";
}

/// The options of `matinee run` that make this run of the scenario's file.
static std::string run_options(const Result& r) {
    std::string options;
    bool says_seed = false;
    for (const std::string& override : r.scenario_overrides) {
        options += " --set " + shell_word(override);
        says_seed = says_seed || override.starts_with("seed=");
    }
    return says_seed ? options : options + " --seed " + std::to_string(r.seed);
}

std::string provenance(const Result& r) {
    std::string html = "<dl class=\"provenance card\">\n";
    const auto fact = [&](const char* name, const std::string& value) {
        html += std::string("<dt>") + name + "</dt><dd>" + value + "</dd>\n";
    };
    fact("Reproduce",
         "<code>./matinee run FILE" + escaped(run_options(r)) +
             "</code> with the file of this scenario: it then has the hash below. An equal digest means an equal "
             "outcome, on any machine and with any number of threads.");
    fact("Scenario", escaped(r.scenario_name) + ", hash <code>" + escaped(r.scenario_hash) + "</code>");
    fact("Seed", "<code>" + std::to_string(r.seed) + "</code>");
    fact("Digest", "<code>" + escaped(r.digest) + "</code>");
    fact("Simulated", duration_text(r.simulated_s) + ", warm-up " +
                          (r.warmup_s > 0 ? duration_text(r.warmup_s) : "none") + "; " + count_text(r.counts.sessions) +
                          " sessions, " + count_text(r.counts.segments) + " segment requests, " +
                          count_text(r.counts.events) + " events");
    fact("Build", "matinee " + escaped(r.build.version) + ", commit <code>" + escaped(r.build.commit) + "</code>, " +
                      escaped(r.build.compiler) + ", " + escaped(r.build.type));
    fact("Work", duration_text(r.wall.elapsed_s) + " on " + std::to_string(r.wall.threads) +
                     (r.wall.threads == 1 ? " thread, " : " threads, ") + short_count_text(r.wall.segments_per_second) +
                     " segments/s, " + bytes_text(double(r.wall.peak_rss_bytes)) + " of memory at most");
    return html + "</dl>\n";
}

}  // namespace matinee::reports::html
