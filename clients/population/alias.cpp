#include "clients/population/alias.hpp"

#include <stdexcept>

namespace matinee::population {

AliasTable::AliasTable(std::span<const double> weights) {
    double sum = 0;
    for (const double weight : weights) {
        if (!(weight >= 0)) throw std::invalid_argument("alias table: a weight is negative or not a number");
        sum += weight;
    }
    if (!(sum > 0) || sum - sum != 0)
        throw std::invalid_argument("alias table: the weights have no positive finite sum");

    const uint32_t n = uint32_t(weights.size());
    std::vector<double> fill(n);  // in units of one bin
    std::vector<uint32_t> small, large;
    bins_.resize(n);
    for (uint32_t i = 0; i < n; ++i) {
        fill[i] = weights[i] / sum * double(n);
        bins_[i] = {UINT32_MAX, i};
        (fill[i] < 1 ? small : large).push_back(i);
    }
    // Each step closes one small bin with what it lacks from a large one. Rounding may leave bins on either list that
    // are full but for a few 2^-52: they stay wholly their own.
    while (!small.empty() && !large.empty()) {
        const uint32_t poor = small.back();
        const uint32_t rich = large.back();
        small.pop_back();
        bins_[poor] = {uint32_t(fill[poor] * 0x1p32), rich};
        fill[rich] -= 1 - fill[poor];
        if (fill[rich] < 1) {
            large.pop_back();
            small.push_back(rich);
        }
    }
    // A weight of zero must never be drawn, not even through a rounding leftover.
    for (const uint32_t left : small) {
        if (weights[left] > 0) continue;
        uint32_t heaviest = 0;
        for (uint32_t i = 1; i < n; ++i)
            if (weights[i] > weights[heaviest]) heaviest = i;
        bins_[left] = {0, heaviest};
    }
}

std::vector<double> AliasTable::probabilities() const {
    std::vector<double> result(bins_.size());
    const double one_bin = 1 / double(bins_.size());
    for (uint32_t i = 0; i < size(); ++i) {
        const double own = double(bins_[i].threshold) * 0x1p-32;
        result[i] += own * one_bin;
        result[bins_[i].other] += (1 - own) * one_bin;
    }
    return result;
}

}  // namespace matinee::population
