#include "simulator/services/counts.hpp"

namespace matinee::services {

std::string_view Cause::name() const {
    static constexpr std::string_view kNames[kOwn] = {"shed", "expired_in_queue", "timed_out", "payment_pending"};
    return index_ < kOwn ? kNames[index_] : info_of(ErrorCode(index_ - kOwn)).name;
}

void OperationCounts::merge(const OperationCounts& other) {
    calls += other.calls;
    ok += other.ok;
    for (size_t i = 0; i < kCauses; ++i) failed[i] += other.failed[i];
    latency_us.merge(other.latency_us);
}

void RegionCounts::merge(const RegionCounts& other) {
    for (size_t i = 0; i < kOperations; ++i) {
        operations[i].merge(other.operations[i]);
        for (size_t c = 0; c < kCauses; ++c) visits_lost[i][c] += other.visits_lost[i][c];
    }
    latency_us.merge(other.latency_us);
    visits += other.visits;
    ready += other.ready;
    left += other.left;
    sign_in_us.merge(other.sign_in_us);
    start_us.merge(other.start_us);
    accounts_made += other.accounts_made;
    machine_ns += other.machine_ns;
    instances_most += other.instances_most;
    scaled_up += other.scaled_up;
    scaled_down += other.scaled_down;
}

void RegionCounts::add_to(Digest& digest) const {
    for (size_t i = 0; i < kOperations; ++i) {
        const OperationCounts& of = operations[i];
        for (const uint64_t word : {of.calls, of.ok, of.latency_us.count(), of.latency_us.sum()}) digest.add(word);
        for (const uint64_t count : of.failed) digest.add(count);
        for (const uint64_t count : visits_lost[i]) digest.add(count);
    }
    for (const uint64_t word : {visits, ready, left, sign_in_us.sum(), start_us.sum(), accounts_made,
                                uint64_t(machine_ns), instances_most, scaled_up, scaled_down})
        digest.add(word);
}

}  // namespace matinee::services
