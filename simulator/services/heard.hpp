// What a client hears of its call, however the answer came to it.
#pragma once

#include <optional>
#include <string>

#include "system/base/service_error.hpp"

namespace matinee::services {

struct Heard {
    std::optional<ErrorCode> refused;
    std::string data = {};  ///< of the envelope, JSON; empty where refused
};

}  // namespace matinee::services
