// An administrator's side of the HTTP API: one connection to a running server.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "system/base/json.hpp"

namespace httplib {
class Client;
}

namespace matinee::cli {

class AdminClient {
public:
    struct Settings {
        std::string url;      ///< "http://127.0.0.1:8080", without a path
        std::string token;    ///< the administrator's; empty: none is sent
        std::string ca_file;  ///< PEM file with the certificates to trust, of https; empty: the system's
    };
    /// Throws InputError for an address or a certificate that cannot be used. Connects with the first request.
    explicit AdminClient(const Settings& settings);
    ~AdminClient();
    AdminClient(const AdminClient&) = delete;
    AdminClient& operator=(const AdminClient&) = delete;

    using Headers = std::vector<std::pair<std::string, std::string>>;
    struct Answer {
        int status = 0;
        std::string body;
    };
    /// What the server says, whatever it is. Throws MachineError where it cannot be reached.
    Answer ask(const std::string& method, const std::string& target, const std::string& body = "",
               const Headers& headers = {});
    /// The `data` of an answer. Throws InputError for what the server refuses (4xx), MachineError for what goes wrong
    /// there (5xx).
    Json call(const std::string& method, const std::string& target, const std::string& body = "",
              const Headers& headers = {});

private:
    Settings settings_;
    std::unique_ptr<httplib::Client> client_;
};

}  // namespace matinee::cli
