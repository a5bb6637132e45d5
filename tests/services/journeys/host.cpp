#include "tests/services/journeys/host.hpp"

#include <gtest/gtest.h>

#include <regex>

#include "simulator/services/host.hpp"

namespace matinee::journeys {

static const Json* at_path(const Json& json, const std::string& path) {
    const Json* found = &json;
    for (size_t start = 0; found != nullptr && start <= path.size();) {
        const size_t end = std::min(path.find('.', start), path.size());
        found = found->find(path.substr(start, end - start));
        start = end + 1;
    }
    return found;
}

std::string Answer::text(const std::string& path) const {
    const Json* const found = at_path(body, path);
    return found == nullptr || found->text() == nullptr ? "" : *found->text();
}

int64_t Answer::number(const std::string& path) const {
    const Json* const found = at_path(body, path);
    return found == nullptr || found->integer() == nullptr ? -1 : *found->integer();
}

std::string masked(const std::string& text) {
    static const std::pair<std::regex, const char*> masks[] = {
        {std::regex("[a-z]{3}_[0-9a-f]{32}"), "<id>"},
        {std::regex("eyJ[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+"), "<access token>"},
        {std::regex("rt_[A-Za-z0-9_-]{43}"), "<refresh token>"},
        {std::regex("pbt_[A-Za-z0-9_-]{32}"), "<playback token>"},
        {std::regex("(http://127\\.0\\.0\\.1:[0-9]+)?(/(edge|license)/v1/[^\"?]*)\\?[^\"]*"), "$2?<signed>"},
        {std::regex("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z"), "<time>"},
        {std::regex("\"x\":\"[A-Za-z0-9_-]{43}\""), "\"x\":\"<public key>\""},
    };
    std::string out = text;
    for (const auto& [pattern, mask] : masks) out = std::regex_replace(out, pattern, mask);
    return out;
}

SandboxModel quick_sandbox() {
    SandboxModel model;
    model.latency = kMillisecond;
    model.patience = 50 * kMillisecond;
    model.late_after = 100 * kMillisecond;
    model.webhook_after = 500 * kMillisecond;  // not before a call has timed out: answers are compared
    return model;
}

Answer Host::send(const std::string& method, const std::string& target, const std::string& token,
                  const std::string& body, const std::vector<gateway::Header>& headers) {
    gateway::Request request{.method = method, .target = target, .headers = headers, .body = body};
    if (!token.empty()) request.headers.push_back({"authorization", "Bearer " + token});
    if (!body.empty()) request.headers.push_back({"content-type", "application/json"});
    const gateway::Response response = exchange(request);
    Answer answer{.status = response.status, .content_type = response.content_type, .body = {}};
    const bool is_json = response.content_type.ends_with("json");
    if (!response.body.empty() && is_json) answer.body = Json::parse(response.body);
    if (!documented_) {
        const gateway::Response document = exchange({.method = "GET", .target = "/api/v1/openapi.json"});
        documented_ = std::make_unique<Documented>(Json::parse(document.body));
    }
    EXPECT_EQ(documented_->complaint(method, target, answer.status, answer.content_type, answer.body), "")
        << method << " " << target << " -> " << response.status << " " << response.body;
    transcript_ += masked(method + " " + target + " " + body + " -> " + std::to_string(response.status) + " " +
                          response.content_type + " " + (is_json ? response.body : "...")) +
                   "\n";
    return answer;
}

void Host::wait_until(const std::function<bool()>& holds) {
    const size_t noted = transcript_.size();
    for (int i = 0; i < 400; ++i) {
        const bool now = holds();
        transcript_.resize(noted);
        if (now) return;
        pass(50 * kMillisecond);
    }
    ADD_FAILURE() << "it never came to be";
}

namespace {

class Simulated : public Host {
public:
    explicit Simulated(const platform::Settings& settings)
        : host_(11, 1'795'204'800 * kSecond, without_limits(settings), model()) {}

protected:
    gateway::Response exchange(const gateway::Request& request) override { return host_.exchange(request); }
    void pass(TimeNs duration) override { host_.executor().run_until(host_.executor().now() + duration); }
    void restart() override {
        Task<> closing = host_.platform().close();
        closing.start();
        pass(kSecond);
        closing.take();
        host_.restart();
    }

private:
    static services::HostModel model() {
        services::HostModel model;
        model.payment_provider = quick_sandbox();
        return model;
    }
    /// A journey is few users who do much.
    static platform::Settings without_limits(platform::Settings settings) {
        settings.gateway.limits = gateway::Limits::none();
        return settings;
    }
    services::SimulatedHost host_;
};

}  // namespace

std::unique_ptr<Host> simulated_host(const platform::Settings& settings) {
    return std::make_unique<Simulated>(settings);
}

}  // namespace matinee::journeys
