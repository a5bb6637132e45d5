// A recorded access link as it stands in a file: bandwidth and latency over time.
#pragma once

#include <string>
#include <vector>

namespace matinee::network {

struct RecordedTrace {
    struct Period {
        double duration_ms = 0;    ///< > 0
        double bandwidth_kbps = 0; ///< >= 0; some period is above 0
        double latency_ms = 0;     ///< round trip of a request; 0 where the format has none
    };
    std::string name;  ///< file name without folder
    std::vector<Period> periods;
};

}  // namespace matinee::network
