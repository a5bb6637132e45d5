// The catalogue at run time: what can be played, how long it lasts, how many bytes each of its segments has, and which
// playable the next viewer starts.
//
// A work is a film or a series; a playable is a film, an episode or a released film. Works are numbered by their place
// in the ranking at time 0, releases after them; playables densely in the order of works, the episodes of a series in a
// row. Series are spread evenly over the ranking (work i is one where round(i * series_share) steps up), so that their
// share is exact in any slice of it (hours viewed of series and films are as 71 to 24: Netflix, H1 2025). A series
// draws its number of seasons (uniform from 1 to seasons_max) and one duration that all its episodes have. Durations
// are whole milliseconds, at least 1 s and at most 65535 segments.
//
// Starts: a series pick starts episode k (from 0, over all seasons) with probability ~ q^k, q = 0.95. Viewers are
// spread over a series and thin out: 70 % of those who saw the episode that "hooked" them (about the third of ten)
// finish the season (Netflix, 2015), and 0.7^(1/7) = 0.950. Going on to the next episode is the behaviour's matter.
//
// Releases: from its `at` on, a release takes share * exp(-(now - at) / decay) of all starts in every region (decay 0:
// it stays); the ranking shares out the rest, and does not list releases. Shares that add up to more than 1 (which
// scenario files may not have) are scaled down. One exponential stands for what was observed: hits lose 40 to 45 % a
// week from the third week on (from memory); non-user-generated video 20 % in day 1 and as much again by day 9 (a
// review by Li, Chen; Hulu, PPLive).
//
// Everything is const after construction and safe to read from any number of threads.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "clients/population/ranking.hpp"
#include "clients/population/segment_sizes.hpp"
#include "clients/population/spec.hpp"
#include "system/base/random.hpp"
#include "system/base/units.hpp"
#include "system/memory/blocks.hpp"

namespace matinee::population {

/// The part of all starts that a release takes at that moment, as far as there is room for it.
double release_share(const Release& release, TimeNs now);

/// `population::Catalog` is what a scenario states; this is what it becomes.
class Library {
public:
    static constexpr uint32_t kMostSegments = 65535;
    static constexpr uint32_t kMostPlayables = 50'000'000;
    static constexpr double kEpisodeDecline = 0.95;

    /// `regions`: how many regions pick from it; `run` the virtual duration of the run (churn is drawn for its days).
    /// Throws InputError where the specification contradicts itself.
    Library(const Catalog& spec, std::span<const Release> releases, uint32_t regions, uint64_t seed, TimeNs run);

    // Shape. Arguments named playable are < playables(), rung < rungs(), index < segments(playable), region <
    // regions().
    uint32_t playables() const { return uint32_t(playables_.size()); }
    uint32_t works() const { return uint32_t(first_playable_.size() - 1); }  ///< with releases
    uint32_t regions() const { return ranking_.regions(); }
    uint32_t rungs() const { return sizes_.rungs(); }
    const std::vector<Kbps>& ladder() const { return sizes_.ladder(); }
    TimeNs segment_ns() const { return sizes_.segment_ns(); }
    uint32_t segments(uint32_t playable) const { return objects_of_[playable].segments; }
    TimeNs duration_ns(uint32_t playable) const { return playables_[playable].duration; }
    /// Length of one segment: the last may be shorter.
    TimeNs segment_ns(uint32_t playable, uint32_t index) const {
        const uint32_t count = segments(playable);
        return index + 1 < count ? segment_ns() : duration_ns(playable) - TimeNs(count - 1) * segment_ns();
    }

    // Bytes.
    uint32_t segment_bytes(uint32_t playable, uint32_t rung, uint32_t index) const {
        if (index + 1 < segments(playable)) [[likely]]
            return sizes_.full(playable, rung, index);
        return sizes_.cut(playable, rung, index, segment_ns(playable, index));
    }
    /// A whole playable at one rung. Expected (each rendition's own sum strays by cv / sqrt(segments)); of a movie,
    /// exact.
    Bytes rendition_bytes(uint32_t playable, uint32_t rung) const {
        return Bytes(sizes_.expected_bytes(rung, duration_ns(playable)) + 0.5);
    }
    /// The mean size of a segment of a playable at one rung.
    double mean_segment_bytes(uint32_t playable, uint32_t rung) const {
        return sizes_.expected_bytes(rung, duration_ns(playable)) / double(segments(playable));
    }
    Bytes playable_bytes(uint32_t playable) const;  ///< all rungs
    /// The same, exact: its segments are added up when it is first asked for.
    Bytes exact_bytes(uint32_t playable) const;
    Bytes total_bytes() const { return total_bytes_; }  ///< all playables at all rungs, releases too

