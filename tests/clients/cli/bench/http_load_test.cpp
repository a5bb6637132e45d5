// The load generator against a server that answers one request after another and can be told to be slow.
#include "clients/cli/bench/http_load.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <functional>
#include <thread>

namespace matinee::bench {

namespace {

using std::chrono::milliseconds;

/// Serves one connection until its client closes it; `delay` of the n-th request, from 0.
class SlowServer {
public:
    explicit SlowServer(std::function<milliseconds(uint64_t)> delay) : delay_(std::move(delay)) {
        listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t length = sizeof address;
        auto* const generic = reinterpret_cast<sockaddr*>(&address);
        if (::bind(listener_, generic, length) != 0 || ::listen(listener_, 1) != 0 ||
            ::getsockname(listener_, generic, &length) != 0)
            throw std::runtime_error("no port to listen on");
        port_ = ntohs(address.sin_port);
        thread_ = std::thread([this] { serve(); });
    }
    ~SlowServer() {
        thread_.join();
        ::close(listener_);
    }
    uint16_t port() const { return port_; }

private:
    void serve() const {
        static constexpr std::string_view kAnswer = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
        const int client = ::accept(listener_, nullptr, nullptr);
        std::array<char, 4096> request;
        for (uint64_t n = 0; ::recv(client, request.data(), request.size(), 0) > 0; ++n) {
            std::this_thread::sleep_for(delay_(n));
            if (::send(client, kAnswer.data(), kAnswer.size(), MSG_NOSIGNAL) < 0) break;
        }
        ::close(client);
    }

    std::function<milliseconds(uint64_t)> delay_;
    int listener_ = -1;
    uint16_t port_ = 0;
    std::thread thread_;
};

LoadOutcome measured(const std::function<milliseconds(uint64_t)>& delay, Load load) {
    SlowServer server(delay);
    load.connections = 1;
    load.request = [](std::string& out, uint64_t) { out += "GET / HTTP/1.1\r\n\r\n"; };
    return HttpLoad(server.port()).run(load);
}

}  // namespace

TEST(HttpLoad, AStallCountsForEveryRequestThatCameDueMeanwhile) {
    const auto stall = [](uint64_t n) { return milliseconds(n == 100 ? 200 : 0); };
    const LoadOutcome paced = measured(stall, {.seconds = 0.5, .per_second = 1000, .on_answer = {}});
    EXPECT_EQ(paced.answers, 500u);  // none is left out because the server was busy
    EXPECT_EQ(paced.unsent, 0u);
    EXPECT_EQ(paced.latency_ns.count(), 500u);
    // 200 of the 500 came due in the stall, and waited 100 ms on average; one of them alone was asked to wait.
    EXPECT_GT(paced.latency_ns.quantile(0.75), 25e6);
    EXPECT_GT(paced.late_ns.quantile(0.75), 25e6);
    EXPECT_TRUE(paced.achieved(1000));
    // Request after answer, the same stall is one slow request among many.
    EXPECT_LT(measured(stall, {.requests = 500, .seconds = 0, .on_answer = {}}).latency_ns.quantile(0.75), 25e6);
}

TEST(HttpLoad, ARateThatIsNotReachedShows) {
    const LoadOutcome slow =
        measured([](uint64_t) { return milliseconds(5); }, {.seconds = 0.2, .per_second = 1000, .on_answer = {}});
    EXPECT_FALSE(slow.achieved(1000));
    EXPECT_LT(slow.per_second(), 250);
    EXPECT_GT(slow.unsent, 0u);
    EXPECT_EQ(slow.answers + slow.unsent, 200u);
    EXPECT_EQ(slow.latency_ns.count(), 200u);  // what was never sent waited, too
    EXPECT_GT(slow.latency_ns.quantile(0.99), 150e6);
    EXPECT_LT(slow.seconds, 1);  // it gives up
}

TEST(HttpLoad, TheWarmUpEntersNoLatency) {
    const LoadOutcome outcome = measured([](uint64_t n) { return milliseconds(n == 0 ? 50 : 0); },
                                         {.seconds = 0.4, .per_second = 100, .warm_s = 0.2, .on_answer = {}});
    EXPECT_EQ(outcome.answers, 40u);
    EXPECT_EQ(outcome.latency_ns.count(), 20u);
    EXPECT_LT(outcome.latency_ns.quantile(0.5), 40e6);
}

}  // namespace matinee::bench
