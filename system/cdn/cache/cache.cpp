#include "system/cdn/cache/cache.hpp"

#include <array>
#include <stdexcept>
#include <vector>

#include "system/cdn/cache/index.hpp"
#include "system/cdn/cache/policies/arc.hpp"
#include "system/cdn/cache/policies/belady.hpp"
#include "system/cdn/cache/policies/clock.hpp"
#include "system/cdn/cache/policies/compact_lru.hpp"
#include "system/cdn/cache/policies/fifo.hpp"
#include "system/cdn/cache/policies/gdsf.hpp"
#include "system/cdn/cache/policies/lfu.hpp"
#include "system/cdn/cache/policies/lru.hpp"
#include "system/cdn/cache/policies/s3fifo.hpp"
#include "system/cdn/cache/policies/sieve.hpp"
#include "system/cdn/cache/policies/slru.hpp"
#include "system/cdn/cache/policies/two_q.hpp"
#include "system/cdn/cache/policies/w_tinylfu.hpp"
#include "system/cdn/cache/policy_cache.hpp"

namespace matinee::cdn {
namespace {

template <template <class> class Policy, class... Knowledge>
std::unique_ptr<Cache> make(const CacheSpec& spec, Bytes capacity, const KeySpace& space, const RandomStream& stream,
                            Knowledge... knowledge) {
    if (spec.ttl < 0) throw std::invalid_argument("a time to live is not negative");
    if (space.is_dense() && PagedIndex::can_hold(space)) {
        using Paged = Policy<PagedIndex>;
        return std::make_unique<PolicyCache<Paged>>(spec, Paged(capacity, space, knowledge...), space, stream);
    }
    using Hashed = Policy<HashIndex>;
    return std::make_unique<PolicyCache<Hashed>>(spec, Hashed(capacity, space, knowledge...), space, stream);
}

using Maker = std::unique_ptr<Cache> (*)(const CacheSpec&, Bytes, const KeySpace&, const RandomStream&);

/// Where the keys allow it, a form of the policy that takes less memory and gives the same answers.
template <template <class> class Policy, class Compact>
std::unique_ptr<Cache> make_compact(const CacheSpec& spec, Bytes capacity, const KeySpace& space,
                                    const RandomStream& stream) {
    if (can_be_compact(spec, space))
        return std::make_unique<PolicyCache<Compact>>(spec, Compact(capacity, space), space, stream);
    return make<Policy>(spec, capacity, space, stream);
}

/// Everything that is known by name. A new policy is a file in policies/ and a row here.
struct EvictionRow {
    Eviction eviction;
    const char* name;
    Maker make;
    bool has_compact_form = false;
};
constexpr std::array kEvictions{
    EvictionRow{Eviction::Lru, "lru", make_compact<Lru, CompactLru>, true},
    EvictionRow{Eviction::Fifo, "fifo", make<Fifo>},
    EvictionRow{Eviction::Clock, "clock", make<Clock>},
    EvictionRow{Eviction::Lfu, "lfu", make<Lfu>},
    EvictionRow{Eviction::Sieve, "sieve", make<Sieve>},
    EvictionRow{Eviction::S3Fifo, "s3-fifo", make_compact<S3Fifo, S3FifoOn<CompactShelf>>, true},
    EvictionRow{Eviction::Arc, "arc", make<Arc>},
    EvictionRow{Eviction::Gdsf, "gdsf", make<Gdsf>},
    EvictionRow{Eviction::WTinyLfu, "w-tinylfu", make<WTinyLfu>},
    EvictionRow{Eviction::Slru, "slru", make<Slru>},
    EvictionRow{Eviction::TwoQ, "2q", make<TwoQ>},
    EvictionRow{Eviction::Belady, "belady", nullptr},
};

struct AdmissionRow {
    Admission admission;
    const char* name;
};
constexpr std::array kAdmissions{
    AdmissionRow{Admission::Always, "always"}, AdmissionRow{Admission::SecondHit, "second-hit"},
    AdmissionRow{Admission::Size, "size"},     AdmissionRow{Admission::Probability, "probability"},
    AdmissionRow{Admission::Bloom, "bloom"},
};

template <class Rows>
std::vector<std::string> names_of(const Rows& rows) {
    std::vector<std::string> names;
    for (const auto& row : rows) names.emplace_back(row.name);
    return names;
}

const EvictionRow& row_of(Eviction eviction) {
    for (const auto& row : kEvictions) {
        if (row.eviction == eviction) return row;
    }
    throw std::invalid_argument("no such eviction policy");
}

}  // namespace

std::unique_ptr<Cache> make_cache(const CacheSpec& spec, Bytes capacity, const KeySpace& space,
                                  RandomStream admission_stream) {
    const EvictionRow& row = row_of(spec.evict);
    if (row.make == nullptr) throw std::invalid_argument(std::string(row.name) + " has to be told the future");
    return row.make(spec, capacity, space, admission_stream);
}

std::unique_ptr<Cache> make_belady_cache(const CacheSpec& spec, Bytes capacity, const KeySpace& space,
                                         RandomStream admission_stream, std::span<const uint32_t> future) {
    return make<Belady>(spec, capacity, space, admission_stream, future);
}

bool has_compact_form(const CacheSpec& spec, const KeySpace& space) {
    return row_of(spec.evict).has_compact_form && can_be_compact(spec, space);
}

std::span<const std::string> eviction_names() {
    static const std::vector<std::string> names = names_of(kEvictions);
    return names;
}

std::span<const std::string> admission_names() {
    static const std::vector<std::string> names = names_of(kAdmissions);
    return names;
}

std::string name_of(Eviction eviction) { return row_of(eviction).name; }

std::string name_of(Admission admission) {
    for (const auto& row : kAdmissions) {
        if (row.admission == admission) return row.name;
    }
    throw std::invalid_argument("no such admission rule");
}

std::optional<Eviction> eviction_named(std::string_view name) {
    for (const auto& row : kEvictions) {
        if (row.name == name) return row.eviction;
    }
    return std::nullopt;
}

std::optional<Admission> admission_named(std::string_view name) {
    for (const auto& row : kAdmissions) {
        if (row.name == name) return row.admission;
    }
    return std::nullopt;
}

}  // namespace matinee::cdn
