// The player without I/O: time and input in, what to do next out. The simulator drives millions of them, the load
// generator and the labs the very same code.
//
// Life of a session: open() -> next() says what to do (fetch a segment, wait, or play out) -> on_segment() when one has
// arrived -> next() ... The buffer is kept as the time at which it drains, so that nothing has to happen while it
// plays: a stall is noticed, with its true beginning, at the next input.
//
// Inputs must come in order of time. Durations of media are those of the title; the player knows nothing of networks.
#pragma once

#include <algorithm>
#include <cstdint>

#include "clients/player/abr/patience.hpp"
#include "clients/player/abr/rules.hpp"
#include "system/base/units.hpp"

namespace matinee::player {

/// What the sessions of one population on one device and title ladder share.
struct Config {
    abr::Plan plan;
    TimeNs segment_ns = 0;
    TimeNs startup_threshold_ns = 0;   ///< buffer at which the first frame shows; at least one segment
    TimeNs rebuffer_threshold_ns = 0;  ///< buffer at which playback resumes after a stall or seek; at least one segment
    bool abandons = true;              ///< whether slow segments may be given up
    TimeNs buffer_target_ns = 0;       ///< a segment is not requested if it would take the buffer beyond this
};

enum class Phase : uint8_t { Starting, Playing, Stalled, Seeking, Paused, Ended };

/// What to do now.
struct Next {
    enum class Kind : uint8_t { Fetch, Wait, PlayOut } kind;
    uint8_t rung;      ///< Fetch
    uint32_t segment;  ///< Fetch
    TimeNs until;      ///< Wait: call next() again then, or after any other input
};

struct Received {
    uint64_t bits;
    TimeNs latency_ns;   ///< request to first byte
    TimeNs transfer_ns;  ///< first byte to last
    TimeNs media_ns;     ///< playing time of the segment
    Kbps bitrate_kbps;   ///< nominal bitrate of its rung
};

class Player {
public:
    /// `segments`: of the title, at most 65535.
    void open(TimeNs now, uint32_t segments) {
        *this = Player();
        opened_ns_ = since_ns_ = now;
        segments_ = uint16_t(segments);
    }

    /// For a viewer found in mid-session: playing since before `now`, with `level` in the buffer at `rung`.
    void open_midway(TimeNs now, uint32_t segments, uint32_t next_segment, TimeNs level, uint8_t rung,
                     Kbps bitrate_kbps) {
        open(now, segments);
        startup_ns_ = 0;
        started_ = true;
        phase_ = Phase::Playing;
        drains_or_level_ns_ = now + level;
        segment_ = first_segment_ = uint16_t(next_segment);
        rung_ = int8_t(rung);
        for (uint32_t i = 0; i < kRecentRungs; ++i) recent_rungs_ = recent_rungs_ << kRungBits | rung;
        credit(level, bitrate_kbps);
    }

    Next next(const Config& config, TimeNs now) {
        settle(now);
        if (segment_ == segments_) return {Next::Kind::PlayOut, 0, 0, kNever};
        if (!decided_) {
            const TimeNs level = level_ns(now);
            if (level + config.segment_ns > config.buffer_target_ns) {
                if (phase_ == Phase::Paused) return {Next::Kind::Wait, 0, 0, kNever};
                return {Next::Kind::Wait, 0, 0, await_room(config, now)};
            }
            abr::Observation seen;
            seen.level_ms = to_ms(level);
            seen.segment = segment_;
            seen.segments = segments_;
            seen.first_segment = first_segment_;
            seen.last_rung = std::max<int>(0, rung_);
            if (config.plan.looks_at_clock()) seen.now_ms = to_ms(now - opened_ns_);
            seen.playing = started();
            const abr::Decision decision = abr::decide(config.plan, abr_, seen);
            decided_ = true;
            decided_rung_ = uint8_t(decision.rung);
            const TimeNs delay = from_ms(decision.delay_ms);
            if (delay > 0) return {Next::Kind::Wait, 0, 0, now + delay};
        }
        decided_ = false;
        return {Next::Kind::Fetch, decided_rung_, segment_, now};
    }

    /// What next() does while the buffer has no room: says until when.
    TimeNs await_room(const Config& config, TimeNs now) {
        const TimeNs excess = level_ns(now) + config.segment_ns - config.buffer_target_ns;
        abr::report_delay(config.plan, abr_, to_ms(excess));
        return now + excess;
    }

    /// A segment has arrived whole: the one that next() asked for, at `rung` (lower than asked for after an
    /// abandonment).
    void on_segment(const Config& config, TimeNs now, uint8_t rung, const Received& received) {
        settle(now);
        ++segment_;
        if (rung_ >= 0 && rung != rung_) ++switches_;
        rung_ = int8_t(rung);
        recent_rungs_ = recent_rungs_ << kRungBits | rung;
        credit(received.media_ns, received.bitrate_kbps);
        drains_or_level_ns_ += received.media_ns;
        abr::report_download(config.plan, abr_, download_of(received, rung, level_ns(now), -1));
        start_or_resume(config, now);
    }

