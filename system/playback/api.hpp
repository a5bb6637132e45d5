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
    /// What a profile has begun and not yet nearly finished, the latest first, at most `limit`. A position of 0 is no
    /// beginning, also where it was set outright.
    virtual Task<std::vector<Progress>> unfinished(std::string profile_id, size_t limit) = 0;
};

/// Events, keyed by profile id; their data is {"title_id":"...","user_id":"...","profile_id":"..."}.
inline constexpr const char* kTopic = "playback";
inline constexpr const char* kStarted = "playback.started";
inline constexpr const char* kStopped = "playback.stopped";  ///< by its player, or because that fell silent
/// What players measure, keyed by profile id: {"stream_id","title_id","profile_id","events":[{"type",...}]}.
inline constexpr const char* kQualityTopic = "quality-metrics";
inline constexpr const char* kReported = "quality.reported";

}  // namespace matinee::playback
