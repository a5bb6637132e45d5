// What the gateway counts, and how it is told: OpenMetrics 1.0
// (https://github.com/prometheus/OpenMetrics/blob/main/specification/OpenMetrics.md).
#pragma once

#include <array>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "system/gateway/route.hpp"

namespace matinee::gateway {

/// Writes an exposition. Samples of one family stand together, behind its first line.
class MetricsText {
public:
    enum class Type : uint8_t { Counter, Gauge, Histogram };
    using Labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;

    /// `name` without suffix: "matinee_http_requests". `help` is a sentence without its full stop.
    MetricsText& family(std::string_view name, Type type, std::string_view help);
    /// A sample of the family: its name and `suffix` ("_total", "_bucket", ""), labels, value.
    MetricsText& sample(std::string_view suffix, Labels labels, int64_t value);
    /// A value in nanoseconds, written in seconds.
    MetricsText& seconds(std::string_view suffix, Labels labels, TimeNs value);
    /// A gauge of one sample.
    MetricsText& gauge(std::string_view name, std::string_view help, int64_t value) {
        return family(name, Type::Gauge, help).sample("", {}, value);
    }
    /// A counter of one sample.
    MetricsText& counter(std::string_view name, std::string_view help, int64_t value) {
        return family(name, Type::Counter, help).sample("_total", {}, value);
    }

    std::string take() { return std::move(out_ += "# EOF\n"); }

private:
    MetricsText& line(std::string_view suffix, Labels labels, std::string_view value);
    std::string out_;
    std::string family_;
};

class Metrics {
public:
    /// Upper bounds of the histogram's buckets; one more has no bound.
    static constexpr std::array<TimeNs, 13> kBounds = {
        kMillisecond / 4,   kMillisecond / 2,    kMillisecond,       5 * kMillisecond / 2, 5 * kMillisecond,
        10 * kMillisecond,  25 * kMillisecond,   50 * kMillisecond,  100 * kMillisecond,   250 * kMillisecond,
        500 * kMillisecond, 1000 * kMillisecond, 5000 * kMillisecond};

    enum class Refusal : uint8_t { Limited, Shed, TooLate };

    explicit Metrics(size_t routes) : of_routes_(routes + 1) {}

    /// A request that ended. Number of its route; beyond the last: of none.
    void handled(size_t route, int status, TimeNs took);
    void refused(Refusal cause) { ++refusals_[size_t(cause)]; }
    void write(MetricsText& text, const std::vector<Route>& routes) const;

private:
    struct OfRoute {
        std::vector<std::pair<int, int64_t>> by_status;  ///< few, in the order in which they first came
        std::array<int64_t, kBounds.size() + 1> by_time{};
        TimeNs time = 0;
    };
    std::vector<OfRoute> of_routes_;
    std::array<int64_t, 3> refusals_{};
};

}  // namespace matinee::gateway
