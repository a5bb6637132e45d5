// The live host as a benchmark needs it: on a thread and a processor of its own, in a folder that is deleted at the
// end.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>

#include "system/live/host.hpp"

namespace matinee::bench {

class ServedHost {
public:
    /// On processor 0, its other threads too, with every rate limit raised out of reach. Throws MachineError.
    ServedHost();
    ~ServedHost();
    ServedHost(const ServedHost&) = delete;
    ServedHost& operator=(const ServedHost&) = delete;

    static const std::string& admin_token();
    uint16_t port() const { return host_->port(); }
    /// CPU time of all threads of this process but the calling one, which makes the load.
    double cpu_seconds() const;

private:
    const std::filesystem::path folder_;
    std::unique_ptr<live::LiveHost> host_;
    std::thread thread_;
};

}  // namespace matinee::bench
