// What `matinee lab cache` found, for people and for programs.
#pragma once

#include <string>
#include <vector>

#include "clients/cli/lab/cache_arguments.hpp"
#include "system/cdn/lab/miss_ratio_curve.hpp"

namespace matinee::cli {

/// One policy at one capacity.
struct CacheRun {
    cdn::CacheSpec spec;
    std::string capacity_text;  ///< as it was asked for
    Bytes capacity = 0;
    cdn::lab::Counts counts;
    double cpu_s = 0;
};

/// One policy at all capacities of the curves.
struct MissRatioCurve {
    cdn::CacheSpec spec;
    bool exact = false;
    std::vector<cdn::lab::MissRatios> points;  ///< one for each capacity
};
struct MissRatioCurves {
    std::vector<Bytes> capacities;
    double sample_rate = 1;  ///< of the curves that are not exact
    std::vector<MissRatioCurve> curves;
};

/// What shares of the footprint are shares of: bytes, or objects.
Bytes footprint_of(const CacheTask& task, const cdn::lab::Trace& trace);

std::string runs_json(const std::vector<CacheRun>& runs);
std::string runs_table(const CacheTask& task, const cdn::lab::Trace& trace, const std::vector<CacheRun>& runs);

/// One object for each policy and capacity: policy, capacity_bytes, the two ratios, sample_rate.
std::string curves_json(const MissRatioCurves& curves);
std::string curves_page(const CacheTask& task, const cdn::lab::Trace& trace, const MissRatioCurves& curves);

}  // namespace matinee::cli
