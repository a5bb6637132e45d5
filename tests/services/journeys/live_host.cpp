#include <httplib.h>

#include <chrono>
#include <stdexcept>
#include <thread>

#include "tests/services/journeys/host.hpp"
#include "tests/services/live/running_host.hpp"

namespace matinee::journeys {

namespace {

class Live : public Host {
public:
    explicit Live(const platform::Settings& settings) : running_(with(settings)) { connect(); }

    void pass(TimeNs duration) override { std::this_thread::sleep_for(std::chrono::nanoseconds(duration)); }
    void restart() override {
        running_.restart();
        connect();
    }

protected:
    gateway::Response exchange(const gateway::Request& request) override {
        httplib::Request sent;
        sent.method = request.method;
        sent.path = request.target;
        sent.body = request.body;
        for (const gateway::Header& header : request.headers) sent.headers.emplace(header.name, header.value);
        const httplib::Result result = client_->send(sent);
        if (!result)
            throw std::runtime_error("no answer to " + request.method + " " + request.target + ": " +
                                     httplib::to_string(result.error()));
        gateway::Response response;
        response.status = result->status;
        response.content_type = result->get_header_value("content-type");
        response.body = result->body;
        return response;
    }

private:
    void connect() {
        client_ = std::make_unique<httplib::Client>("127.0.0.1", running_.port());
        client_->set_keep_alive(true);
        client_->set_tcp_nodelay(true);
        client_->set_url_encode(false);  // paths go as the test wrote them
    }
    static live::Config with(const platform::Settings& settings) {
        live::Config config = live::RunningHost::cheap();
        config.platform = settings;
        config.payment_sandbox = quick_sandbox();
        config.platform.gateway.limits = gateway::Limits::none();  // a journey is one address and few users
        return config;
    }
    live::RunningHost running_;
    std::unique_ptr<httplib::Client> client_;
};

}  // namespace

std::unique_ptr<Host> live_host(const platform::Settings& settings) { return std::make_unique<Live>(settings); }

}  // namespace matinee::journeys
