#include "system/cdn/lab/trace.hpp"

#include <algorithm>

#include "system/base/digest.hpp"

namespace matinee::cdn::lab {

namespace {

constexpr uint64_t kSampleSalt = 0x5eed5a3b1e5ull;  // other bits than those that sketches and filters look at

/// The ids as HashIndex wants to see its slots.
struct IdSlots {
    struct Slot {
        ObjectKey id;
    };
    Slot operator[](uint32_t slot) const { return {ids[slot - 1]}; }
    const std::vector<ObjectKey>& ids;
};

}  // namespace

Bytes Trace::large_size_of(size_t request) const {
    return std::lower_bound(large_sizes_.begin(), large_sizes_.end(), request,
                            [](const LargeSize& large, size_t wanted) { return large.request < wanted; })
        ->size;
}

std::vector<uint32_t> Trace::future() const {
    std::vector<uint32_t> future(requests(), kNeverAgain);
    std::vector<uint32_t> next(objects(), kNeverAgain);
    for (size_t i = requests(); i-- > 0;) {
        future[i] = next[objects_[i]];
        next[objects_[i]] = uint32_t(i);
    }
    std::vector<Beyond> beyond;
    for (const Beyond& known : beyond_)
        if (future[known.request] == kNeverAgain) beyond.push_back(known);
    std::sort(beyond.begin(), beyond.end(), [](const Beyond& a, const Beyond& b) {
        return a.next != b.next ? a.next < b.next : a.request < b.request;
    });
    for (size_t i = 0; i < beyond.size(); ++i) future[beyond[i].request] = uint32_t(requests() + i);
    return future;
}

Trace Trace::sample(double rate) const {
    const double limit = rate * 0x1p64;
    std::vector<bool> chosen(objects());
    for (uint32_t object = 0; object < objects(); ++object)
        chosen[object] = double(mix64(ids_[object] + kSampleSalt)) < limit;
    TraceBuilder builder;
    auto beyond = beyond_.begin();
    for (size_t i = 0; i < requests(); ++i) {
        const bool reaches_beyond = beyond != beyond_.end() && beyond->request == i;
        const uint64_t next = reaches_beyond ? (beyond++)->next : 0;
        if (chosen[objects_[i]]) builder.add(times_s_[i], ids_[objects_[i]], size_of(i), next);
    }
    return builder.take();
}

void TraceBuilder::expect(size_t requests) {
    trace_.objects_.reserve(requests);
    trace_.sizes_.reserve(requests);
    trace_.times_s_.reserve(requests);
}

uint32_t TraceBuilder::number_of(ObjectKey id) {
    const uint32_t slot = index_.find(id, IdSlots{trace_.ids_});
    if (slot != kNoSlot) return slot - 1;
    trace_.ids_.push_back(id);
    index_.insert(id, trace_.objects());
    return trace_.objects() - 1;
}

bool TraceBuilder::add(uint32_t time_s, ObjectKey id, Bytes size, uint64_t next) {
    const size_t request = trace_.requests();
    if (request >= kMostRequests || size > UINT64_MAX - trace_.requested_bytes_) return false;
    const uint32_t known = trace_.objects();
    const uint32_t object = number_of(id);
    latest_s_ = std::max(latest_s_, time_s);
    trace_.objects_.push_back(object);
    trace_.sizes_.push_back(uint32_t(std::min<Bytes>(size, Trace::kLargeSize)));
    trace_.times_s_.push_back(latest_s_);
    if (size >= Trace::kLargeSize) trace_.large_sizes_.push_back({uint32_t(request), size});
    if (next != 0) trace_.beyond_.push_back({uint32_t(request), next});
    trace_.requested_bytes_ += size;
    if (object == known) trace_.footprint_bytes_ += size;
    return true;
}

}  // namespace matinee::cdn::lab
