// What playback says to others: who watched how much of what.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "system/base/task.hpp"
#include "system/base/units.hpp"

namespace matinee::playback {

struct Progress {
    std::string title_id;   ///< a film or an episode
    std::string series_id;  ///< of an episode
    int64_t position_s = 0;
    int64_t duration_s = 0;
    TimeNs watched_at = 0;
};

class WatchRecord {
public:
    virtual ~WatchRecord() = default;
    /// What a profile has begun and not yet nearly finished, the latest first, at most `limit`.
    virtual Task<std::vector<Progress>> unfinished(std::string profile_id, size_t limit) = 0;
};

}  // namespace matinee::playback
