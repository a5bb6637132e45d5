#include "clients/cli/bench/serve.hpp"

#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <thread>

#include "clients/cli/bench/http_load.hpp"
#include "system/base/digest.hpp"
#include "system/base/errors.hpp"
#include "system/base/json.hpp"
#include "system/live/host.hpp"

namespace matinee::bench {

namespace {

struct Size {
    size_t accounts = 10'000;
    size_t titles = 1'000;
    size_t idle = 2'000;
    double seconds = 4;
};

const std::string kAdminToken = "benchmark-of-serve-admin";
constexpr size_t kConnections = 64;
/// For what waits for the disk: as many as share a commit.
constexpr size_t kWriters = 512;

live::Config config_in(const std::filesystem::path& folder) {
    live::Config config;
    config.data = folder.string();
    config.port = 0;
    config.password_cost = {.passes = 1, .memory_bytes = 8192};  // what argon2id costs is known: that is its purpose
    config.password_queue = 100'000;
    config.platform.gateway.limits = gateway::Limits::none();
    config.platform.accounts.admin_token = kAdminToken;
    config.platform.accounts.access_token_lifetime = kHour;
    return config;
}

/// The server on a thread of its own, in a folder that is deleted at the end.
class Server {
public:
    Server() {
        std::filesystem::remove_all(folder_);
        std::atomic<bool> up = false;
        std::exception_ptr failed;
        thread_ = std::thread([this, &up, &failed] {
            pin_to_processor(0);
            try {
                host_ = std::make_unique<live::LiveHost>(config_in(folder_),
                                                         [](const std::string& line) { std::cerr << line + "\n"; });
            } catch (...) {
                failed = std::current_exception();
            }
            up = true;
            up.notify_one();
            if (host_) host_->run();
        });
        up.wait(false);
        if (!failed) return;
        thread_.join();
        std::rethrow_exception(failed);
    }
    ~Server() {
        host_->stop();
        thread_.join();
        host_.reset();
        std::filesystem::remove_all(folder_);
    }
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    uint16_t port() const { return host_->port(); }
    /// CPU time of the thread that serves.
    double cpu_seconds() {
        clockid_t clock = {};
        timespec now = {};
        if (::pthread_getcpuclockid(thread_.native_handle(), &clock) != 0 || ::clock_gettime(clock, &now) != 0)
            return 0;
        return double(now.tv_sec) + double(now.tv_nsec) * 1e-9;
    }

private:
    const std::filesystem::path folder_ =
        std::filesystem::temp_directory_path() / ("matinee-bench-serve-" + std::to_string(::getpid()));
    std::unique_ptr<live::LiveHost> host_;
    std::thread thread_;
};

void append_request(std::string& out, std::string_view method, std::string_view target, std::string_view token,
                    std::string_view body = "") {
    out.append(method).append(" ").append(target).append(" HTTP/1.1\r\nhost: localhost\r\nuser-agent: bench\r\n");
    if (!token.empty()) out.append("authorization: Bearer ").append(token).append("\r\n");
    if (!body.empty())
        out.append("content-type: application/json\r\ncontent-length: ")
            .append(std::to_string(body.size()))
            .append("\r\n");
    out.append("\r\n").append(body);
}

std::string text_at(std::string_view body, std::initializer_list<std::string_view> path) {
    const Json json = Json::parse(body);
    const Json* found = &json;
    for (const std::string_view step : path) {
        if (found->array() != nullptr && step == "0")
            found = found->array()->empty() ? nullptr : &(*found->array())[0];
        else
            found = found->find(step);
        if (found == nullptr) return "";
    }
    return found->text() == nullptr ? "" : *found->text();
}

Bytes resident_bytes() {
    std::ifstream file("/proc/self/statm");
    Bytes total = 0, resident = 0;
    file >> total >> resident;
    return resident * Bytes(::sysconf(_SC_PAGESIZE));
}

struct Account {
    std::string user_id, token, profile_id, playback_token;
};

class Bench {
public:
    Bench(const Emit& emit, const Size& size) : emit_(emit), size_(size), accounts_(size.accounts) {
        const std::string document = once("GET", "/api/v1/openapi.json", "", "").second;
        has_titles_ = document.find("\"/api/v1/admin/titles\"") != std::string::npos;
        has_playback_ = has_titles_ && document.find("\"/api/v1/playback/start\"") != std::string::npos &&
                        document.find("\"/api/v1/subscriptions\"") != std::string::npos;
    }