    /// What a player that has been playing already knows of its link (see open_midway).
    void learn(const Config& config, TimeNs now, uint8_t rung, const Received& received) {
        abr::report_download(config.plan, abr_, download_of(received, rung, level_ns(now), -1));
    }

    /// The title goes on with another (the next episode): its segments follow without a new start-up.
    void continue_with(uint32_t segments) {
        segment_ = first_segment_ = 0;
        segments_ = uint16_t(segments);
    }

    /// The download in flight was given up for `rung`; next() is to be asked afresh.
    void on_abandoned(const Config& config, TimeNs now, const Received& part, uint8_t rung, int to) {
        settle(now);
        abr::report_download(config.plan, abr_, download_of(part, rung, level_ns(now), to));
    }

    /// What the rule would say now of a download of `bits_total` bits.
    int abandon_to(const Config& config, TimeNs now, uint8_t rung, const Received& so_far, uint64_t bits_total) const {
        return abr::abandon_to(config.plan, abr_, progress_of(now, rung, so_far, bits_total));
    }

    /// Up to when, since the request, abandon_to() is certain to answer -1, whatever comes in of this download, if the
    /// viewer does not seek meanwhile; infinite where it will never answer anything else.
    double patient_until_ms(const Config& config, const abr::Patience::Table& table, TimeNs now, uint8_t rung,
                            const Received& so_far, uint64_t bits_total) const {
        constexpr double rounded_bits = 64;  // what has come in may be seen as a few bits less by another reckoning
        const abr::Progress at = progress_of(now, rung, so_far, bits_total);
        abr::Progress request = at;
        request.level_ms += at.elapsed_ms;  // as if it had played since then: it falls no faster from now on
        return abr::Patience(config.plan, table, abr_, request)
            .lasts_until_ms(at.elapsed_ms, at.latency_ms, std::max(0.0, at.bits_done - rounded_bits));
    }

    void pause(TimeNs now) {
        settle(now);
        if (phase_ != Phase::Playing) return;
        drains_or_level_ns_ -= now;
        enter(Phase::Paused, now);
    }
    void resume(TimeNs now) {
        if (phase_ != Phase::Paused) return;
        drains_or_level_ns_ += now;
        enter(Phase::Playing, now);
    }

    /// The play head's place in the title.
    TimeNs position_ns(const Config& config, TimeNs now) const {
        return TimeNs(segment_) * config.segment_ns - level_ns(now);
    }

    /// Moves the play head by `delta`. True when the buffer had to be thrown away, so that a download in flight is
    /// useless.
    bool seek(const Config& config, TimeNs now, TimeNs delta) {
        settle(now);
        const TimeNs level = level_ns(now);
        if (delta > 0 && delta <= level) {
            drains_or_level_ns_ -= delta;
            discard(config, delta);
            return false;
        }
        const TimeNs head = TimeNs(segment_) * config.segment_ns - level + delta;
        const int64_t last = int64_t(segments_) - 1;
        discard(config, level);
        drains_or_level_ns_ = 0;
        segment_ = first_segment_ = uint16_t(std::clamp<int64_t>(head / config.segment_ns, 0, last));
        decided_ = false;
        abr::report_seek(config.plan, abr_);
        if (phase_ != Phase::Starting) enter(Phase::Seeking, now);
        return true;
    }

    /// Notices a stall or the end that has happened since the last input.
    void settle(TimeNs now) {
        if (phase_ != Phase::Playing || now < drains_or_level_ns_) return;
        const TimeNs drained = drains_or_level_ns_;
        drains_or_level_ns_ = 0;
        if (segment_ == segments_) {
            enter(Phase::Ended, drained);
        } else {
            enter(Phase::Stalled, drained);
            ++stalls_;
        }
    }

    /// The session is over at `now`: closes an open stall and takes unplayed media off the account.
    void close(const Config& config, TimeNs now) {
        settle(now);
        if (phase_ == Phase::Stalled) stall_ns_ += now - since_ns_;
        discard(config, level_ns(now));
        enter(Phase::Ended, now);
    }

