// An HTTP server in threads of the test, on a port of the system's choice.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "system/gateway/http.hpp"

namespace matinee::contracts {

class TestServer {
public:
    /// What it answers, from several threads at once. Nothing: it keeps the connection open and says nothing.
    using Handler = std::function<std::optional<gateway::Response>(const gateway::Request&)>;

    explicit TestServer(Handler handler);
    /// With TLS: PEM files.
    TestServer(Handler handler, const std::string& certificate_file, const std::string& key_file);
    ~TestServer();

    int port() const;
    /// "http://127.0.0.1:1234", or "https://localhost:1234".
    std::string url() const;
    /// From now on answers come byte by byte, one every 20 ms.
    void dawdle();

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace matinee::contracts
