#include "system/cdn/lab/trace.hpp"

#include <algorithm>

#include "system/base/digest.hpp"

namespace matinee::cdn::lab {

namespace {

constexpr uint64_t kSampleSalt = 0x5eed5a3b1e5ull;  // other bits than those that sketches and filters look at

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

uint32_t TraceBuilder::new_object(IdTable::Entry& entry, ObjectKey id, Bytes size) {
    trace_.ids_.push_back(id);
    trace_.first_sizes_.push_back(size);
    trace_.footprint_bytes_ += size;
    return table_.claim(entry, id, uint32_t(std::min<Bytes>(size, Trace::kLargeSize))) - 1;
}

}  // namespace matinee::cdn::lab
