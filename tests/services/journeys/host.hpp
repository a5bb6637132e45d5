// A host as its clients see it, so that one journey runs on every host and its answers can be compared.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "system/base/json.hpp"
#include "system/embedded/sandbox_provider.hpp"
#include "system/platform/platform.hpp"
#include "tests/services/journeys/documented.hpp"

namespace matinee::journeys {

struct Answer {
    int status = 0;
    std::string content_type;
    Json body;

    /// A text or number of the body by its path: "data.user_id". "" or -1 where there is none.
    std::string text(const std::string& path) const;
    int64_t number(const std::string& path) const;
};

class Host {
public:
    virtual ~Host() = default;

    /// Sends a request, with a JSON body and a bearer token where they are not empty, and notes it and its answer in
    /// the transcript. A failure of the test where the answer is not as the host's OpenAPI document has it.
    Answer send(const std::string& method, const std::string& target, const std::string& token = "",
                const std::string& body = "", const std::vector<gateway::Header>& headers = {});
    /// Lets so much time pass, on the clock of the host.
    virtual void pass(TimeNs duration) = 0;
    /// The process ends in order, and another one goes on with what it left.
    virtual void restart() = 0;
    /// Lets time pass until something holds; what is sent to find out is not noted. A failure of the test where it does
    /// not hold within 20 s.
    void wait_until(const std::function<bool()>& holds);
    /// What was sent and answered, a line each, with ids, tokens and times masked.
    const std::string& transcript() const { return transcript_; }

protected:
    virtual gateway::Response exchange(const gateway::Request& request) = 0;

private:
    std::string transcript_;
    std::unique_ptr<Documented> documented_;
};

/// A payment provider that does not keep a test on the live host waiting.
SandboxModel quick_sandbox();

std::unique_ptr<Host> simulated_host(const platform::Settings& settings);
/// A server on a port of its own, on databases in a folder of its own, asked over HTTP by another implementation.
std::unique_ptr<Host> live_host(const platform::Settings& settings);

/// Replaces ids, tokens and times in a text by what they are.
std::string masked(const std::string& text);

}  // namespace matinee::journeys
