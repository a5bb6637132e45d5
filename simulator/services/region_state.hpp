// The records of a region's clients and calls; for region.cpp and region_clients.cpp only.
#pragma once

#include "simulator/services/region.hpp"

namespace matinee::services {

inline constexpr uint32_t kNobody = UINT32_MAX;

struct Region::Guest {
    Visit visit;
    Client client;
    uint32_t generation = 0;  ///< of the slot: tells timers for this guest from those for its predecessors
    uint32_t draws = 0;       ///< random streams used
    bool here = false;
    bool counted = false;  ///< began after the warm-up
    bool granted = false;
    bool leaving = false;
    bool settled_in = false;                    ///< signed in, and that has been counted
    Operation operation = Operation::Register;  ///< under way, or next
    std::optional<Operation> resume;            ///< after new tokens
    uint32_t attempt = 0;                       ///< of it; 0: not sent yet
    uint32_t polls = 0;
    uint32_t call = kNobody;  ///< that it waits for
    TimeNs thought = 0;       ///< time spent thinking so far
    TimeNs pressed_at = 0;    ///< play
};

struct Region::Call {
    uint32_t guest = kNobody;  ///< kNobody: nobody waits any more
    uint32_t serial = 0;       ///< tells it from earlier ones in the slot
    Operation operation = Operation::Register;
    TimeNs at_door = 0;
    bool counted = false;
    bool given_up = false;  ///< its outcome has been counted
};

}  // namespace matinee::services
