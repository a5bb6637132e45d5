#include "system/cdn/cache/admission.hpp"

#include <algorithm>
#include <bit>
#include <stdexcept>
#include <utility>

#include "system/base/digest.hpp"

namespace matinee::cdn {

size_t RecentKeys::place(const std::vector<Entry>& table, ObjectKey key) {
    const size_t mask = table.size() - 1;
    size_t at = size_t(mix64(key)) & mask;
    while (table[at].at != kNoTime && table[at].key != key) at = (at + 1) & mask;
    return at;
}

TimeNs RecentKeys::last_seen(const Generation& generation, ObjectKey key) {
    return generation.count == 0 ? kNoTime : generation.table[place(generation.table, key)].at;
}

void RecentKeys::widen(Generation& generation) {
    std::vector<Entry> wider(generation.table.empty() ? 64 : generation.table.size() * 2);
    for (const Entry& entry : generation.table) {
        if (entry.at != kNoTime) wider[place(wider, entry.key)] = entry;
    }
    generation.table = std::move(wider);
}

bool RecentKeys::note(ObjectKey key, TimeNs now) {
    if (young_since_ == kNoTime) young_since_ = now;
    if (now - young_since_ > window_ || young_.count >= limit_) {
        old_ = std::exchange(young_, Generation{});
        young_since_ = now;
    }
    if (young_.count * 2 >= young_.table.size()) widen(young_);

    Entry& entry = young_.table[place(young_.table, key)];
    const bool fresh = entry.at == kNoTime;
    const TimeNs last = fresh ? last_seen(old_, key) : entry.at;
    if (fresh) ++young_.count;
    entry = {key, now};
    return last != kNoTime && now - last <= window_;
}

void RecentKeys::clear() {
    young_ = {};
    old_ = {};
    young_since_ = kNoTime;
}

uint64_t RecentKeys::memory_bytes() const { return (young_.table.capacity() + old_.table.capacity()) * sizeof(Entry); }

namespace {

constexpr uint32_t kProbes = 8;

/// Calls probe(word, bit) for the bits of a key: double hashing (Kirsch, Mitzenmacher 2006).
template <class Probe>
void for_each_bit(uint64_t hash, size_t words, Probe probe) {
    uint64_t at = hash;
    const uint64_t step = mix64(hash) | 1;
    for (uint32_t i = 0; i < kProbes; ++i, at += step) probe(size_t(at >> 6) & (words - 1), uint64_t(1) << (at & 63));
}

bool has(const std::vector<uint64_t>& filter, uint64_t hash) {
    bool all = !filter.empty();
    if (all) for_each_bit(hash, filter.size(), [&](size_t word, uint64_t bit) { all &= (filter[word] & bit) != 0; });
    return all;
}

}  // namespace

bool SeenKeys::note(ObjectKey key) {
    const uint64_t hash = mix64(key);
    if (has(young_, hash)) return true;
    const bool known = has(old_, hash);
    if (noted_ >= objects_) {
        old_ = std::exchange(young_, {});
        noted_ = 0;
    }
    if (young_.empty()) young_.resize(std::max<uint64_t>(std::bit_ceil(objects_) / 4, 1));
    for_each_bit(hash, young_.size(), [&](size_t word, uint64_t bit) { young_[word] |= bit; });
    ++noted_;
    return known;
}

void SeenKeys::clear() { *this = SeenKeys(objects_); }

AdmissionGate::AdmissionGate(const CacheSpec& spec, const RandomStream& stream)
    : rule_(spec.admit),
      probability_(spec.admit_probability),
      max_bytes_(spec.admit_max_bytes),
      recent_(spec.admit_window == 0 ? kHour : spec.admit_window),
      seen_(spec.admit_objects == 0 ? kDefaultFilterObjects : spec.admit_objects),
      stream_(stream) {
    if (!(probability_ >= 0 && probability_ <= 1)) {
        throw std::invalid_argument("an admission probability lies between 0 and 1");
    }
    if (spec.admit_window < 0) throw std::invalid_argument("an admission window is not negative");
    if (spec.admit_objects > kMostFilterObjects)
        throw std::invalid_argument("an admission filter is made for at most 2^31 objects");
}

bool AdmissionGate::admits_by_rule(ObjectKey key, Bytes size, TimeNs now) {
    switch (rule_) {
        case Admission::Always:
            return true;
        case Admission::SecondHit:
            return recent_.note(key, now);
        case Admission::Size:
            return size <= max_bytes_;
        case Admission::Probability:
            return stream_.chance(probability_);
        case Admission::Bloom:
            return seen_.note(key);
    }
    return true;
}

}  // namespace matinee::cdn
