// Which work is watched: a popularity law over ranks, and who holds which rank where and when.
//
// Law: v(r) ~ (r + shift)^-alpha exp(-r / cutoff), r = 1, 2, ... (Zipf-Mandelbrot with an exponential cut-off). Fitted
// to Netflix's "What We Watched" report for H1 2025: series alpha .54, shift 0, cutoff 2500 of 7300; films .56, 2, 2000
// of 8700 (rms .08 and .07 in ln v). Half a year of the whole world flattens the law: for one region and one day alpha
// is about .8 to 1.0; for a smaller catalogue cutoff about a third of it (proposal).
//
// Places: place p of the global ranking is held by work p at time 0. A region has a ranking of its own, a random
// permutation of the global places; `regional_mix` of its plays follow that one, so that a work's share in a region is
// (1 - mix) v(global rank) + mix v(own rank).
// Computed for 8 regions, 8000 works, alpha .8 to 1, cutoff 2667: two regions share 69 to 72 of their top 100 with a
// mix of .3, 48 with .5, 37 to 40 with .6; reports speak of 70 within a language and 30 to 50 between regions (from
// memory).
//
// Churn: at the start of every virtual day (24 h from time 0) after the first, `churn_per_day` of the works, drawn
// without replacement, trade global places in random pairs; regions follow, as their rankings are made of global
// places. A share that is not a whole number of pairs is carried over to later days. (A proposal for the top 100: 15 to
// 25 renewed in a week, which .02 to .04 a day gives.) All trades of the run are drawn at construction and kept as each
// place's list of holders: works + traders * days entries. Days beyond the duration look like the last one.
#pragma once

#include <cstdint>
#include <vector>

#include "clients/population/alias.hpp"
#include "clients/population/spec.hpp"
#include "system/base/random.hpp"
#include "system/base/units.hpp"

namespace matinee::population {

class Ranking {
public:
    /// Throws InputError for a law without sense (alpha or shift negative, shares outside 0 to 1, no works) and for
    /// more than 50 million trades.
    Ranking(const Popularity& law, uint32_t works, uint32_t regions, uint64_t seed, TimeNs duration);

    uint32_t works() const { return uint32_t(shares_.size()); }
    uint32_t regions() const { return regions_; }

    /// A work, drawn by the law. `region` < regions().
    uint32_t pick(uint32_t region, TimeNs now, RandomStream& random) const {
        uint32_t place = table_.pick(random);
        if (regional_mix_ > 0 && random.chance(regional_mix_)) place = regional_place(region, place);
        return holder(place, day_of(now));
    }

    /// The virtual day, from 0, no later than the last one of the run.
    uint32_t day_of(TimeNs now) const {
        if (now < kDay) return 0;
        const int64_t day = now / kDay;
        return day < days_ ? uint32_t(day) : days_;
    }

    /// The work that holds a global place (0: the most popular) on a day.
    uint32_t holder(uint32_t place, uint32_t day) const {
        if (first_holder_.empty()) return place;
        uint32_t low = first_holder_[place];
        uint32_t high = first_holder_[place + 1];
        while (high - low > 1) {  // the last holder since a day not later than `day`
            const uint32_t middle = (low + high) / 2;
            (holders_[middle].since_day <= day ? low : high) = middle;
        }
        return holders_[low].work;
    }

    /// The global place that stands at `rank` (from 0) of a region's own ranking; the rank itself without a mix.
    uint32_t regional_place(uint32_t region, uint32_t rank) const {
        return regional_.empty() ? rank : regional_[size_t(region) * works() + rank];
    }

    /// The share of plays of a rank (from 0): v(r) over the sum of all.
    double share_of_rank(uint32_t rank) const { return shares_[rank]; }

    /// Every work's share of the plays of a region; adds up to 1.
    std::vector<double> shares(uint32_t region, TimeNs now) const;

private:
    struct Holder {
        uint32_t since_day;
        uint32_t work;
    };
    void draw_churn(double churn_per_day, uint64_t seed);
    void draw_regions(uint64_t seed);

    std::vector<double> shares_;
    AliasTable table_;
    double regional_mix_;
    uint32_t regions_;
    uint32_t days_;                       ///< the last day of the run
    std::vector<uint32_t> regional_;      ///< [region][rank]; empty without a mix
    std::vector<uint32_t> first_holder_;  ///< [place], one more at the end; empty without churn
    std::vector<Holder> holders_;
};

}  // namespace matinee::population
