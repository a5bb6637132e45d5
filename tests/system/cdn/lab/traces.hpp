// Random traces for the tests of the cache laboratory.
#pragma once

#include <string>
#include <vector>

#include "system/base/digest.hpp"
#include "system/base/random.hpp"
#include "system/cdn/lab/trace_formats.hpp"

namespace matinee::cdn::lab {

struct Shape {
    uint32_t requests = 3000;
    uint32_t objects = 400;
    uint32_t largest = 100;  ///< sizes are 0 to this
    bool stable = true;      ///< an object always has the same size
};

/// Popular objects more often than others; ids of 64 bits; now and then a second passes.
inline std::vector<OracleRecord> random_records(uint64_t seed, const Shape& shape) {
    RandomStream random(seed, Purpose::Test, 21);
    std::vector<OracleRecord> records;
    uint32_t time_s = 0;
    for (uint32_t i = 0; i < shape.requests; ++i) {
        const auto rank = uint64_t(random.uniform() * random.uniform() * shape.objects);
        const uint64_t draw = shape.stable ? mix64(rank + 7) : random.next_u64();
        time_s += random.below(4) == 0;
        records.push_back({time_s, mix64(rank + 1), uint32_t(draw % (shape.largest + 1)), -1});
    }
    return records;
}

inline std::string oracle_file(const std::vector<OracleRecord>& records) {
    std::string file;
    for (const OracleRecord& record : records) append_oracle_record(file, record);
    return file;
}

inline Trace trace_of(const std::vector<OracleRecord>& records) {
    return parse_trace(oracle_file(records), "random", TraceFormat::OracleGeneral);
}

}  // namespace matinee::cdn::lab
