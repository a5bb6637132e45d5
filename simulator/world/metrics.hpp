// What a run counts. Everything is an integer and merges by addition, so that each worker thread can count for itself
// and the sum is the same for any number of threads.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "system/base/histogram.hpp"
#include "system/base/units.hpp"

namespace matinee::world {

/// The four distributions over sessions; integer units chosen finer than the histogram's resolution.
enum class Measure : uint8_t { StartupUs, RebufferingPpm, BitrateKbps, SwitchesPerKilominute };
inline constexpr size_t kMeasures = 4;
/// What one of their integers is in reported units: ms, a ratio, kbit/s, switches a minute.
inline constexpr double kReportedPerUnit[kMeasures] = {1e-3, 1e-6, 1, 1e-3};

/// Why a session ended: the viewer went, the player gave up because requests failed too often, or the run was over.
enum class Departure : uint8_t { Left, GaveUp, CutByEnd };

/// How a session went, as it counts.
struct Outcome {
    TimeNs started_ns = 0;  ///< when the viewer pressed play
    TimeNs ended_ns = 0;
    TimeNs startup_ns = -1;  ///< -1: never started
    TimeNs stall_ns = 0;
    TimeNs played_ns = 0;  ///< media
    uint64_t kbps_ms = 0;  ///< bitrate x playing time, summed over the media played
    uint32_t switches = 0;
    Departure departure = Departure::Left;
};

/// Sessions of one slice.
struct ExperienceCounts {
    uint64_t sessions = 0;
    uint64_t start_failures = 0;
    uint64_t exits_before_start = 0;
    std::array<Histogram, kMeasures> of;

    void add(const Outcome& outcome);
    void merge(const ExperienceCounts& other);
};

/// One step of the time series in one region.
struct RegionStep {
    uint64_t viewers = 0;  ///< at the end of the step
    uint64_t arrivals = 0;
    uint64_t startups = 0;
    uint64_t startup_us = 0;
    uint64_t stall_us = 0;  ///< of stalls that ended in the step
    uint64_t media_ms = 0;  ///< that arrived in the step
    uint64_t kbps_ms = 0;   ///< bitrate x playing time of that media
    void merge(const RegionStep& other);
};

/// One step in one node group.
struct GroupStep {
    Bytes egress = 0;     ///< sent in the step, as it flowed
    Bytes hit = 0;        ///< bytes of requests served or joined here
    Bytes forwarded = 0;  ///< bytes of requests that went to the parent
    uint64_t requests = 0;
    uint64_t hits = 0;
    uint64_t misses = 0;
    uint64_t rejected = 0;
    uint64_t saturated_sites = 0;
    void merge(const GroupStep& other);
};

struct Shape {
    uint32_t regions = 0;
    uint32_t groups = 0;
    uint32_t classes = 0;  ///< slices for breakdowns: population x device x access
    uint32_t sites = 0;
    TimeNs duration = 0;
    TimeNs warmup = 0;
    TimeNs sample = 0;
    bool series = true;
    bool slices = true;
    bool slices_by_site = false;
    std::vector<TimeNs> windows;  ///< lengths for which thresholds want distributions
};

inline constexpr TimeNs kPeakWindow = 5 * kMinute;

/// The mean rate at which `sent` bytes left in what was measured of peak window `window`: without the warm-up, and without
/// what would have come after `end`. 0 where less than a minute is left of it (in runs of less than two, half the run),
/// because a moment's mean is no peak of minutes.
double peak_window_gbps(Bytes sent, size_t window, TimeNs warmup, TimeNs end);

/// What one worker has counted.
class Recorder {
public:
    explicit Recorder(const Shape& shape);

    void session(uint32_t slice, uint32_t site, const Outcome& outcome);
    void startup(TimeNs now, TimeNs startup_ns, TimeNs opened_ns);
    RegionStep& region_step(uint32_t step, uint32_t region) { return regions_[size_t(step) * shape_.regions + region]; }
    GroupStep& group_step(uint32_t step, uint32_t group) { return groups_[size_t(step) * shape_.groups + group]; }
    void peak_window(uint32_t window, uint32_t site, Bytes sent) {
        peaks_[size_t(window) * shape_.sites + site] += sent;
    }

    void merge(const Recorder& other);

    const ExperienceCounts& total() const { return total_; }
    const std::vector<ExperienceCounts>& slices() const { return slices_; }
    const std::vector<ExperienceCounts>& by_site() const { return by_site_; }
    const RegionStep& region_at(size_t step, size_t region) const { return regions_[step * shape_.regions + region]; }
    const GroupStep& group_at(size_t step, size_t group) const { return groups_[step * shape_.groups + group]; }
    /// What a site sent in a peak window, the warm-up aside where it ends in that window.
    Bytes peak_at(size_t window, size_t site) const { return peaks_[window * shape_.sites + site]; }
    size_t steps() const { return steps_; }
    size_t peak_windows() const { return peak_windows_; }
    /// [window number][measure] of Shape::windows[i]: start-up of sessions that started in it, the rest of those that
    /// ended.
    const std::vector<std::array<Histogram, kMeasures>>& windowed(size_t i) const { return windowed_[i]; }

    uint64_t segments = 0;  ///< segment requests by players
    uint64_t events = 0;
    uint64_t sessions = 0;

private:
    Shape shape_;
    size_t steps_;
    size_t peak_windows_;
    ExperienceCounts total_;
    std::vector<ExperienceCounts> slices_;
    std::vector<ExperienceCounts> by_site_;
    std::vector<RegionStep> regions_;
    std::vector<GroupStep> groups_;
    std::vector<Bytes> peaks_;
    std::vector<std::vector<std::array<Histogram, kMeasures>>> windowed_;
};

}  // namespace matinee::world
