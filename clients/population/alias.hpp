// Draws an index in proportion to fixed weights in constant time: A. J. Walker, "An efficient method for generating
// discrete random variables with general distributions", ACM TOMS 3(3), 1977, built in linear time as in M. D. Vose,
// IEEE TSE 17(9), 1991. Every bin holds its own index and one other; a draw takes one of them. Work lists are kept in
// index order, so that equal weights always give the same table.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "system/base/random.hpp"

namespace matinee::population {

class AliasTable {
public:
    AliasTable() = default;
    /// Weights are finite and not negative, with a positive sum; otherwise std::invalid_argument. At least one weight.
    explicit AliasTable(std::span<const double> weights);

    uint32_t size() const { return uint32_t(bins_.size()); }

    /// Two 32-bit draws. A probability is off by at most 2^-32 absolutely, and by size * 2^-32 relatively.
    uint32_t pick(RandomStream& random) const {
        const uint32_t index = random.below(size());
        const Bin bin = bins_[index];
        return random.next_u32() < bin.threshold ? index : bin.other;
    }

    /// The probabilities that the table gives, by adding up its bins (for tests and reports).
    std::vector<double> probabilities() const;

private:
    struct Bin {
        uint32_t threshold;  ///< the bin's own index is drawn with probability threshold / 2^32
        uint32_t other;      ///< otherwise this one; a bin that is wholly its own names itself
    };
    std::vector<Bin> bins_;
};

}  // namespace matinee::population
