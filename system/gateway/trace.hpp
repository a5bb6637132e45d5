// W3C Trace Context (https://www.w3.org/TR/trace-context/): which requests of which services belong together.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "system/gateway/http.hpp"

namespace matinee::gateway {

struct Trace {
    std::string trace_id;   ///< 32 hexadecimal digits, the same all the way
    std::string parent_id;  ///< 16, of the caller's span; empty where the trace begins here
    std::string span_id;    ///< 16, of this request
    bool sampled = false;   ///< what the caller decided

    /// The header for requests that this one causes.
    std::string traceparent() const;
};

/// What a traceparent header says, without span_id. Nothing where it is not one: by the standard such a header is
/// ignored, and so is one of all zeros.
std::optional<Trace> parse_traceparent(std::string_view header);

/// The trace of a request: the caller's, or one that begins here. A function of the request and its id alone, so that
/// nobody pays for it who does not ask; the gateway's own request ids carry 80 random bits, which a new trace id takes.
Trace trace_of(const Request& request, std::string_view request_id);

}  // namespace matinee::gateway
