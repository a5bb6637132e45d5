// Where SQLite keeps the pages of its databases: the page cache of every connection of the process.
//
// SQLite's own forgets what lies behind a database's end, as every commit asks it to, from the highest page number on
// that it has seen. When a tree's pages change places, one of them has for a moment the number of the page at 1 GiB
// (balance_nonroot() of SQLite 3.40), and the commit after that walks over all pages there are: of a playback start in
// a database in memory that was a quarter of the time with two thousand accounts, and more the more there are. Here a
// page is found by its number in tables of pages, and the walk ends where the tables do.
//
// A cache of a file holds as many pages as `PRAGMA cache_size` says and gives up those that were used longest ago; one
// of a database in memory holds them all, because it is the database. The memory of pages beyond the first few is kept
// until the cache goes.
#pragma once

struct sqlite3_pcache_methods2;

namespace matinee {

/// For SQLITE_CONFIG_PCACHE2, before the process opens its first database.
const sqlite3_pcache_methods2& sqlite_pages();

}  // namespace matinee
