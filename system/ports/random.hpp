// Port: what must not be guessed, or not collide. The simulator's is a stream of its seed.
#pragma once

#include <string>
#include <string_view>

#include "system/ports/clock.hpp"

namespace matinee {

class Random {
public:
    virtual ~Random() = default;

    /// So many bytes, fit for keys and tokens on the live host.
    virtual std::string bytes(size_t count) = 0;
};

/// "usr_" and 32 hexadecimal digits: 48 bits of the time in ms, so that rows made together lie together in an index,
/// and 80 random bits. Unique, not secret.
std::string new_id(std::string_view prefix, const Clock& clock, Random& random);

}  // namespace matinee
