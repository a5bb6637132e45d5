#include "clients/population/ranking.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "clients/population/refuse.hpp"
#include "system/base/math.hpp"

namespace matinee::population {

namespace {

constexpr double kMostTrades = 50e6;

// What `which` of a Purpose::Catalog stream stands for in this file; catalog.cpp uses 0.
constexpr uint32_t kRegionalStream = 1;
constexpr uint32_t kChurnStream = 2;

void check(const Popularity& law, uint32_t works) {
    require(works > 0, "catalog.titles", works, "at least 1");
    const auto finite_from_0 = [](double x) { return x >= 0 && x < 1e300; };
    require(finite_from_0(law.alpha), "catalog.popularity.alpha", law.alpha, "a number from 0 (all alike)");
    require(finite_from_0(law.shift), "catalog.popularity.shift", law.shift, "a number from 0");
    require(finite_from_0(law.cutoff), "catalog.popularity.cutoff", law.cutoff, "a rank, or 0 for none");
    require(law.regional_mix >= 0 && law.regional_mix <= 1, "catalog.popularity.regional_mix", law.regional_mix,
            "a share from 0 to 1");
    require(law.churn_per_day >= 0 && law.churn_per_day <= 1, "catalog.popularity.churn_per_day", law.churn_per_day,
            "a share from 0 to 1");
}

std::vector<double> shares_by_rank(const Popularity& law, uint32_t works) {
    std::vector<double> shares(works);
    double sum = 0;
    // Relative to rank 1, in logarithms: no exponent or shift can make the first weight vanish.
    const double log_of_first = math::log(1 + law.shift);
    for (uint32_t i = 0; i < works; ++i) {
        const double rank = double(i) + 1;
        double log_weight = -law.alpha * (math::log(rank + law.shift) - log_of_first);
        if (law.cutoff > 0) log_weight -= double(i) / law.cutoff;
        shares[i] = math::exp(log_weight);
        sum += shares[i];
    }
    for (double& share : shares) share /= sum;
    return shares;
}

}  // namespace

Ranking::Ranking(const Popularity& law, uint32_t works, uint32_t regions, uint64_t seed, TimeNs duration)
    : regional_mix_(law.regional_mix),
      regions_(std::max(regions, 1u)),
      days_(uint32_t(std::clamp<TimeNs>(duration / kDay, 0, 1'000'000))) {
    check(law, works);
    shares_ = shares_by_rank(law, works);
    table_ = AliasTable(shares_);
    if (law.regional_mix > 0) draw_regions(seed);
    if (law.churn_per_day > 0 && days_ > 0 && works > 1) draw_churn(law.churn_per_day, seed);
}

void Ranking::draw_regions(uint64_t seed) {
    const uint32_t n = works();
    regional_.resize(size_t(regions_) * n);
    for (uint32_t region = 0; region < regions_; ++region) {
        RandomStream random(seed, Purpose::Catalog, region, kRegionalStream);
        uint32_t* place = regional_.data() + size_t(region) * n;
        for (uint32_t i = 0; i < n; ++i) place[i] = i;
        for (uint32_t i = n - 1; i > 0; --i) std::swap(place[i], place[random.below(i + 1)]);
    }
}

void Ranking::draw_churn(double churn_per_day, uint64_t seed) {
    const uint32_t n = works();
    const double pairs_per_day = churn_per_day * double(n) / 2;
    require(2 * pairs_per_day * double(days_) <= kMostTrades, "catalog.popularity.churn_per_day", churn_per_day,
            "at most 50 million trades (share x titles x days) in a run", "a smaller share, or a shorter run");

    struct Trade {
        uint32_t day, place, work;
    };
    std::vector<Trade> trades;
    std::vector<uint32_t> holder_now(n), deck(n);
    for (uint32_t i = 0; i < n; ++i) holder_now[i] = deck[i] = i;
    double done = 0;
    for (uint32_t day = 1; day <= days_; ++day) {
        // The tiny addend: a share such as 0.1 must not lose a pair to rounding. All n odd can pair n - 1 at most.
        const double due = std::floor(pairs_per_day * double(day) + 1e-9);
        const uint32_t pairs = std::min(uint32_t(due - done), n / 2);
        done = due;
        RandomStream random(seed, Purpose::Catalog, day, kChurnStream);
        for (uint32_t i = 0; i < 2 * pairs; ++i) std::swap(deck[i], deck[i + random.below(n - i)]);
        for (uint32_t i = 0; i < 2 * pairs; i += 2) {
            std::swap(holder_now[deck[i]], holder_now[deck[i + 1]]);
            for (const uint32_t place : {deck[i], deck[i + 1]}) trades.push_back({day, place, holder_now[place]});
        }
    }

    // By place, keeping the order of days (a place trades at most once a day).
    first_holder_.assign(n + 1, 0);
    for (const Trade& trade : trades) ++first_holder_[trade.place + 1];
    for (uint32_t i = 0; i < n; ++i) first_holder_[i + 1] += first_holder_[i] + 1;
    holders_.resize(n + trades.size());
    std::vector<uint32_t> next(first_holder_.begin(), first_holder_.end() - 1);
    for (uint32_t i = 0; i < n; ++i) holders_[next[i]++] = {0, i};
    for (const Trade& trade : trades) holders_[next[trade.place]++] = {trade.day, trade.work};
}

std::vector<double> Ranking::shares(uint32_t region, TimeNs now) const {
    std::vector<double> result(works());
    const uint32_t day = day_of(now);
    for (uint32_t rank = 0; rank < works(); ++rank) {
        result[holder(rank, day)] += (1 - regional_mix_) * shares_[rank];
        result[holder(regional_place(region, rank), day)] += regional_mix_ * shares_[rank];
    }
    return result;
}

}  // namespace matinee::population
