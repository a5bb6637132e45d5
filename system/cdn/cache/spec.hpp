// How a cache node decides what to keep, by name: what a scenario or a lab command line says.
#pragma once

#include <cstdint>

#include "system/base/units.hpp"

namespace matinee::cdn {

enum class Eviction : uint8_t { Lru, Fifo, Clock, Lfu, Sieve, S3Fifo, Arc, Gdsf };

enum class Admission : uint8_t { Always, SecondHit, Size, Probability };

struct CacheSpec {
    Eviction evict = Eviction::Lru;
    Admission admit = Admission::Always;
    double admit_probability = 1;  ///< of Admission::Probability
    Bytes admit_max_bytes = 0;     ///< of Admission::Size: larger objects are not admitted
    TimeNs admit_window = 0;       ///< of Admission::SecondHit: how long a first request is remembered; 0: an hour
    TimeNs ttl = 0;                ///< 0: an object never expires
};

}  // namespace matinee::cdn
