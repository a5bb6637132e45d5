#include "system/live/checkpointer.hpp"

namespace matinee::live {

namespace {

constexpr int64_t kFew = 250;  ///< pages that commits may wait for
/// Each has less to do than the one before, until a pass takes no longer than its two syncs.
constexpr int kMostPasses = 3;

}  // namespace

Checkpointer::Checkpointer(SqliteDatabase& database, int64_t long_log)
    : long_(long_log), database_(database), thread_([this] { work(); }) {}

Checkpointer::~Checkpointer() {
    {
        const std::lock_guard lock(mutex_);
        ending_ = true;
    }
    changed_.notify_all();
    thread_.join();
}

bool Checkpointer::note(int64_t pages) {
    {
        const std::lock_guard lock(mutex_);
        if (phase_ != Phase::Waiting || pages < long_) return phase_ == Phase::Ready;
        phase_ = Phase::Moving;
    }
    changed_.notify_all();
    return false;
}

void Checkpointer::finish() {
    database_.checkpoint();  // whatever becomes of it: the next commit says how long the log is
    const std::lock_guard lock(mutex_);
    phase_ = Phase::Waiting;
}

void Checkpointer::work() {
    std::unique_lock lock(mutex_);
    for (;;) {
        changed_.wait(lock, [this] { return ending_ || phase_ == Phase::Moving; });
        if (ending_) return;
        lock.unlock();
        move_most();
        lock.lock();
        phase_ = Phase::Ready;
    }
}

void Checkpointer::move_most() {
    int64_t moved_before = 0;
    for (int i = 0; i < kMostPasses; ++i) {
        const auto pass = database_.checkpoint();
        if (!pass || pass->held - moved_before <= kFew) return;
        moved_before = pass->moved;
    }
}

}  // namespace matinee::live
