// Messages as they travel: the simulator can send every request and answer through the same HTTP codecs as the live
// host, so that what cannot be written or read there does not pass here. It costs the simulator time, and the modelled
// world none.
#pragma once

#include <string>

#include "simulator/services/heard.hpp"
#include "system/gateway/http.hpp"
#include "system/ports/clock.hpp"

namespace matinee::services {

/// A request as a client writes it.
std::string request_text(const gateway::Request& request);
/// As the live host's parser (Boost.Beast) reads it. Throws std::logic_error where that refuses it.
gateway::Request parsed_request(const std::string& text);
/// An answer as a client's parser reads it. Throws std::logic_error.
gateway::Response parsed_response(const std::string& text);

/// There and back: `handle` gets what was read, the caller gets what was read of its answer.
gateway::Request over_wire(const gateway::Request& request);
gateway::Response over_wire(const gateway::Response& response, TimeNs now);

/// What a client makes of a response.
Heard heard_in(const gateway::Response& response);

}  // namespace matinee::services
