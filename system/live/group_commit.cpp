#include "system/live/group_commit.hpp"

#include <algorithm>
#include <utility>

namespace matinee::live {

GroupCommitSql::GroupCommitSql(EventLoop& loop, SqliteDatabase& writer, SqliteDatabase& reader,
                               Checkpointer* checkpointer)
    : loop_(loop), writer_(writer), reader_(reader), checkpointer_(checkpointer) {
    if (checkpointer_ != nullptr) writer_.leave_checkpoints_to_others();
    thread_ = std::thread([this] { commit_on_thread(); });
}

GroupCommitSql::~GroupCommitSql() {
    {
        const std::lock_guard lock(mutex_);
        ending_ = true;
    }
    changed_.notify_all();
    thread_.join();
}

Task<> GroupCommitSql::transact(Access access, SqlBody body) {
    if (access == Access::Read && started_)
        reader_.transact(access, body);
    else if (!started_)
        writer_.transact(access, body);
    else
        co_await Write(*this, body);
}

void GroupCommitSql::enqueue(Write* write) {
    queue_.push_back(write);
    write->listed = true;
    if (committing_ || flush_posted_) return;
    // Behind everything that is ready to run: it may write, too.
    flush_posted_ = true;
    loop_.post([this] {
        flush_posted_ = false;
        flush();
    });
}

void GroupCommitSql::forget(Write* write) {
    std::erase(queue_, write);
    std::replace(batch_.begin(), batch_.end(), write, static_cast<Write*>(nullptr));
    std::replace(told_.begin(), told_.end(), write, static_cast<Write*>(nullptr));
}

void GroupCommitSql::flush() {
    if (committing_ || queue_.empty()) return;
    batch_.assign(queue_.begin(), queue_.end());
    queue_.clear();
    counts_.writes += int64_t(batch_.size());
    ++counts_.commits;
    committing_ = true;
    fault_of_batch_.clear();
    bool changed = false;
    try {
        run_batch();
        changed = writer_.batch_changed();
        if (!changed) writer_.commit_batch();  // nothing to wait for
        if (!changed && !fault_of_batch_.empty()) note_outcome(fault_of_batch_);
    } catch (...) {
        fail_batch(std::current_exception());
    }
    if (!changed) return loop_.post([this] { tell(false); });
    {
        const std::lock_guard lock(mutex_);
        commit_wanted_ = true;
    }
    changed_.notify_one();
}

void GroupCommitSql::run_batch() {
    writer_.begin_batch();
    try {
        for (Write* const write : batch_) writer_.run_in_batch_or_abandon(write->body);
        return;
    } catch (...) {  // whatever it was, it will be met again
        writer_.abandon_batch();
    }
    run_batch_with_savepoints();
}

/// Once more, because a body threw: bodies may run more than once.
void GroupCommitSql::run_batch_with_savepoints() {
    writer_.begin_batch();
    for (Write* const write : batch_) {
        try {
            writer_.run_in_batch(write->body);
        } catch (const SqlError& error) {
            write->error = std::current_exception();
            if (error.kind == SqlError::Kind::Unavailable) fault_of_batch_ = error.what();
            if (!writer_.in_batch()) throw;  // it took the others with it
        } catch (...) {
            write->error = std::current_exception();
            if (!writer_.in_batch()) throw;
        }
    }
}

void GroupCommitSql::fail_batch(const std::exception_ptr& error) {
    ++counts_.failed;
    try {
        std::rethrow_exception(error);
    } catch (const std::exception& known) {
        note_outcome(known.what());
    } catch (...) {
        note_outcome("an unknown failure");
    }
    for (Write* const write : batch_)
        if (write != nullptr) write->error = error;
}

void GroupCommitSql::note_outcome(const std::string& fault) { latest_ = {.at = loop_.now(), .fault = fault}; }

void GroupCommitSql::commit_on_thread() {
    for (;;) {
        {
            std::unique_lock lock(mutex_);
            changed_.wait(lock, [this] { return ending_ || commit_wanted_; });
            if (!commit_wanted_) return;
            commit_wanted_ = false;
        }
        std::exception_ptr error;
        try {
            writer_.commit_batch();
        } catch (...) {
            error = std::current_exception();
        }
        // The writer is the loop's again in a moment, unless the log is to begin anew first.
        const bool pauses = checkpointer_ != nullptr && checkpointer_->note(writer_.log_pages());
        loop_.post([this, error, pauses] {
            error ? fail_batch(error) : note_outcome(fault_of_batch_);
            tell(pauses);
        });
        if (!pauses) continue;
        checkpointer_->finish();
        loop_.post([this] { go_on(); });
    }
}

void GroupCommitSql::go_on() {
    committing_ = false;
    flush();
}

void GroupCommitSql::tell(bool pauses) {
    told_ = std::exchange(batch_, {});
    if (!pauses) go_on();  // so that the disk works while those are answered who wait for it no longer
    for (Write*& place : told_) {
        Write* const write = std::exchange(place, nullptr);
        if (write == nullptr) continue;
        write->listed = false;
        write->who.resume();
    }
    told_.clear();
}

}  // namespace matinee::live
