// The live host: one process with everything in it. Databases in a folder, the platform on them, HTTP in front.
#pragma once

#include <functional>
#include <memory>

#include "system/live/config.hpp"

namespace matinee::live {

class LiveHost {
public:
    /// Opens the databases and listens. Throws MachineError: a folder that cannot be written, a damaged database, a
    /// busy port. `log` gets lines of JSON without secrets: requests as the configuration says, and what goes wrong
    /// inside.
    LiveHost(const Config& config, std::function<void(const std::string&)> log);
    ~LiveHost();
    LiveHost(const LiveHost&) = delete;
    LiveHost& operator=(const LiveHost&) = delete;

    uint16_t port() const;
    /// Serves until SIGTERM or SIGINT, or stop(), and the drain that follows.
    void run();
    /// From any thread: begins the drain. Again: ends at once.
    void stop();

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace matinee::live
