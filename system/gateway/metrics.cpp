#include "system/gateway/metrics.hpp"

#include <algorithm>

namespace matinee::gateway {

MetricsText& MetricsText::family(std::string_view name, Type type, std::string_view help) {
    static constexpr std::string_view kTypes[] = {"counter", "gauge", "histogram"};
    family_ = name;
    out_ += "# TYPE " + family_ + " ";
    out_.append(kTypes[size_t(type)]).append("\n# HELP " + family_ + " ").append(help).append(".\n");
    return *this;
}

MetricsText& MetricsText::sample(std::string_view suffix, Labels labels, int64_t value) {
    return line(suffix, labels, std::to_string(value));
}

MetricsText& MetricsText::seconds(std::string_view suffix, Labels labels, TimeNs value) {
    std::string rest = std::to_string(value % kSecond);
    rest.insert(0, 9 - rest.size(), '0');
    return line(suffix, labels, std::to_string(value / kSecond) + "." + rest);
}

MetricsText& MetricsText::line(std::string_view suffix, Labels labels, std::string_view value) {
    out_.append(family_).append(suffix);
    char before = '{';
    for (const auto& [name, text] : labels) {
        out_ += before;
        out_.append(name).append("=\"").append(text).append("\"");
        before = ',';
    }
    if (before == ',') out_ += '}';
    out_.append(" ").append(value).append("\n");
    return *this;
}

void Metrics::handled(size_t route, int status, TimeNs took) {
    OfRoute& counts = of_routes_[route];
    const auto same = [&](const auto& one) { return one.first == status; };
    const auto found = std::find_if(counts.by_status.begin(), counts.by_status.end(), same);
    if (found == counts.by_status.end())
        counts.by_status.emplace_back(status, 1);
    else
        ++found->second;
    const auto bucket = std::lower_bound(kBounds.begin(), kBounds.end(), took);
    ++counts.by_time[size_t(bucket - kBounds.begin())];
    counts.time += took;
}

void Metrics::write(MetricsText& text, const std::vector<Route>& routes) const {
    const auto name_of = [&](size_t i) {
        return i < routes.size() ? std::string_view(routes[i].operation_id) : "none";
    };
    text.family("matinee_http_requests", MetricsText::Type::Counter, "Requests answered by the gateway");
    for (size_t i = 0; i < of_routes_.size(); ++i)
        for (const auto& [status, count] : of_routes_[i].by_status)
            text.sample("_total", {{"route", name_of(i)}, {"status", std::to_string(status)}}, count);
    text.family("matinee_http_request_duration_seconds", MetricsText::Type::Histogram,
                "Time from a request's arrival at the gateway to its answer");
    for (size_t i = 0; i < of_routes_.size(); ++i) {
        const OfRoute& counts = of_routes_[i];
        if (counts.by_status.empty()) continue;
        int64_t below = 0;
        for (size_t b = 0; b < counts.by_time.size(); ++b) {
            below += counts.by_time[b];
            const bool last = b == kBounds.size();
            std::string bound = "+Inf";
            if (!last) {
                bound = std::to_string(kBounds[b] % kSecond / kMicrosecond);
                bound = std::to_string(kBounds[b] / kSecond) + "." + std::string(6 - bound.size(), '0') + bound;
            }
            text.sample("_bucket", {{"route", name_of(i)}, {"le", bound}}, below);
        }
        text.sample("_count", {{"route", name_of(i)}}, below).seconds("_sum", {{"route", name_of(i)}}, counts.time);
    }
    static constexpr std::string_view kCauses[] = {"rate_limited", "overloaded", "deadline_exceeded"};
    text.family("matinee_http_refusals", MetricsText::Type::Counter,
                "Requests that the gateway itself refused or ended");
    for (size_t i = 0; i < refusals_.size(); ++i) text.sample("_total", {{"cause", kCauses[i]}}, refusals_[i]);
}

}  // namespace matinee::gateway
