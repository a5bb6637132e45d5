// Bounded concurrency by priority, without I/O. A request is let in while fewer than its class's share of all places
// are taken, so that what lower classes cannot take is kept for the higher ones: browsing can fill its share, and
// playback still starts. Nothing queues here: what cannot be begun at once is refused, because its caller's patience
// runs.
#pragma once

#include "system/gateway/settings.hpp"

namespace matinee::gateway {

class LoadShedder {
public:
    explicit LoadShedder(const Settings& settings) {
        for (size_t i = 0; i < kPriorities; ++i) most_[i] = settings.concurrency * settings.share_percent[i] / 100;
        most_[size_t(Priority::Operations)] = INT64_MAX;
    }
    /// Whether a request may begin; then leave() follows.
    bool enter(Priority priority) {
        if (under_way_ >= most_[size_t(priority)]) return false;
        ++under_way_;
        return true;
    }
    void leave() { --under_way_; }
    int64_t under_way() const { return under_way_; }

private:
    std::array<int64_t, kPriorities> most_{};
    int64_t under_way_ = 0;
};

}  // namespace matinee::gateway
