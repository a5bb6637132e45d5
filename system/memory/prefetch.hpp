// Asking for memory ahead of its use.
#pragma once

#include <cstddef>

namespace matinee {

/// The line of the processor's cache that an address lies in. The empty statement is an effect, though of nothing:
/// functions that only prefetch have none in g++ 12's eyes, and it deletes calls to them.
[[gnu::always_inline]] inline void prefetch(const void* address) {
    __builtin_prefetch(address, 1);
    asm volatile("");
}

/// The same by reading from it, for many in a row: the processor waits for their lines side by side, while prefetches
/// that come so thick get lost where each address has to be translated first.
[[gnu::always_inline]] inline void fetch(const void* address) {
    asm volatile("" : : "r"(*static_cast<const volatile char*>(address)));
}

/// fetch() for all lines of an object, from offset `from` on.
template <class T>
[[gnu::always_inline]] inline void fetch_all_of(const T& object, size_t from = 0) {
    const char* line = reinterpret_cast<const char*>(&object);
    for (size_t at = from; at < sizeof(T); at += 64) fetch(line + at);
}

/// prefetch() for them.
template <class T>
[[gnu::always_inline]] inline void prefetch_all_of(const T& object, size_t from = 0) {
    const char* line = reinterpret_cast<const char*>(&object);
    for (size_t at = from; at < sizeof(T); at += 64) prefetch(line + at);
}

}  // namespace matinee
