// Bytes of every segment, without storing them.
//
// Variable bitrate: bytes = bitrate * segment / 8 * factor(playable, index) * jitter(playable, index, rung). The factor
// (how hard this scene is to encode, common to all rungs) is log-normal, clipped so that no segment exceeds `vbr_peak`
// times the mean; the jitter (what one rung differs) is uniform. The factor comes from a table of 1024 quantiles
// indexed by a hash of (seed, playable, index); its parameters are solved for, so that factor times jitter has mean 1
// and the coefficient of variation asked for, after clipping. Sources: Apple's HLS authoring specification 1.19 allows
// video on demand a peak of 200 % of the average; Big Buck Bunny in 3 s segments has a coefficient of variation of .17
// to .20 at all rungs and a maximum of 1.7 to 2.3, and its rungs stray from the common factor by .4 (median rung) of
// that variation, which sets the jitter; films in 4 s segments .3 to .5 (from memory). Simplification: successive
// segments are independent, while real ones follow scenes.
//
// Or a movie: its real sizes, repeated from its first segment for as long as a playable lasts.
#pragma once

#include <cstdint>
#include <vector>

#include "clients/population/spec.hpp"
#include "system/base/digest.hpp"
#include "system/base/units.hpp"

namespace matinee::population {

class SegmentSizes {
public:
    /// Throws InputError for an empty or unordered ladder, a movie whose rows differ from its ladder, a segment above
    /// 4 GiB, and a variation that the peak does not allow (never above sqrt(vbr_peak - 1)).
    SegmentSizes(const Catalog& spec, uint64_t seed);

    uint32_t rungs() const { return rungs_; }
    TimeNs segment_ns() const { return segment_ns_; }
    const std::vector<Kbps>& ladder() const { return ladder_; }

    /// Bytes of a segment of full length.
    uint32_t full(uint32_t playable, uint32_t rung, uint32_t index) const {
        if (movie_segments_ == 0) return uint32_t(nominal_[rung] * factor(playable, rung, index) + 0.5);
        return movie_[size_t(index % movie_segments_) * rungs_ + rung];
    }

    /// Bytes of a segment cut to `length_ns`; at least 1.
    uint32_t cut(uint32_t playable, uint32_t rung, uint32_t index, TimeNs length_ns) const {
        const double whole =
            movie_segments_ == 0 ? nominal_[rung] * factor(playable, rung, index) : double(full(playable, rung, index));
        const double bytes = whole * (double(length_ns) / double(segment_ns_)) + 0.5;
        return bytes < 1 ? 1 : uint32_t(bytes);
    }

    /// Size over nominal size of one segment, mean 1 (of the variable bitrate model).
    double factor(uint32_t playable, uint32_t rung, uint32_t index) const {
        const uint64_t scene = mix64(key_ + (uint64_t(playable) << 16 | index));
        uint64_t own = scene + uint64_t(rung) * 0x9e3779b97f4a7c15ull;
        own = (own ^ (own >> 32)) * 0xd6e8feb86659fd93ull;
        return double(table_[scene >> (64 - kTableBits)]) * (jitter_least_ + jitter_step_ * double(own >> 40));
    }

    /// Expected bytes (movie: exact to the rounding of a last, cut segment) of `duration_ns` at a rung.
    double expected_bytes(uint32_t rung, TimeNs duration_ns) const;

private:
    static constexpr uint32_t kTableBits = 10;
    void build_vbr(const Catalog& spec);
    void build_movie(const Movie& movie);

    uint32_t rungs_ = 0;
    TimeNs segment_ns_ = 0;
    uint32_t movie_segments_ = 0;  ///< 0: the variable bitrate model
    uint64_t key_ = 0;
    double jitter_least_ = 1;
    double jitter_step_ = 0;
    std::vector<double> nominal_;      ///< bytes of a full segment, by rung
    std::vector<float> table_;         ///< quantiles of the factor
    std::vector<uint32_t> movie_;      ///< [segment][rung]
    std::vector<Bytes> movie_before_;  ///< [segment][rung]: bytes of all earlier segments; one row more than the movie
    std::vector<Kbps> ladder_;
};

}  // namespace matinee::population