    Phase phase() const { return phase_; }
    TimeNs opened_ns() const { return opened_ns_; }
    TimeNs phase_since_ns() const { return since_ns_; }
    /// When a playing buffer drains; kNever in other phases.
    TimeNs drains_ns() const { return phase_ == Phase::Playing ? drains_or_level_ns_ : kNever; }
    TimeNs level_ns(TimeNs now) const {
        return phase_ == Phase::Playing ? std::max<TimeNs>(0, drains_or_level_ns_ - now) : drains_or_level_ns_;
    }
    bool started() const { return started_; }
    TimeNs startup_ns() const { return startup_ns_; }
    TimeNs stall_ns() const { return stall_ns_; }
    uint32_t stalls() const { return stalls_; }
    uint32_t switches() const { return switches_; }
    /// Playing on, and after one more whole segment: when the buffer will have room for the one after that.
    TimeNs room_after_next_ns(const Config& config) const {
        return drains_or_level_ns_ + 2 * config.segment_ns - config.buffer_target_ns;
    }
    /// Media that has been fetched and not thrown away; less level_ns() it is what has been played.
    TimeNs media_ns() const { return media_ns_; }
    /// Sum over that media of bitrate (kbit/s) x playing time (ms).
    uint64_t kbps_ms() const { return kbps_ms_; }
    uint32_t next_segment() const { return segment_; }
    uint32_t segments() const { return segments_; }
    int last_rung() const { return rung_; }
    abr::State<float>& abr_state() { return abr_; }

private:
    static constexpr uint32_t kRungBits = 5;
    static constexpr uint64_t kRungMask = (1u << kRungBits) - 1;
    static_assert(abr::Ladder::kMaxRungs - 1 <= kRungMask);
    static constexpr uint32_t kRecentRungs = 64 / kRungBits;

    abr::Progress progress_of(TimeNs now, uint8_t rung, const Received& so_far, uint64_t bits_total) const {
        abr::Progress at;
        at.elapsed_ms = to_ms(so_far.latency_ns + so_far.transfer_ns);
        at.latency_ms = to_ms(so_far.latency_ns);
        at.bits_done = double(so_far.bits);
        at.bits_total = double(bits_total);
        at.level_ms = to_ms(level_ns(now));
        at.rung = rung;
        at.segment = segment_;
        at.segments = segments_;
        at.first_segment = first_segment_;
        return at;
    }

    static abr::Download download_of(const Received& received, uint8_t rung, TimeNs level, int abandoned_to) {
        abr::Download download;
        download.bits = double(received.bits);
        download.download_ms = to_ms(received.transfer_ns);
        download.latency_ms = to_ms(received.latency_ns);
        download.rung = rung;
        download.level_ms = to_ms(level);
        download.abandoned_to = abandoned_to;
        return download;
    }

    void enter(Phase phase, TimeNs at) {
        phase_ = phase;
        since_ns_ = at;
    }

    void start_or_resume(const Config& config, TimeNs now) {
        if (phase_ == Phase::Playing || phase_ == Phase::Paused || phase_ == Phase::Ended) return;
        const TimeNs needed = phase_ == Phase::Starting ? config.startup_threshold_ns : config.rebuffer_threshold_ns;
        if (drains_or_level_ns_ < needed && segment_ != segments_) return;
        if (phase_ == Phase::Starting) {
            startup_ns_ = now - opened_ns_;
            started_ = true;
        }
        if (phase_ == Phase::Stalled) stall_ns_ += now - since_ns_;
        drains_or_level_ns_ += now;
        enter(Phase::Playing, now);
    }

    void credit(TimeNs media, Kbps bitrate_kbps) {
        media_ns_ += media;
        kbps_ms_ += uint64_t(media / kMillisecond) * bitrate_kbps;
    }

    /// Takes media that will not be played off the account, as if it were the newest of the buffer. The rungs of the
    /// last kRecentRungs segments are known; what lies deeper counts as the oldest of these.
    void discard(const Config& config, TimeNs media) {
        media_ns_ -= media;
        for (uint32_t depth = 0; media > 0; ++depth) {
            const TimeNs piece = std::min(media, config.segment_ns);
            const auto rung = int(recent_rungs_ >> (kRungBits * std::min(depth, kRecentRungs - 1)) & kRungMask);
            kbps_ms_ -= std::min(kbps_ms_, uint64_t(piece / kMillisecond) * uint64_t(config.plan.ladder.bitrate(rung)));
            media -= piece;
        }
    }

    // Seldom touched:
    TimeNs opened_ns_ = 0;
    TimeNs since_ns_ = 0;  ///< when the phase began
    TimeNs startup_ns_ = -1;
    TimeNs stall_ns_ = 0;

    // Touched by every segment:
    TimeNs drains_or_level_ns_ = 0;  ///< Playing: when the buffer drains; else: what is in it
    TimeNs media_ns_ = 0;
    uint64_t kbps_ms_ = 0;
    uint64_t recent_rungs_ = 0;  ///< kRungBits a segment, the newest lowest
    uint16_t segment_ = 0;       ///< the next to fetch
    uint16_t segments_ = 0;
    uint16_t first_segment_ = 0;  ///< since the start or the last seek
    uint16_t switches_ = 0;
    uint16_t stalls_ = 0;
    int8_t rung_ = -1;
    uint8_t decided_rung_ = 0;
    Phase phase_ = Phase::Starting;
    bool decided_ = false;
    bool started_ = false;
    abr::State<float> abr_{};
};

}  // namespace matinee::player
