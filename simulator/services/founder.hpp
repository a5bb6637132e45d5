// What was there before the run: accounts of returning viewers, with what they paid for and their profiles.
//
// They are made through the platform's own code (the same calls a client makes), on the region's data, by a process
// beside the region's instances for which stores, provider and cryptography cost no virtual time. An account is made
// when its first visit begins, so that there are as many as are needed; to the run it looks as if it had always been
// there. What is left out: that a database grows slower with its size, and the events of their making, which the
// region publishes a little later than if they had been old. The catalogue is there from the start.
#pragma once

#include <array>

#include "simulator/services/journey.hpp"
#include "simulator/services/process.hpp"

namespace matinee::services {

class Founder {
public:
    Founder(RegionStores& stores, uint64_t seed, uint64_t who, TimeNs now, const platform::Settings& settings);

    /// Whether the platform has the route of an operation.
    bool offers(Operation operation) const { return offered_[size_t(operation)]; }
    /// Fills the catalogue with so many films, as its administrator would; their ids. None where the platform has no
    /// catalogue.
    std::vector<std::string> stock(uint32_t films);
    /// Makes the account `number` for a client: registered, paid for, with a profile; its tokens are fresh.
    void found(Client& client, uint64_t number, TimeNs now);

private:
    bool has_route(std::string_view method, std::string_view pattern);
    bool ask(Operation operation, Client& client, TimeNs now);
    Heard exchange(gateway::Request request);
    void run(Task<> task);

    std::string admin_token_;
    Executor executor_;
    SimulatedClock clock_{executor_};
    StoreAccess access_;
    SqliteDatabase provider_database_;
    SandboxProvider provider_;  ///< of earlier days: its payments are made
    PlatformProcess process_;
    std::array<bool, kOperations> offered_{};
};

}  // namespace matinee::services
