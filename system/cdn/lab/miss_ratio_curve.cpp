#include "system/cdn/lab/miss_ratio_curve.hpp"

#include <algorithm>

#include "system/base/math.hpp"

namespace matinee::cdn::lab {

namespace {

/// Sums of sizes by time of last request. Times run on until they fill the tree; the objects then get new times in the
/// same order, so that memory follows the objects and not the requests.
class RecencyTree {
public:
    explicit RecencyTree(uint32_t objects)
        : last_(objects, kUnseen),
          sums_(std::max<size_t>(2 * size_t(objects), 64) + 1),
          object_at_(sums_.size(), kUnseen),
          size_of_(objects) {}

    bool seen(uint32_t object) const { return last_[object] != kUnseen; }
    /// Bytes of the objects requested since this one's last request, and of itself.
    Bytes distance(uint32_t object) const { return total_ - sum_before(last_[object]); }
    /// The object is now the latest.
    void request(uint32_t object, Bytes size) {
        if (seen(object)) {
            add(last_[object], 0 - size);
            object_at_[last_[object]] = kUnseen;
            total_ -= size;
        }
        if (now_ + 1 >= sums_.size()) renumber();
        add(++now_, size);
        last_[object] = now_;
        object_at_[now_] = object;
        size_of_[object] = size;
        total_ += size;
    }

private:
    static constexpr uint32_t kUnseen = UINT32_MAX;

    Bytes sum_before(uint32_t time) const {
        Bytes sum = 0;
        for (uint32_t at = time - 1; at > 0; at -= at & (0 - at)) sum += sums_[at];
        return sum;
    }
    void add(uint32_t time, Bytes size) {
        for (size_t at = time; at < sums_.size(); at += at & (0 - at)) sums_[at] += size;
    }
    void renumber() {
        uint32_t next = 0;
        for (uint32_t time = 1; time <= now_; ++time) {
            const uint32_t object = object_at_[time];
            if (object == kUnseen) continue;
            object_at_[++next] = object;
            last_[object] = next;
        }
        std::fill(sums_.begin(), sums_.end(), 0);
        for (uint32_t time = 1; time <= next; ++time) add(time, size_of_[object_at_[time]]);
        std::fill(object_at_.begin() + next + 1, object_at_.end(), kUnseen);
        now_ = next;
    }

    std::vector<uint32_t> last_;  // by object; times begin with 1
    std::vector<Bytes> sums_;     // the Fenwick tree
    std::vector<uint32_t> object_at_;
    std::vector<Bytes> size_of_;
    uint32_t now_ = 0;
    Bytes total_ = 0;
};

/// The least capacity from which on the one pass is exact; none where some object changes its size.
Bytes least_exact_capacity(const Trace& trace, bool ignore_size) {
    if (ignore_size) return 1;
    if (!trace.has_stable_sizes()) return UINT64_MAX;
    Bytes largest = 0;
    for (uint32_t object = 0; object < trace.objects(); ++object)
        largest = std::max(largest, trace.first_size_of(object));
    return largest;
}

/// Requests that hit from a capacity on, and their bytes.
struct Hits {
    uint64_t requests = 0;
    Bytes bytes = 0;
};

std::vector<Hits> hits_in_one_pass(const Trace& trace, std::span<const Bytes> capacities, bool ignore_size) {
    std::vector<Hits> from(capacities.size());
    RecencyTree tree(trace.objects());
    for (size_t i = 0; i < trace.requests(); ++i) {
        const uint32_t object = trace.object_of(i);
        const Bytes size = ignore_size ? 1 : trace.size_of(i);
        if (tree.seen(object)) {
            const auto least = std::lower_bound(capacities.begin(), capacities.end(), tree.distance(object));
            if (least != capacities.end()) {
                Hits& hits = from[size_t(least - capacities.begin())];
                ++hits.requests;
                hits.bytes += size;
            }
        }
        tree.request(object, size);
    }
    return from;
}

}  // namespace

std::vector<Bytes> curve_capacities(Bytes footprint, uint32_t count) {
    constexpr double smallest_share = 1e-3;
    std::vector<Bytes> capacities;
    for (uint32_t i = 0; i < count; ++i) {
        const double share = math::pow(smallest_share, 1 - double(i) / double(count - 1));
        const Bytes capacity = i + 1 == count ? footprint : Bytes(double(footprint) * share);
        if (capacity > 0 && (capacities.empty() || capacity > capacities.back())) capacities.push_back(capacity);
    }
    return capacities;
}

std::vector<Counts> lru_curve(const Trace& trace, std::span<const Bytes> capacities, bool ignore_size) {
    std::vector<Counts> curve(capacities.size());
    const Bytes exact_from = least_exact_capacity(trace, ignore_size);
    size_t at = 0;
    for (; at < capacities.size() && capacities[at] < exact_from; ++at)
        curve[at] = replay(trace, {.capacity = capacities[at], .ignore_size = ignore_size});
    if (at == capacities.size()) return curve;
    const std::vector<Hits> from = hits_in_one_pass(trace, capacities, ignore_size);
    Hits hits;
    for (size_t i = 0; i < capacities.size(); ++i) {
        hits.requests += from[i].requests;
        hits.bytes += from[i].bytes;
        if (i < at) continue;
        const Bytes requested = ignore_size ? trace.requests() : trace.requested_bytes();
        curve[i] = {trace.requests(), trace.requests() - hits.requests, requested, requested - hits.bytes};
    }
    return curve;
}

MiniatureCache::MiniatureCache(const Trace& trace, double rate, bool ignore_size)
    : sample_(trace.sample(rate)),
      future_(sample_.future()),
      rate_(rate),
      ignore_size_(ignore_size),
      expected_requests_(double(trace.requests()) * rate),
      expected_bytes_((ignore_size ? double(trace.requests()) : double(trace.requested_bytes())) * rate) {}

MissRatios MiniatureCache::ratios_at(const CacheSpec& spec, Bytes capacity) const {
    const Bytes scaled = std::max(Bytes(double(capacity) * rate_ + 0.5), Bytes(1));
    const Counts counts = replay(sample_, {spec, scaled, ignore_size_}, future_);
    const auto share = [](double part, double whole) { return whole > 0 ? std::min(part / whole, 1.0) : 0.0; };
    return {share(double(counts.misses), expected_requests_), share(double(counts.missed_bytes), expected_bytes_)};
}

double usual_sample_rate(const Trace& trace) {
    constexpr double enough_objects = 50'000, least = 0.01;
    return std::clamp(enough_objects / double(std::max(trace.objects(), 1u)), least, 1.0);
}

}  // namespace matinee::cdn::lab
