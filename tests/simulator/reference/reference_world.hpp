// The simulated world once more, slow and obvious: one queue, one thread, std::map everywhere, and every sum added up
// afresh when it is asked for. It shares with simulator/world what the model is made of (player and its rules, cache nodes,
// steering, transfer arithmetic, fair shares, library, arrivals, behaviour, topology) and nothing of how it is run (windows,
// mailboxes, stale events, flat arrays, running sums). The same scenario must give the same digest.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "simulator/world/world.hpp"
#include "tests/simulator/reference/queue.hpp"
#include "tests/simulator/reference/reference_site.hpp"

namespace matinee::reference {

class ReferenceWorld {
public:
    explicit ReferenceWorld(const scenario::Scenario& scenario);
    ~ReferenceWorld();

    /// From beginning to end; once.
    void run();

    std::string digest() const;
    Totals totals() const;
    // Of what follows the warm-up:
    cdn::NodeCounters counters_of_group(uint32_t group) const;
    TimeNs saturated_ns_of_group(uint32_t group) const;
    /// Egress and the highest mean of a peak window, in Gbit/s.
    std::pair<Bytes, double> sent_by_group(uint32_t group) const;

    // For sites:
    const world::World& model() const { return model_; }
    Queue& queue() { return queue_; }
    /// `action` happens at `time` at the receiver.
    void send(uint32_t from, uint32_t to, TimeNs time, Queue::Action action);
    Site& site(uint32_t id) { return *sites_[id]; }
    /// A site's report has reached the control plane.
    void report(uint32_t site, bool has_room);

private:
    void publish_table();

    world::World model_;
    Queue queue_;
    std::vector<uint64_t> sent_;  ///< messages by each process
    std::vector<std::unique_ptr<Site>> sites_;
    Table heard_;                 ///< the control plane's knowledge
};

}  // namespace matinee::reference