    void run() {
        registrations();
        measure("validate-token", kConnections, true, [this](std::string& out, uint64_t n) {
            append_request(out, "GET", "/api/v1/auth/validate-token", account(n).token);
        });
        measure("read-account", kConnections, true, [this](std::string& out, uint64_t n) {
            append_request(out, "GET", "/api/v1/users/" + account(n).user_id, account(n).token);
        });
        if (has_titles_) attempt("titles", [this] { titles(); });
        if (has_playback_ && !title_ids_.empty()) attempt("playback", [this] { playback(); });
        idle_connections();
    }

private:
    using Request = std::function<void(std::string&, uint64_t)>;
    /// What the other services refuse is said, and does not keep the rest from being measured.
    void attempt(const std::string& name, const std::function<void()>& step) {
        try {
            step();
        } catch (const MachineError& error) {
            load_ = std::make_unique<HttpLoad>(server_.port());  // answers may be under way on the old connections
            emit_(Measurement("serve").text("left_out", name).text("because", error.what()));
        }
    }
    /// Of a random account: no cache of the processor holds the next one.
    Account& account(uint64_t number) { return accounts_[mix64(number) % accounts_.size()]; }

    std::pair<int, std::string> once(const std::string& method, const std::string& target, const std::string& token,
                                     const std::string& body) {
        std::pair<int, std::string> answer;
        load_->run(
            {.connections = 1,
             .requests = 1,
             .request = [&](std::string& out, uint64_t) { append_request(out, method, target, token, body); },
             .on_answer = [&](uint64_t, int status, std::string_view text) { answer = {status, std::string(text)}; }});
        return answer;
    }

    /// One request for each account, in order; `take` gets the answers.
    LoadOutcome for_each_account(const std::string& what, size_t connections, const Request& request,
                                 const std::function<void(Account&, std::string_view)>& take) {
        const LoadOutcome outcome = load_->run({.connections = connections,
                                                .requests = accounts_.size(),
                                                .request = request,
                                                .on_answer = [&](uint64_t n, int status, std::string_view body) {
                                                    if (status >= 400)
                                                        throw MachineError(what + " gives " + std::string(body));
                                                    take(accounts_[n], body);
                                                }});
        return outcome;
    }

