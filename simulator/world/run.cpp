#include "simulator/world/run.hpp"

#include <bit>
#include <memory>
#include <new>

#include "reports/cost.hpp"
#include "simulator/engine/windows.hpp"
#include "simulator/world/control.hpp"
#include "simulator/world/home_region.hpp"
#include "simulator/world/outcome.hpp"
#include "simulator/world/services_result.hpp"
#include "simulator/world/site.hpp"
#include "system/base/errors.hpp"
#include "system/memory/prefetch.hpp"

namespace matinee::world {

namespace {

/// The caller decides how much of it to show.
constexpr uint64_t kWindowsPerProgress = 64;

/// The parts of a run that are alive together.
class Simulation {
public:
    Simulation(const scenario::Scenario& scenario, const RunOptions& options)
        : options_(options), world_(scenario), control_(world_) {
        check_memory();
        for (uint32_t id = 0; id < world_.topology.site_count(); ++id)
            sites_.push_back(std::make_unique<Site>(world_, id, control_.initial_table()));
        if (scenario.services)
            for (uint32_t region = 0; region < scenario.regions.size(); ++region)
                regions_.push_back(std::make_unique<HomeRegion>(world_, region));
        if (options.observe_requests) place_observers();
        for (uint32_t worker = 0; worker < std::max(1u, options.threads); ++worker)
            recorders_.emplace_back(world_.shape);
        for_each_outbox([this](Outbox& outbox) { outbox.split(delivery_parts()); });
    }

