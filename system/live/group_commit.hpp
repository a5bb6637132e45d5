// The port Sql on one SQLite file for many writers at once. What a durable commit costs is the wait for the disk, so
// the writes of all requests that wait share one: their bodies run one after another on the loop's thread, in one
// transaction, which another thread then commits while the loop serves others. Where one of them throws, which is
// seldom, all run again, each in a savepoint: those keep a copy of every page that a body touches. Whoever wrote hears
// of it after the commit, also of a body that threw: its reason may be something the same commit made true. The writes
// that come meanwhile are the next batch.
//
// Reads run at once on a connection of their own, which sees what was committed. They stay on the loop's thread: most
// take microseconds, which is less than passing them to another thread and back.
#pragma once

#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "system/embedded/sqlite_database.hpp"
#include "system/live/checkpointer.hpp"
#include "system/live/event_loop.hpp"

namespace matinee::live {

class GroupCommitSql : public Sql {
public:
    /// Two connections to one file; `reader` is ReadsOnly. With a checkpointer for the same file, commits leave the log
    /// to it, and pause for it now and then.
    GroupCommitSql(EventLoop& loop, SqliteDatabase& writer, SqliteDatabase& reader,
                   Checkpointer* checkpointer = nullptr);
    /// Waits for the commit that runs.
    ~GroupCommitSql() override;
    GroupCommitSql(const GroupCommitSql&) = delete;
    GroupCommitSql& operator=(const GroupCommitSql&) = delete;

    /// Before start(): every transaction at once, for the time before the loop runs.
    void start() { started_ = true; }
    Task<> transact(Access access, SqlBody body) override;

    struct Counts {
        int64_t commits = 0;  ///< batches
        int64_t writes = 0;   ///< transactions in them
        int64_t failed = 0;   ///< batches of which nothing is left: disk full, for example
    };
    const Counts& counts() const { return counts_; }
    /// How the latest batch that changed something ended.
    struct Outcome {
        TimeNs at = 0;      ///< 0: there was none
        std::string fault;  ///< why the disk took it not, or not all of it; empty: it did
    };
    const Outcome& latest() const { return latest_; }
    /// Writes that wait for their batch or its commit.
    size_t waiting() const { return queue_.size() + batch_.size(); }

private:
    /// A write that waits, in the frame of its coroutine.
    struct Write {
        GroupCommitSql& owner;
        SqlBody body;
        std::coroutine_handle<> who = {};
        std::exception_ptr error = {};
        bool listed = false;

        Write(GroupCommitSql& o, SqlBody b) : owner(o), body(b) {}
        Write(const Write&) = delete;
        Write& operator=(const Write&) = delete;
        /// Whoever is destroyed before its batch never happens; later, it happens or not without hearing of it.
        ~Write() {
            if (listed) owner.forget(this);
        }
        bool await_ready() const noexcept { return false; }
        void await_suspend(std::coroutine_handle<> caller) {
            who = caller;
            owner.enqueue(this);
        }
        void await_resume() const {
            if (error) std::rethrow_exception(error);
        }
    };

    void enqueue(Write* write);
    void forget(Write* write);
    void flush();
    void run_batch();
    void run_batch_with_savepoints();
    void fail_batch(const std::exception_ptr& error);
    void note_outcome(const std::string& fault);
    void tell(bool pauses);
    void go_on();
    void commit_on_thread();

    EventLoop& loop_;
    SqliteDatabase& writer_;
    SqliteDatabase& reader_;
    Checkpointer* checkpointer_;
    bool started_ = false;
    bool flush_posted_ = false;
    bool committing_ = false;  ///< no batch may begin
    std::deque<Write*> queue_;
    std::vector<Write*> batch_;  ///< null: destroyed meanwhile
    std::vector<Write*> told_;   ///< committed, and being resumed
    Counts counts_;
    Outcome latest_;
    std::string fault_of_batch_;  ///< what the store, and not the body, had against a write of it

    std::mutex mutex_;
    std::condition_variable changed_;
    bool commit_wanted_ = false;  ///< the writer belongs to the thread
    bool ending_ = false;
    std::thread thread_;
};

}  // namespace matinee::live