    void registrations() {
        const double before = server_.cpu_seconds();
        const LoadOutcome outcome = for_each_account(
            "registering", kWriters,
            [](std::string& out, uint64_t n) {
                const std::string body = R"({"email":"user)" + std::to_string(n) +
                                         R"(@example.org","password":"a password","name":"Somebody"})";
                append_request(out, "POST", "/api/v1/auth/register", "", body);
            },
            [](Account& account, std::string_view body) {
                account.user_id = text_at(body, {"data", "user_id"});
                account.token = text_at(body, {"data", "access_token"});
            });
        emit_(Measurement("serve")
                  .text("request", "register")
                  .number("per_second", outcome.per_second())
                  .number("server_cpu_us", (server_.cpu_seconds() - before) * 1e6 / double(outcome.answers)));
    }

    void measure(const std::string& name, size_t connections, bool with_half, const Request& request) {
        load_->run({.connections = connections, .seconds = 0.3, .request = request, .on_answer = {}});  // warm
        const double before = server_.cpu_seconds();
        const LoadOutcome full =
            load_->run({.connections = connections, .seconds = size_.seconds, .request = request, .on_answer = {}});
        const double cpu_us = (server_.cpu_seconds() - before) * 1e6 / double(std::max<uint64_t>(full.answers, 1));
        Measurement measurement("serve");
        measurement.text("request", name)
            .integer("connections", connections)
            .number("per_second", full.per_second())
            .number("server_cpu_us", cpu_us)
            .number("per_server_cpu_second", 1e6 / cpu_us)
            .integer("refused", full.refused)
            .number("p50_ms", full.latency_ns.quantile(0.5) / 1e6)
            .number("p99_ms", full.latency_ns.quantile(0.99) / 1e6);
        if (with_half) {
            const LoadOutcome half = load_->run({.connections = connections,
                                                 .seconds = size_.seconds,
                                                 .per_second = full.per_second() / 2,
                                                 .request = request,
                                                 .on_answer = {}});
            measurement.number("half_load_per_second", half.per_second())
                .number("half_load_p50_ms", half.latency_ns.quantile(0.5) / 1e6)
                .number("half_load_p99_ms", half.latency_ns.quantile(0.99) / 1e6);
        }
        emit_(measurement);
    }

    void titles() {
        for (size_t i = 0; i < size_.titles; ++i) {
            const std::string body = R"({"type":"film","title":"Film )" + std::to_string(i) +
                                     R"(","rating":"PG","duration_s":5400,"genres":["drama"],"synopsis":"A film."})";
            const auto [status, text] = once("POST", "/api/v1/admin/titles", kAdminToken, body);
            if (status >= 400) throw MachineError("adding a title gives " + text);
            title_ids_.push_back(text_at(text, {"data", "title_id"}));
        }
        measure("read-title", kConnections, true, [this](std::string& out, uint64_t n) {
            append_request(out, "GET", "/api/v1/titles/" + title(n), account(n).token);
        });
    }
    const std::string& title(uint64_t number) const { return title_ids_[mix64(~number) % title_ids_.size()]; }

    void playback() {
        for_each_account(
            "subscribing", kWriters,
            [this](std::string& out, uint64_t n) {
                append_request(out, "POST", "/api/v1/subscriptions", accounts_[n].token,
                               R"({"plan_id":"premium","payment_method":"pm_ok"})");
            },
            [](Account&, std::string_view) {});
        for_each_account(
            "listing profiles", kWriters,
            [this](std::string& out, uint64_t n) {
                append_request(out, "GET", "/api/v1/users/" + accounts_[n].user_id + "/profiles", accounts_[n].token);
            },
            [](Account& account, std::string_view body) {
                account.profile_id = text_at(body, {"data", "profiles", "0", "profile_id"});
            });
        const auto start = [this](std::string& out, const Account& who, uint64_t n) {
            append_request(out, "POST", "/api/v1/playback/start", who.token,
                           R"({"profile_id":")" + who.profile_id + R"(","title_id":")" + title(n) +
                               R"(","device_id":"bench","quality":"auto"})");
        };
        measure("start-playback", kWriters, true,
                [this, start](std::string& out, uint64_t n) { start(out, accounts_[n % accounts_.size()], n); });
        for_each_account(
            "starting", kWriters, [this, start](std::string& out, uint64_t n) { start(out, accounts_[n], n); },
            [](Account& account, std::string_view body) {
                account.playback_token = text_at(body, {"data", "playback_token"});
            });
        measure("heartbeat", kConnections, true, [this](std::string& out, uint64_t n) {
            const Account& who = account(n);
            append_request(out, "POST", "/api/v1/playback/heartbeat", who.token,
                           R"({"playback_token":")" + who.playback_token + R"(","position_seconds":)" +
                               std::to_string(n % 5000) + R"(,"quality_level":"1080p","buffer_level":20})");
        });
    }

    /// In turns, because the machine's other tenants come and go.
    void idle_connections() {
        const Request request = [this](std::string& out, uint64_t n) {
            append_request(out, "GET", "/api/v1/auth/validate-token", account(n).token);
        };
        const Load load{.connections = kConnections, .seconds = size_.seconds / 2, .request = request, .on_answer = {}};
        std::vector<double> alone_us, beside_us;
        Bytes each = 0;
        for (int round = 0; round < 3; ++round) {
            const auto cpu_us = [&] {
                const double before = server_.cpu_seconds();
                const LoadOutcome outcome = load_->run(load);
                return (server_.cpu_seconds() - before) * 1e6 / double(outcome.answers);
            };
            alone_us.push_back(cpu_us());
            std::string idle;
            append_request(idle, "GET", "/api/v1/auth/validate-token", account(1).token);
            HttpLoad holder(server_.port());
            const Bytes before = resident_bytes();
            holder.hold_idle(size_.idle, idle);
            const Bytes after = resident_bytes();
            if (round == 0) each = (after - std::min(before, after)) / size_.idle;
            beside_us.push_back(cpu_us());
        }
        std::sort(alone_us.begin(), alone_us.end());
        std::sort(beside_us.begin(), beside_us.end());
        emit_(Measurement("serve")
                  .text("request", "validate-token beside idle connections")
                  .integer("idle_connections", size_.idle)
                  .integer("bytes_each", each)
                  .number("server_cpu_us_alone", alone_us[1])
                  .number("server_cpu_us_beside", beside_us[1])
                  .number("slower_percent", (beside_us[1] / alone_us[1] - 1) * 100));
    }

    const Emit& emit_;
    Size size_;
    Server server_;
    std::unique_ptr<HttpLoad> load_ = std::make_unique<HttpLoad>(server_.port());
    std::vector<Account> accounts_;
    std::vector<std::string> title_ids_;
    bool has_titles_ = false, has_playback_ = false;
};

void measure_with(const Emit& emit, const Size& size) {
    raise_file_limit();
    std::exception_ptr failed;
    std::thread client([&] {  // a thread, so that the program keeps its processors afterwards
        pin_to_processor(1);
        try {
            Bench(emit, size).run();
        } catch (...) {
            failed = std::current_exception();
        }
    });
    client.join();
    if (failed) std::rethrow_exception(failed);
}

}  // namespace

void measure_serve(const Emit& emit) { measure_with(emit, {}); }

void measure_serve_quick(const Emit& emit) {
    measure_with(emit, {.accounts = 500, .titles = 50, .idle = 400, .seconds = 0.6});
}

}  // namespace matinee::bench
