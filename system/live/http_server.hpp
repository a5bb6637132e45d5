// HTTP/1.1 with keep-alive, on the loop's thread: reads requests, hands them to the gateway one at a time for each
// connection, and writes the answers. Without a certificate in the clear, with one in TLS 1.3.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "system/gateway/gateway.hpp"
#include "system/live/client_address.hpp"
#include "system/live/event_loop.hpp"

namespace matinee::live {

struct ServerLimits {
    uint32_t header_bytes = 16 * 1024;   ///< request line and headers; beyond: 431
    uint64_t body_bytes = 64 * 1024;     ///< beyond: 413
    TimeNs first_header = 10 * kSecond;  ///< for the handshake and the headers of a new connection's first request
    TimeNs idle = 75 * kSecond;          ///< for those of a later one, from the last answer on
    TimeNs body = 30 * kSecond;          ///< for a body, and for a client to take an answer
    size_t connections = 20'000;         ///< beyond: closed at once
};

class HttpServer {
public:
    HttpServer(EventLoop& loop, gateway::Gateway& gateway, const ServerLimits& limits,
               const TrustedProxies& proxies = {});
    ~HttpServer();
    HttpServer(const HttpServer&) = delete;
    HttpServer& operator=(const HttpServer&) = delete;

    /// Connections that come from now on speak TLS with these two PEM files, as they are now. Throws MachineError, and
    /// then all stays as it was.
    void use_certificate(const std::string& certificate_file, const std::string& key_file);
    /// Accepts from now on; the port, which the system chooses for 0. Throws MachineError where it is taken or
    /// forbidden.
    uint16_t listen(const std::string& address, uint16_t port);
    /// Accepts no more, closes idle connections, and lets the others finish what they are at; calls `done` after the
    /// last, or after `patience` at the latest.
    void drain(TimeNs patience, std::function<void()> done);

    size_t connections() const;
    /// Since the beginning.
    uint64_t accepted() const;
    uint64_t turned_away() const;  ///< because there were too many

    struct State;  ///< the .cpp's own

private:
    std::shared_ptr<State> state_;
};

}  // namespace matinee::live
