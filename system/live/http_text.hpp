// A response as HTTP/1.1 has it on the wire.
#pragma once

#include <string>
#include <string_view>

#include "system/base/units.hpp"
#include "system/gateway/http.hpp"

namespace matinee::live {

/// Status line, headers and body. Without the body (HEAD) the headers still say its length.
std::string http_text(const gateway::Response& response, bool keep_alive, bool with_body, TimeNs now);

/// "Not Found" for 404; empty for a status that nothing here sends.
std::string_view reason_phrase(int status);

}  // namespace matinee::live
