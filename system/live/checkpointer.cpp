#include "system/live/checkpointer.hpp"

namespace matinee::live {

namespace {

constexpr int64_t kLong = 4'000;       ///< pages of 4 KiB: then it begins. The more, the fewer pages are moved twice
constexpr int64_t kTooLong = 100'000;  ///< then commits wait
/// Commits go on meanwhile, and the log starts anew only when a pass leaves nothing behind; each has less to do than
/// the one before.
constexpr int kMostPasses = 8;

}  // namespace

Checkpointer::Checkpointer(SqliteDatabase& database) : database_(database), thread_([this] { work(); }) {}

Checkpointer::~Checkpointer() {
    {
        const std::lock_guard lock(mutex_);
        ending_ = true;
    }
    changed_.notify_all();
    thread_.join();
}

void Checkpointer::note(int64_t pages) {
    std::unique_lock lock(mutex_);
    pages_ = pages;
    if (pages_ < kLong) return;
    changed_.notify_all();
    if (pages_ < kTooLong) return;
    const int64_t rounds = rounds_;
    changed_.wait(lock, [this, rounds] { return rounds_ != rounds; });
}

void Checkpointer::work() {
    std::unique_lock lock(mutex_);
    for (;;) {
        changed_.wait(lock, [this] { return ending_ || pages_ >= kLong; });
        if (ending_) return;
        pages_ = 0;  // until the next commit says how long it is by then
        lock.unlock();
        for (int i = 0; i < kMostPasses; ++i)
            if (database_.checkpoint()) break;
        lock.lock();
        ++rounds_;
        changed_.notify_all();
    }
}

}  // namespace matinee::live