    // Objects: every segment of every playable at every rung has a number, those of a rendition in a row, and the
    // renditions of a playable too, from the lowest rung up.
    uint64_t objects() const { return objects_; }
    uint64_t object(uint32_t playable, uint32_t rung, uint32_t index) const {
        const Objects of = objects_of_[playable];
        return of.first + uint64_t(rung) * of.segments + index;
    }
    struct Place {
        uint32_t playable;
        uint32_t rung;
        uint32_t index;
    };
    Place place_of(uint64_t object) const {
        uint32_t playable = first_in_block_[object >> block_bits_];
        while (playable + 1 < playables() && objects_of_[playable + 1].first <= object) ++playable;
        const Objects of = objects_of_[playable];
        const auto within = uint32_t(object - of.first);
        const auto segments = uint32_t(of.segments);
        return {playable, within / segments, within % segments};
    }

    // Structure.
    uint32_t work_of(uint32_t playable) const { return playables_[playable].work; }
    uint32_t first_playable(uint32_t work) const { return first_playable_[work]; }
    uint32_t episodes(uint32_t work) const { return first_playable_[work + 1] - first_playable_[work]; }
    /// Not an episode. A release is a film.
    bool is_film(uint32_t playable) const { return playables_[playable].film; }
    bool is_release(uint32_t playable) const { return work_of(playable) >= ranking_.works(); }
    /// The playable of releases[i] as given to the constructor.
    uint32_t release_playable(uint32_t i) const { return first_playable_[ranking_.works() + i]; }
    std::optional<uint32_t> next_episode(uint32_t playable) const {
        const uint32_t next = playable + 1;
        if (next < playables() && playables_[next].work == playables_[playable].work) return next;
        return std::nullopt;
    }
    /// "film 12", "series 7 S02E03" (numbered from 1 by rank at time 0), or the name of a release.
    std::string title_name(uint32_t playable) const;

    // Choice.
    /// What a viewer who arrives in `region` at `now` starts.
    uint32_t pick(uint32_t region, TimeNs now, RandomStream& random) const {
        if (!releases_.empty())
            if (const auto release = pick_release(now, random)) return *release;
        const uint32_t work = ranking_.pick(region, now, random);
        const uint32_t first = first_playable_[work];
        return playables_[first].film ? first : pick_episode(work, random);
    }
    /// Each playable's expected share of the starts (the first play of a visit) in a region; adds up to 1.
    std::vector<double> popularity(uint32_t region, TimeNs now) const;

private:
    struct Playable {
        TimeNs duration;
        uint32_t work;
        bool film;
    };
    /// What every request asks of a playable: a table so short that it stays near the processor.
    struct Objects {
        uint64_t first : 48;
        uint64_t segments : 16;
        static constexpr uint64_t kMost = (uint64_t(1) << 48) - 1;  // more than so many playables and rungs can have
    };
    static_assert(sizeof(Objects) == 8);
    /// Objects are found again by their blocks: the first playable in each. A block is about a playable long, so that
    /// the table is short and the search from its entry as well.
    int block_bits_ = 0;

    void add_works(const Catalog& spec, uint64_t seed);
    void add_release(const Release& release, size_t number);
    void add_playables(uint32_t count, TimeNs duration, bool film);
    void index_blocks();
    TimeNs playable_duration(const DurationLaw& law, RandomStream& random) const;
    double releases_share(TimeNs now) const;  ///< of all together; scaled down to 1 where it is used
    std::optional<uint32_t> pick_release(TimeNs now, RandomStream& random) const;
    uint32_t pick_episode(uint32_t work, RandomStream& random) const;

    SegmentSizes sizes_;
    Ranking ranking_;
    std::vector<Playable, BlockAllocator<Playable>> playables_;
    std::vector<Objects, BlockAllocator<Objects>> objects_of_;  ///< [playable]
    uint64_t objects_ = 0;
    std::vector<uint32_t> first_in_block_;
    std::vector<uint32_t> first_playable_;  ///< [work], one more at the end
    std::vector<Release> releases_;
    uint32_t episodes_per_season_;
    double log_decline_;
    std::vector<double> reached_;  ///< [seasons]: 1 - q^episodes
    Bytes total_bytes_ = 0;
    mutable std::vector<std::atomic<Bytes>> exact_bytes_;  ///< [playable]; 0: not yet asked for
};

}  // namespace matinee::population
