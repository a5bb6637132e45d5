#include "clients/population/segment_sizes.hpp"

#include <algorithm>
#include <cmath>

#include "clients/population/refuse.hpp"
#include "system/base/math.hpp"
#include "system/base/random.hpp"

namespace matinee::population {

namespace {

constexpr double kMostBytes = 4294967295.0;

/// A log-normal clipped at `peak` and scaled to mean 1, as `n` equally likely quantiles, ascending.
struct Clipped {
    std::vector<double> values;
    double cv = 0;
};

Clipped clipped_lognormal(double sigma, double peak, uint32_t n) {
    Clipped law;
    law.values.resize(n);
    double sum = 0;
    for (uint32_t i = 0; i < n; ++i) {
        law.values[i] = math::exp(sigma * math::normal_quantile((double(i) + 0.5) / double(n)));
        sum += law.values[i];
    }
    // With the `clipped` largest at the peak, the rest must add up to what is missing from a mean of 1.
    uint32_t clipped = 0;
    double scale = double(n) / sum;
    while (clipped + 1 < n && scale * law.values[n - 1 - clipped] > peak) {
        sum -= law.values[n - 1 - clipped];
        ++clipped;
        scale = std::max(0.0, double(n) - double(clipped) * peak) / sum;
    }
    double squares = 0;
    for (uint32_t i = 0; i < n; ++i) {
        law.values[i] = i < n - clipped ? law.values[i] * scale : peak;
        squares += (law.values[i] - 1) * (law.values[i] - 1);
    }
    law.cv = std::sqrt(squares / double(n));
    return law;
}

/// Solves for the sigma that leaves `cv` after clipping; the variation grows with sigma. Falls short where it cannot.
Clipped clipped_with_cv(double cv, double peak, uint32_t n) {
    double low = 0;
    double high = 4;
    for (int step = 0; step < 50; ++step) {
        const double middle = (low + high) / 2;
        (clipped_lognormal(middle, peak, n).cv < cv ? low : high) = middle;
    }
    return clipped_lognormal(high, peak, n);
}

void check_ladder(const std::vector<Kbps>& ladder, TimeNs segment_ns) {
    require(!ladder.empty(), "catalog.ladder", 0, "at least one bitrate");
    require(ladder.size() <= 255, "catalog.ladder", double(ladder.size()), "at most 255 bitrates");
    for (size_t i = 0; i < ladder.size(); ++i)
        require(ladder[i] > (i == 0 ? 0 : ladder[i - 1]), "catalog.ladder", ladder[i], "bitrates above 0, ascending");
    require(segment_ns >= kMillisecond, "catalog.segment", to_seconds(segment_ns), "a length of at least 1 ms");
}

}  // namespace

SegmentSizes::SegmentSizes(const Catalog& spec, uint64_t seed) {
    RandomStream random(seed, Purpose::SegmentSize, 0);
    key_ = random.next_u64();
    ladder_ = spec.movie ? spec.movie->ladder : spec.ladder;
    segment_ns_ = spec.movie ? spec.movie->segment : spec.segment;
    rungs_ = uint32_t(ladder_.size());
    check_ladder(ladder_, segment_ns_);
    for (const Kbps rate : ladder_) nominal_.push_back(double(rate) * to_ms(segment_ns_) / 8);
    if (spec.movie)
        build_movie(*spec.movie);
    else
        build_vbr(spec);
}

void SegmentSizes::build_vbr(const Catalog& spec) {
    const double cv = spec.vbr_cv;
    const double peak = spec.vbr_peak;
    require(peak >= 1 && peak <= 100, "catalog.vbr_peak", peak, "a multiple of the mean, 1 to 100");
    require(cv >= 0 && cv <= 10, "catalog.vbr_cv", cv, "a coefficient of variation from 0");
    require(nominal_.back() * peak < kMostBytes, "catalog.ladder", ladder_.back(), "segments below 4 GiB");

    constexpr uint32_t n = 1u << kTableBits;
    // The jitter's half width: its own variation, width / sqrt(3), is .4 of the whole. It gives way where the peak is
    // low.
    double width = std::min(0.7 * cv, (peak - 1) / 4);
    const auto solve = [&] {
        const double jitter_variance = width * width / 3;
        return clipped_with_cv(std::sqrt((cv * cv - jitter_variance) / (1 + jitter_variance)), peak / (1 + width), n);
    };
    const auto reached = [&](const Clipped& law) {
        return std::abs((1 + law.cv * law.cv) * (1 + width * width / 3) - 1 - cv * cv) <= 0.002 * cv * cv + 1e-12;
    };
    Clipped law = solve();
    if (!reached(law)) {
        width = 0;
        law = solve();
    }
    require(reached(law), "catalog.vbr_cv", cv,
            "a variation that vbr_peak " + text_of(peak) + " allows (well below " + text_of(std::sqrt(peak - 1)) + ")",
            "raise catalog.vbr_peak or lower catalog.vbr_cv");
    table_.assign(law.values.begin(), law.values.end());
    jitter_least_ = 1 - width;
    jitter_step_ = 2 * width / double((1u << 24) - 1);
}

void SegmentSizes::build_movie(const Movie& movie) {
    require(!movie.segment_bytes.empty(), "catalog.movie", 0, "a movie with at least one segment");
    movie_segments_ = uint32_t(movie.segment_bytes.size());
    movie_before_.assign(rungs_, 0);
    for (const auto& row : movie.segment_bytes) {
        require(row.size() == rungs_, "catalog.movie", double(row.size()),
                "one size per bitrate in every segment (" + std::to_string(rungs_) + ")");
        for (uint32_t rung = 0; rung < rungs_; ++rung) {
            require(row[rung] > 0, "catalog.movie", row[rung], "segment sizes above 0");
            movie_.push_back(row[rung]);
            movie_before_.push_back(movie_before_[movie_before_.size() - rungs_] + row[rung]);
        }
    }
}

double SegmentSizes::expected_bytes(uint32_t rung, TimeNs duration_ns) const {
    if (movie_segments_ == 0) return nominal_[rung] * (double(duration_ns) / double(segment_ns_));
    const uint64_t whole = uint64_t(duration_ns / segment_ns_);
    const uint64_t rest = whole % movie_segments_;
    const Bytes cycle = movie_before_[size_t(movie_segments_) * rungs_ + rung];
    const double cut_share = double(duration_ns % segment_ns_) / double(segment_ns_);
    return double(whole / movie_segments_ * cycle + movie_before_[rest * rungs_ + rung]) +
           cut_share * double(movie_[rest * rungs_ + rung]);
}

}  // namespace matinee::population
