#include "reports/cost.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <iterator>
#include <vector>

#include "reports/format.hpp"
#include "reports/json_reader.hpp"
#include "system/base/text.hpp"

namespace matinee::reports {

static const std::vector<std::string> kRoles = {"edge", "regional", "shield", "origin"};
static constexpr double kHoursPerMonth = 730;  // 8760 / 12

/// Refuses a key of `node` that is not in `known`.
static void check_keys(const JsonNode& node, const std::vector<std::string>& known) {
    for (const auto& [key, member] : node.members()) {
        if (std::find(known.begin(), known.end(), key) != known.end()) continue;
        const std::string nearest = nearest_spelling(key, known);
        member.refuse("the unknown key \"" + key + "\"", one_of(known),
                      nearest.empty() ? "" : "did you mean \"" + nearest + "\"?");
    }
}

static std::string read_text(const JsonNode& node) {
    std::string text = node.text();
    if (text.empty()) node.refuse("an empty text", "a text that says something");
    return text;
}

static Price read_price(const JsonNode& node, const std::string& unit_key, bool with_rate) {
    std::vector<std::string> known = {unit_key, "source", "date", "checked"};
    if (with_rate) known.push_back("rate");
    check_keys(node, known);
    Price price;
    price.usd = node.at(unit_key).number();
    if (!(price.usd >= 0 && price.usd <= 1e9))
        node.at(unit_key).refuse(node.at(unit_key).shown(), "0 to 1e9 US dollars");
    price.source = read_text(node.at("source"));
    price.date = read_text(node.at("date"));
    price.checked = node.at("checked").flag();
    if (!with_rate) return price;
    const std::string rate = node.at("rate").text();
    if (rate != "p95" && rate != "peak") node.at("rate").refuse("\"" + rate + "\"", "\"p95\" or \"peak\"");
    price.at_peak = rate == "peak";
    return price;
}

static std::map<std::string, Price> read_section(const JsonNode& root, const std::string& section,
                                                 const std::string& unit_key) {
    std::map<std::string, Price> prices;
    if (!root.has(section)) return prices;
    check_keys(root.at(section), kRoles);
    for (const auto& [role, node] : root.at(section).members())
        prices.emplace(role, read_price(node, unit_key, section == "transit"));
    return prices;
}

Prices parse_prices(std::string_view text, const std::string& file) {
    const Json json = parse_json(text, file, true);
    const JsonNode root(json, file);
    check_keys(root, {"name", "date", "egress", "transit", "servers"});
    Prices prices;
    prices.name = read_text(root.at("name"));
    prices.date = read_text(root.at("date"));
    prices.egress = read_section(root, "egress", "usd_per_gb");
    prices.transit = read_section(root, "transit", "usd_per_mbps_month");
    prices.servers = read_section(root, "servers", "usd_per_hour");
    for (const std::string& role : kRoles)
        if (!prices.egress.contains(role) && !prices.transit.contains(role) && !prices.servers.contains(role))
            root.refuse("no price for the role \"" + role + "\"",
                        "every role (" + one_of(kRoles) + ") in egress, transit or servers",
                        "what is free says so: \"egress\": {\"" + role + "\": {\"usd_per_gb\": 0, ...}}");
    return prices;
}

Prices load_prices(const std::filesystem::path& path) {
    std::error_code ignored;
    std::ifstream file(path, std::ios::binary);
    if (!file || std::filesystem::is_directory(path, ignored))
        throw InputError({path.string(), "", "no file that can be read", "a price file", ""});
    const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    if (file.bad()) throw InputError({path.string(), "", "a file that cannot be read to its end", "a price file", ""});
    return parse_prices(text, path.string());
}

EgressRate egress_rate(const Result& result, const CdnGroup& group) {
    EgressRate rate{group.peak_egress_gbps, group.peak_egress_gbps};
    const auto series = std::find_if(result.series.begin(), result.series.end(),
                                     [&](const Series& s) { return s.name == "egress_gbps." + group.id; });
    if (series == result.series.end() || series->values.empty() || !(result.sample_s > 0)) return rate;
    const size_t step = size_t(std::max(1.0, std::floor(300 / result.sample_s + 0.5)));
    std::vector<double> means;
    for (size_t from = size_t(std::ceil(result.warmup_s / result.sample_s)); from < series->values.size();
         from += step) {
        const size_t to = std::min(from + step, series->values.size());
        double sum = 0;
        for (size_t i = from; i < to; ++i) sum += series->values[i].value_or(0);
        means.push_back(sum / double(to - from));
    }
    const size_t dropped = means.size() / 20;
    if (dropped == 0) return rate;
    std::sort(means.begin(), means.end());
    rate.p95_gbps = std::min(means[means.size() - 1 - dropped], rate.peak_gbps);
    return rate;
}

static std::string source_of(const Price& price) {
    return price.source + " (" + price.date + (price.checked ? ")" : ", unchecked)");
}

Cost price(const Prices& prices, const Result& result) {
    const double hours = std::max(0.0, result.simulated_s - result.warmup_s) / 3600;
    Cost cost;
    cost.prices = prices.name + ", " + prices.date;
    const auto add = [&](const char* item, const CdnGroup& group, double quantity, const char* unit,
                         const Price& price) {
        cost.lines.push_back({item, group.id, quantity, unit, price.usd, quantity * price.usd, source_of(price)});
        cost.total_usd += cost.lines.back().usd;
    };
    for (const CdnGroup& group : result.cdn) {
        const size_t before = cost.lines.size();
        if (const auto at = prices.egress.find(group.role); at != prices.egress.end())
            add("egress", group, double(group.egress_bytes) / 1e9, "GB", at->second);
        if (const auto at = prices.transit.find(group.role); at != prices.transit.end()) {
            const EgressRate rate = egress_rate(result, group);
            const double mbps = 1e3 * (at->second.at_peak ? rate.peak_gbps : rate.p95_gbps);
            add("transit", group, mbps * hours / kHoursPerMonth, "Mb/s month", at->second);
        }
        if (const auto at = prices.servers.find(group.role); at != prices.servers.end())
            add("servers", group, double(group.servers) * hours, "server hours", at->second);
        if (cost.lines.size() == before)
            cost.lines.push_back({"none", group.id, 0, "", 0, 0, "no price for the role " + group.role});
    }
    if (result.viewer_hours > 0) cost.usd_per_viewer_hour = cost.total_usd / result.viewer_hours;
    return cost;
}

std::string cost_scope(const Result& result) {
    std::string scope = result.warmup_s > 0 ? "of what follows the warm-up" : "";
    if (!result.services) return scope;
    double hours = 0;
    for (const ServiceRegion& region : result.services->regions) hours += region.machine_hours;
    return scope + (scope.empty() ? "" : "; ") + "of the CDN alone: the services' " + quantity_text(hours) +
           " machine hours have no price";
}

}  // namespace matinee::reports
