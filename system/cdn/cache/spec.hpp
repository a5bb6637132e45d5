// How a cache node decides what to keep, by name: what a scenario or a lab command line says.
#pragma once

#include <cstdint>

#include "system/base/units.hpp"

namespace matinee::cdn {

/// Belady knows the future, so only the laboratory has it.
enum class Eviction : uint8_t { Lru, Fifo, Clock, Lfu, Sieve, S3Fifo, Arc, Gdsf, WTinyLfu, Slru, TwoQ, Belady };

enum class Admission : uint8_t { Always, SecondHit, Size, Probability, Bloom };

/// Of Admission::Bloom.
inline constexpr uint64_t kDefaultFilterObjects = 1'000'000;
inline constexpr uint64_t kMostFilterObjects = uint64_t(1) << 31;

struct CacheSpec {
    Eviction evict = Eviction::Lru;
    Admission admit = Admission::Always;
    double admit_probability = 1;  ///< of Admission::Probability
    Bytes admit_max_bytes = 0;     ///< of Admission::Size: larger objects are not admitted
    TimeNs admit_window = 0;       ///< of Admission::SecondHit: how long a first request is remembered; 0: an hour
    uint64_t admit_objects = 0;    ///< of Admission::Bloom: how many objects its filter is made for; 0: the default
    TimeNs ttl = 0;                ///< 0: an object never expires
};

}  // namespace matinee::cdn
