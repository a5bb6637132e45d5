// What `matinee lab cache` was asked for.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "clients/cli/command.hpp"
#include "system/cdn/cache/spec.hpp"
#include "system/cdn/lab/trace_formats.hpp"

namespace matinee::cli {

/// A capacity as it was written: bytes (objects, where sizes are ignored) or a share of the footprint.
struct Capacity {
    std::string text;
    Bytes bytes = 0;
    bool is_share = false;
    uint64_t share_of_billion = 0;

    Bytes of(Bytes footprint) const;
};

struct CacheTask {
    std::string trace_file;
    cdn::lab::TraceFormat format = cdn::lab::TraceFormat::OracleGeneral;
    std::vector<cdn::CacheSpec> specs;  ///< one for each policy
    std::vector<Capacity> capacities;
    bool ignore_size = false;
    bool json = false;
    std::optional<std::string> curve_file;  ///< where --mrc draws
    std::optional<double> sample_rate;      ///< of --mrc
    uint32_t threads = 1;
};

/// Throws InputError.
CacheTask read_cache_task(Words words);

}  // namespace matinee::cli