    reports::Result run() {
        engine::WindowPlan plan;
        plan.window = world_.topology.window_ns;
        plan.end = world_.shape.duration;
        plan.processes = world_.topology.site_count() + 1 + uint32_t(regions_.size());
        plan.heavy = uint32_t(regions_.size());
        plan.threads = uint32_t(recorders_.size());
        plan.events_worth_sharing = options_.events_worth_sharing;
        plan.parts = delivery_parts();
        engine::WindowCallbacks callbacks;
        callbacks.advance = [this](uint32_t process, TimeNs end, uint32_t worker) { advance(process, end, worker); };
        callbacks.prepare = [this](uint32_t process, TimeNs end, uint32_t distance) {
            if (process < sites_.size()) sites_[process]->prepare(end, distance);
        };
        callbacks.deliver = [this](uint32_t part, TimeNs end) {
            for_each_outbox([&](Outbox& outbox) { deliver(outbox.messages(part), end); });
        };
        callbacks.exchange = [this](TimeNs end) { return exchange(end); };
        engine::run_windows(plan, callbacks);
        return finish();
    }

private:
    /// A system that lends memory freely would kill the process later instead.
    void check_memory() const {
        const uint64_t least = least_memory_bytes(world_);
        if (least <= options_.most_memory_bytes) return;
        throw MachineError("not enough memory for this scenario: its viewers alone take " +
                           std::to_string(least / 1'000'000'000 + 1) + " GB, and " +
                           std::to_string(options_.most_memory_bytes / 1'000'000'000) +
                           " GB are free; `matinee explain` says what it needs");
    }

    void place_observers() {
        for (uint32_t id = 0; id < sites_.size(); ++id) {
            const SitePlace& place = world_.topology.sites[id];
            const std::string& group = world_.scenario.cdn.nodes[place.group].id;
            for (uint32_t server = 0; server < sites_[id]->servers(); ++server)
                sites_[id]->observe(server, options_.observe_requests(group, place.number, server));
        }
    }

    void advance(uint32_t process, TimeNs end, uint32_t worker) {
        if (process < sites_.size()) {
            sites_[process]->advance(end, recorders_[worker]);
        } else if (process == world_.topology.control_process()) {
            control_.advance(end);
        } else {
            regions_[process - sites_.size() - 1]->advance(end, recorders_[worker]);
        }
    }

    engine::WindowCallbacks::Closed exchange(TimeNs window_end) {
        now_ = window_end;
        if (options_.stop != nullptr && options_.stop->load(std::memory_order_relaxed)) {
            interrupted_ = window_end < world_.shape.duration;
            return {false, 0};
        }
        if (options_.on_progress) report_progress();
        return {true, work()};
    }

    /// What has been done so far, for the engine to judge by whether windows are worth sharing.
    uint64_t work() const {
        // A step of a service takes 8 microseconds, an event of a viewer 0.4 (signup_storm, with and without services).
        constexpr uint64_t step_in_events = 20;
        uint64_t work = 0;
        for (const Recorder& recorder : recorders_) work += recorder.events;
        for (const auto& region : regions_) work += (step_in_events - 1) * region->events();
        return work;
    }

    /// One for each worker, as far as that is a power of two.
    uint32_t delivery_parts() const { return std::bit_floor(uint32_t(recorders_.size())); }

    template <class Visit>
    void for_each_outbox(Visit visit) {
        for (const auto& site : sites_) visit(site->outbox());
        visit(control_.outbox());
        for (const auto& region : regions_) visit(region->outbox());
    }

    void deliver(std::vector<Message>& messages, TimeNs window_end) {
        // Another worker may have written them: they lie in its cache then.
        constexpr size_t messages_ahead = 8;
        constexpr size_t inboxes_ahead = 4;
        for (size_t i = 0; i < messages.size(); ++i) {
            if (i + messages_ahead < messages.size()) prefetch(&messages[i + messages_ahead]);
            if (i + inboxes_ahead < messages.size()) {
                const Message& coming = messages[i + inboxes_ahead];
                inbox_of(coming.destination).approach(coming.time);
            }
            if (messages[i].time < window_end)
                throw std::logic_error("a message would arrive within the window in which it was sent");
            inbox_of(messages[i].destination).deliver(messages[i]);
        }
        messages.clear();
    }

    Inbox& inbox_of(uint32_t process) {
        if (process < sites_.size()) return sites_[process]->inbox();
        const size_t region = process - sites_.size() - 1;
        return process == world_.topology.control_process() ? control_.inbox() : regions_[region]->inbox();
    }

    void report_progress() {
        if (++windows_ % kWindowsPerProgress != 0) return;
        Progress progress;
        progress.simulated_s = to_seconds(now_);
        progress.total_s = to_seconds(world_.shape.duration);
        for (const Recorder& recorder : recorders_) progress.segments += recorder.segments;
        for (const auto& site : sites_) progress.concurrent_viewers += site->viewers();
        options_.on_progress(progress);
    }

    Footprint footprint() const {
        Footprint total;
        for (const auto& site : sites_) {
            total.viewer_bytes += site->viewer_memory_bytes();
            total.cache_metadata_bytes += site->cache_metadata_bytes();
        }
        total.shared_bytes = world_.traces.memory_bytes() + uint64_t(world_.library.playables()) * 24;
        return total;
    }

    reports::Result finish() {
        if (options_.footprint != nullptr) *options_.footprint = footprint();
        for (const auto& site : sites_) site->finish(now_, recorders_[0]);
        for (size_t worker = 1; worker < recorders_.size(); ++worker) recorders_[0].merge(recorders_[worker]);
        std::vector<SiteOutcome> outcomes;
        for (const auto& site : sites_)
            outcomes.push_back(
                {site->counters(), site->warmup_counters(), site->measured_saturated_ns(), site->digest()});
        std::vector<services::RegionCounts> of_regions;
        for (const auto& region : regions_) {
            region->finish(now_);
            of_regions.push_back(region->counts());
            outcomes.emplace_back().digest = region->digest();
        }
        reports::Result result = make_result(world_, recorders_[0], outcomes, now_);
        if (world_.scenario.services) add_services(world_, of_regions, now_, result);
        result.interrupted = interrupted_;
        result.cost = reports::price(reports::load_prices(world_.scenario.prices_file), result);
        judge_thresholds(world_, recorders_[0], result);
        return result;
    }

    RunOptions options_;
    World world_;
    ControlPlane control_;
    std::vector<std::unique_ptr<Site>> sites_;
    std::vector<std::unique_ptr<HomeRegion>> regions_;  ///< none where the scenario has no services
    std::vector<Recorder> recorders_;
    TimeNs now_ = 0;
    uint64_t windows_ = 0;
    bool interrupted_ = false;
};

}  // namespace

reports::Result run(const scenario::Scenario& scenario, const RunOptions& options) {
    try {
        return Simulation(scenario, options).run();
    } catch (const std::bad_alloc&) {
        throw MachineError("not enough memory for this scenario; `matinee explain` says what it needs");
    }
}

}  // namespace matinee::world
