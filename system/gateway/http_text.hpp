// Between messages and HTTP/1.1 as it is on the wire, without I/O.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "system/base/units.hpp"
#include "system/gateway/http.hpp"

namespace matinee::gateway {

/// Status line, headers and body. Without the body (HEAD) the headers still say its length.
std::string http_text(const Response& response, bool keep_alive, bool with_body, TimeNs now);

/// "Not Found" for 404; empty for a status that nothing here sends.
std::string_view reason_phrase(int status);

/// A request from a parser's message (Beast's http::message with a text body, which this room does not know).
template <class Message>
Request request_from(Message message) {
    Request request;
    request.method = std::string(message.method_string());
    request.target = std::string(message.target());
    for (const auto& field : message) {
        std::string name(field.name_string());
        std::transform(name.begin(), name.end(), name.begin(),
                       [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
        request.headers.push_back({std::move(name), std::string(field.value())});
    }
    request.body = std::move(message.body());
    // HTTP/1.0 had no Host; it gets one, so that nobody else needs to know.
    const bool has_host = std::any_of(request.headers.begin(), request.headers.end(),
                                      [](const Header& header) { return header.name == "host"; });
    if (message.version() < 11 && !has_host) request.headers.push_back({"host", ""});
    return request;
}

}  // namespace matinee::gateway
