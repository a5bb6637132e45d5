// Moves what SQLite's write-ahead log holds into the database file, on a thread and a connection of its own. SQLite
// would do it within every commit that finds the log long, and all who wait for that commit would wait for a thousand
// pages more.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>

#include "system/embedded/sqlite_database.hpp"

namespace matinee::live {

class Checkpointer {
public:
    /// `database` is a connection for it alone.
    explicit Checkpointer(SqliteDatabase& database);
    /// Waits for the pass that runs.
    ~Checkpointer();
    Checkpointer(const Checkpointer&) = delete;
    Checkpointer& operator=(const Checkpointer&) = delete;

    /// The log has so many pages since a commit. From the thread that commits; it waits here where the log has grown so
    /// long that the disk evidently cannot follow.
    void note(int64_t pages);

private:
    void work();

    SqliteDatabase& database_;
    std::mutex mutex_;
    std::condition_variable changed_;
    int64_t pages_ = 0;
    int64_t rounds_ = 0;  ///< that have ended
    bool ending_ = false;
    std::thread thread_;
};

}  // namespace matinee::live
