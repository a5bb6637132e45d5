// The figures of a result one by one, each under the name that thresholds have for it (and a like name where they have
// none): the one list for whatever prints or compares them singly.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "reports/result.hpp"

namespace matinee::reports {

struct Figure {
    std::string section;  ///< VIEWERS, "CDN edge", SERVICES, "SERVICES register" or COST
    std::string metric;   ///< "startup_ms", "cdn.edge.byte_hit_ratio"
    std::string stat;     ///< of a distribution: mean, p50, p95, p99 or samples; else empty
    std::optional<double> value;
    std::optional<uint64_t> whole;          ///< the same exactly, where it counts something
    std::string (*text)(double) = nullptr;  ///< how people read it
    bool detail = false;                    ///< for programs and spreadsheets; a table for people leaves it out

    /// The name as a threshold has it: "startup_ms p95".
    std::string name() const { return stat.empty() ? metric : metric + " " + stat; }
};

/// In the order of reports: viewers, groups of the CDN, services, cost. What was not measured is empty.
std::vector<Figure> figures_of(const Result& result);

}  // namespace matinee::reports
