// Moves what SQLite's write-ahead log holds into the database file, on a thread and a connection of its own. SQLite
// would do it within every commit that finds the log long, and all who wait for that commit would wait for a thousand
// pages more.
//
// SQLite begins the log anew only where a write finds all of it moved. While commits follow each other without a gap, a
// pass beside them never achieves that, since each ends with what was committed meanwhile left over; the log would grow
// without end, each commit would lengthen the file (for a file system more than to overwrite it) and passes would
// follow each other without end, too, with two syncs each. So the thread moves nearly all of it beside the commits, and
// the committing thread the rest, before the next write begins.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>

#include "system/embedded/sqlite_database.hpp"

namespace matinee::live {

class Checkpointer {
public:
    /// Pages of 4 KiB that make the log long. The more, the fewer are moved: of what was written many times in between,
    /// once. (Starts of playback, 4,000 accounts: 3.0 pages moved for each with 1,000; 1.5 with 4,000; 0.55 with this.)
    static constexpr int64_t kLong = 16'000;

    /// `database` is a connection for it alone.
    explicit Checkpointer(SqliteDatabase& database, int64_t long_log = kLong);
    /// Waits for the pass that runs.
    ~Checkpointer();
    Checkpointer(const Checkpointer&) = delete;
    Checkpointer& operator=(const Checkpointer&) = delete;

    /// The log has so many pages since a commit. From the thread that commits. True: little of it is left to move;
    /// finish() is to follow before anybody begins to write.
    bool note(int64_t pages);
    /// Moves the rest. From the same thread.
    void finish();

private:
    enum class Phase : uint8_t {
        Waiting,  ///< for a long log
        Moving,   ///< the thread, beside the commits
        Ready,    ///< for finish()
    };
    void work();
    void move_most();

    const int64_t long_;
    SqliteDatabase& database_;  ///< while Moving the thread's, otherwise the caller's
    std::mutex mutex_;
    std::condition_variable changed_;
    Phase phase_ = Phase::Waiting;
    bool ending_ = false;
    std::thread thread_;
};

}  // namespace matinee::live
