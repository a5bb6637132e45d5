#include "tests/services/contracts/test_server.hpp"

#include <httplib.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace matinee::contracts {

using namespace std::chrono_literals;

struct TestServer::State {
    State(Handler h, std::unique_ptr<httplib::Server> s) : handler(std::move(h)), server(std::move(s)) {
        const auto answer = [this](const httplib::Request& request, httplib::Response& response) {
            this->answer(request, response);
        };
        server->Get(".*", answer).Post(".*", answer);
        port = server->bind_to_any_port("127.0.0.1");
        server->set_keep_alive_timeout(1);  // or it would wait longer in the end
        thread = std::thread([this] { server->listen_after_bind(); });
        while (!server->is_running()) std::this_thread::sleep_for(1ms);  // until then stop() does nothing
    }
    ~State() {
        {
            const std::lock_guard lock(mutex);
            ending = true;
        }
        changed.notify_all();
        server->stop();
        thread.join();
    }

    void answer(const httplib::Request& asked, httplib::Response& response) {
        gateway::Request request{.method = asked.method, .target = asked.target, .headers = {}, .body = asked.body};
        for (const auto& [name, value] : asked.headers) {
            std::string lower = name;
            for (char& c : lower) c = char(std::tolower(static_cast<unsigned char>(c)));
            request.headers.push_back({lower, value});
        }
        const std::optional<gateway::Response> answer = handler(request);
        if (!answer) {
            std::unique_lock lock(mutex);
            changed.wait_for(lock, 10s, [this] { return ending; });
            return;
        }
        response.status = answer->status;
        if (!dawdles) return response.set_content(answer->body, "application/json");
        response.set_content_provider(answer->body.size(), "application/json",
                                      [body = answer->body](size_t offset, size_t, httplib::DataSink& sink) {
                                          std::this_thread::sleep_for(20ms);
                                          return sink.write(body.data() + offset, 1);
                                      });
    }

    Handler handler;
    std::unique_ptr<httplib::Server> server;
    int port = 0;
    std::atomic<bool> dawdles = false;
    std::mutex mutex;
    std::condition_variable changed;
    bool ending = false;
    bool has_tls = false;
    std::thread thread;
};

TestServer::TestServer(Handler handler)
    : state_(std::make_unique<State>(std::move(handler), std::make_unique<httplib::Server>())) {}

TestServer::TestServer(Handler handler, const std::string& certificate_file, const std::string& key_file)
    : state_(std::make_unique<State>(
          std::move(handler), std::make_unique<httplib::SSLServer>(certificate_file.c_str(), key_file.c_str()))) {
    state_->has_tls = true;
}

TestServer::~TestServer() = default;

int TestServer::port() const { return state_->port; }
std::string TestServer::url() const {
    return (state_->has_tls ? "https://localhost:" : "http://127.0.0.1:") + std::to_string(state_->port);
}
void TestServer::dawdle() { state_->dawdles = true; }

}  // namespace matinee::contracts
