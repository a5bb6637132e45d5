// Bytes in, requests out: HTTP/1.1 as it comes from strangers, without sockets. (Beast's parser does the reading, and
// stays in the .cpp.)
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "system/base/service_error.hpp"
#include "system/gateway/http.hpp"

namespace matinee::live {

class RequestReader {
public:
    enum class State : uint8_t {
        Header,    ///< wants more of the request line and headers
        Continue,  ///< has the headers; the client waits for "100 Continue" before it sends the body
        Body,      ///< wants more of the body
        Done,      ///< has a request to take
        Refused,   ///< what came is no request; why() says what to answer, and nothing more can be read
        Ended,     ///< the client said that nothing follows, in the middle of a request
    };

    /// More than `header_bytes` of request line and headers is refused, or of what frames a piece of the body, and more
    /// than `body_bytes` of a body.
    RequestReader(uint32_t header_bytes, uint64_t body_bytes);
    ~RequestReader();
    RequestReader(const RequestReader&) = delete;
    RequestReader& operator=(const RequestReader&) = delete;

    /// Takes what it can of the next bytes and says where it is; what it leaves is to be offered again, with more
    /// behind it. Call it again until it takes nothing.
    State feed(std::string_view& bytes);
    /// The client closed its side.
    State end();
    State state() const { return state_; }
    ErrorCode why() const { return why_; }

    /// Of a request that is Done; the reader then begins the next one.
    gateway::Request take();
    /// Whether the client wants to keep the connection: of the request taken last.
    bool keep_alive() const { return keep_alive_; }

private:
    class Parser;
    State refuse(ErrorCode why);
    State await_more(size_t left);
    State advance();

    uint32_t header_bytes_;
    uint64_t body_bytes_;
    size_t header_taken_ = 0;  ///< bytes of the request line and headers that the parser is done with
    std::unique_ptr<Parser> parser_;
    State state_ = State::Header;
    ErrorCode why_ = ErrorCode::MalformedRequest;
    bool keep_alive_ = true;
};

}  // namespace matinee::live
