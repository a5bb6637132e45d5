#include "simulator/world/metrics.hpp"

#include <algorithm>

namespace matinee::world {

namespace {

size_t steps_of(TimeNs duration, TimeNs step) { return size_t((duration + step - 1) / step); }

struct Measured {
    bool has_playback;
    std::array<uint64_t, kMeasures> value;
};

Measured measure(const Outcome& outcome) {
    Measured m{};
    m.value[size_t(Measure::StartupUs)] = uint64_t(outcome.startup_ns < 0 ? 0 : outcome.startup_ns) / kMicrosecond;
    const TimeNs watched = outcome.stall_ns + outcome.played_ns;
    m.has_playback = outcome.startup_ns >= 0 && watched > 0;
    if (!m.has_playback) return m;
    // Exact to a part in a million: stall_ns x 10^6 fits 64 bits for sessions below 2.5 hours of stalls; beyond, scale
    // down.
    const TimeNs scale = outcome.stall_ns > INT64_MAX / 1'000'000 ? 1'000'000 : 1;
    m.value[size_t(Measure::RebufferingPpm)] =
        uint64_t(outcome.stall_ns / scale * 1'000'000 / (watched / scale + (scale > 1)));
    const auto played_ms = uint64_t(outcome.played_ns / kMillisecond);
    m.value[size_t(Measure::BitrateKbps)] = played_ms == 0 ? 0 : (outcome.kbps_ms + played_ms / 2) / played_ms;
    m.value[size_t(Measure::SwitchesPerKilominute)] =
        played_ms == 0 ? 0 : uint64_t(outcome.switches) * 60'000 * 1000 / played_ms;
    return m;
}

void add_playback(std::array<Histogram, kMeasures>& of, const Measured& measured) {
    for (size_t i = size_t(Measure::RebufferingPpm); i < kMeasures; ++i) of[i].add(measured.value[i]);
}

}  // namespace

double peak_window_gbps(Bytes sent, size_t window, TimeNs warmup, TimeNs end) {
    const TimeNs from = std::max(TimeNs(window) * kPeakWindow, warmup);
    const TimeNs length = std::min(TimeNs(window + 1) * kPeakWindow, end) - from;
    const TimeNs least = std::min(kMinute, (end - warmup) / 2);
    return length <= 0 || length < least ? 0 : double(sent) * 8 / double(length);
}

void ExperienceCounts::add(const Outcome& outcome) {
    ++sessions;
    if (outcome.startup_ns < 0) {
        if (outcome.departure == Departure::GaveUp) ++start_failures;
        if (outcome.departure == Departure::Left) ++exits_before_start;
        return;
    }
    const Measured measured = measure(outcome);
    of[size_t(Measure::StartupUs)].add(measured.value[size_t(Measure::StartupUs)]);
    if (measured.has_playback) add_playback(of, measured);
}

void ExperienceCounts::merge(const ExperienceCounts& other) {
    sessions += other.sessions;
    start_failures += other.start_failures;
    exits_before_start += other.exits_before_start;
    for (size_t i = 0; i < kMeasures; ++i) of[i].merge(other.of[i]);
}

void RegionStep::merge(const RegionStep& other) {
    viewers += other.viewers;
    arrivals += other.arrivals;
    startups += other.startups;
    startup_us += other.startup_us;
    stall_us += other.stall_us;
    media_ms += other.media_ms;
    kbps_ms += other.kbps_ms;
}

void GroupStep::merge(const GroupStep& other) {
    egress += other.egress;
    hit += other.hit;
    forwarded += other.forwarded;
    requests += other.requests;
    hits += other.hits;
    misses += other.misses;
    rejected += other.rejected;
    saturated_sites += other.saturated_sites;
}

Recorder::Recorder(const Shape& shape)
    : shape_(shape),
      steps_(steps_of(shape.duration, shape.sample)),
      peak_windows_(steps_of(shape.duration, kPeakWindow)) {
    if (shape.slices) slices_.resize(shape.classes);
    if (shape.slices_by_site) by_site_.resize(shape.sites);
    regions_.resize(steps_ * shape.regions);
    groups_.resize(steps_ * shape.groups);
    peaks_.resize(peak_windows_ * shape.sites);
    for (const TimeNs window : shape.windows) windowed_.emplace_back(steps_of(shape.duration, window));
}

void Recorder::session(uint32_t slice, uint32_t site, const Outcome& outcome) {
    if (outcome.started_ns < shape_.warmup) return;
    total_.add(outcome);
    if (shape_.slices) slices_[slice].add(outcome);
    if (shape_.slices_by_site) by_site_[site].add(outcome);
    if (windowed_.empty()) return;
    const Measured measured = measure(outcome);
    if (!measured.has_playback) return;
    for (size_t i = 0; i < windowed_.size(); ++i) {
        const size_t number = size_t(outcome.ended_ns / shape_.windows[i]);
        if (number < windowed_[i].size()) add_playback(windowed_[i][number], measured);
    }
}

void Recorder::startup(TimeNs now, TimeNs startup_ns, TimeNs opened_ns) {
    if (opened_ns < shape_.warmup) return;
    for (size_t i = 0; i < windowed_.size(); ++i)
        windowed_[i][size_t(now / shape_.windows[i])][size_t(Measure::StartupUs)].add(
            uint64_t(startup_ns / kMicrosecond));
}

void Recorder::merge(const Recorder& other) {
    segments += other.segments;
    events += other.events;
    sessions += other.sessions;
    total_.merge(other.total_);
    for (size_t i = 0; i < slices_.size(); ++i) slices_[i].merge(other.slices_[i]);
    for (size_t i = 0; i < by_site_.size(); ++i) by_site_[i].merge(other.by_site_[i]);
    for (size_t i = 0; i < regions_.size(); ++i) regions_[i].merge(other.regions_[i]);
    for (size_t i = 0; i < groups_.size(); ++i) groups_[i].merge(other.groups_[i]);
    for (size_t i = 0; i < peaks_.size(); ++i) peaks_[i] += other.peaks_[i];
    for (size_t i = 0; i < windowed_.size(); ++i)
        for (size_t w = 0; w < windowed_[i].size(); ++w)
            for (size_t m = 0; m < kMeasures; ++m) windowed_[i][w][m].merge(other.windowed_[i][w][m]);
}

}  // namespace matinee::world
