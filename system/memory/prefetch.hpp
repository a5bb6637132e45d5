// Asking for memory ahead of its use. Everything here, and every function that does nothing else, has to be
// always_inline: g++ 12 deletes calls to functions that only prefetch.
#pragma once

#include <cstddef>

namespace matinee {

/// All lines of an object, from offset `from` on; they are going to be written.
template <class T>
[[gnu::always_inline]] inline void prefetch_all_of(const T& object, size_t from = 0) {
    const char* line = reinterpret_cast<const char*>(&object);
    for (size_t at = from; at < sizeof(T); at += 64) __builtin_prefetch(line + at, 1);
}

}  // namespace matinee
