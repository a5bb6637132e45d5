// Asking for memory ahead of its use.
#pragma once

#include <cstddef>

namespace matinee {

/// The line of the processor's cache that an address lies in, into the second-level cache: a processor can wait for far
/// more lines there than in its first level, and a hint for that one holds up what follows until its address is
/// translated. The empty statement is an effect, though of nothing: functions that only prefetch have none in g++ 12's
/// eyes, and it deletes calls to them.
[[gnu::always_inline]] inline void prefetch(const void* address) {
    __builtin_prefetch(address, 0, 2);
    asm volatile("");
}

/// prefetch() for all lines of an object.
template <class T>
[[gnu::always_inline]] inline void prefetch_all_of(const T& object) {
    const char* line = reinterpret_cast<const char*>(&object);
    for (size_t at = 0; at < sizeof(T); at += 64) prefetch(line + at);
}

}  // namespace matinee
