// Where SQLite's memory comes from. A transaction asks for some dozens of blocks, most of them for the copies of pages
// that undoing it would need, and gives them back at its end: the lists that coroutine frames wait in
// (system/base/frame_pool.hpp) have them at hand, for a tenth of what the heap asks.
#pragma once

struct sqlite3_mem_methods;

namespace matinee {

/// For SQLITE_CONFIG_MALLOC, before the process opens its first database.
const sqlite3_mem_methods& sqlite_memory();

}  // namespace matinee
