#include "clients/cli/bench/serve.hpp"

#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <fstream>
#include <memory>
#include <thread>

#include "clients/cli/bench/http_load.hpp"
#include "clients/cli/bench/served_host.hpp"
#include "system/base/digest.hpp"
#include "system/base/errors.hpp"
#include "system/base/json.hpp"

/// The allocator's own, where the program is linked with tcmalloc.
extern "C" [[gnu::weak]] int MallocExtension_GetNumericProperty(const char* property, size_t* value);

namespace matinee::bench {

namespace {

struct Size {
    size_t accounts = 10'000;
    size_t titles = 1'000;
    size_t idle = 2'000;
    double seconds = 4;       ///< at full load
    double half_seconds = 8;  ///< at half of it, of which the first does not count
};

/// Requests a second that the host is to answer; at half of each its p99 is to be below 20 ms.
constexpr double kTitleReadMark = 30'000, kHeartbeatMark = 20'000, kStartMark = 5'000;
constexpr double kWarmSeconds = 1;

constexpr size_t kConnections = 64;
/// For what waits for the disk: as many as share a commit.
constexpr size_t kWriters = 512;
constexpr size_t kSomeWriters = 256;  ///< for what waits for it now and then

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

/// What is allocated from the heap at this moment, to which SQLite's pages do not belong: memory that was freed before
/// hides nothing here.
Bytes heap_bytes() {
    size_t allocated = 0;
    if (MallocExtension_GetNumericProperty != nullptr &&
        MallocExtension_GetNumericProperty("generic.current_allocated_bytes", &allocated) != 0)
        return allocated;
    const struct mallinfo2 info = ::mallinfo2();
    return Bytes(info.uordblks + info.hblkhd);
}

struct Account {
    std::string user_id, token, profile_id, playback_token;
};

class Bench {
public:
    Bench(const Emit& emit, const Size& size) : emit_(emit), size_(size), accounts_(size.accounts) {}

    void run() {
        registrations();
        measure({"validate-token", kConnections}, {.request = validate(), .on_answer = {}});
        measure({"read-account", kConnections},
                {.request =
                     [this](std::string& out, uint64_t n) {
                         append_request(out, "GET", "/api/v1/users/" + account(n).user_id, account(n).token);
                     },
                 .on_answer = {}});
        titles();
        playback();
        idle_connections();
    }

private:
    using Request = std::function<void(std::string&, uint64_t)>;
    Request validate() {
        return [this](std::string& out, uint64_t n) {
            append_request(out, "GET", "/api/v1/auth/validate-token", account(n).token);
        };
    }
    /// Of a random account: no cache of the processor holds the next one.
    Account& account(uint64_t number) { return accounts_[mix64(number) % accounts_.size()]; }

    /// One request for each account, in order; `take` gets the answers.
    LoadOutcome for_each_account(const std::string& what, size_t connections, const Request& request,
                                 const std::function<void(Account&, std::string_view)>& take) {
        const LoadOutcome outcome = load_->run({.connections = connections,
                                                .requests = accounts_.size(),
                                                .seconds = 0,
                                                .request = request,
                                                .on_answer = [&](uint64_t n, int status, std::string_view body) {
                                                    if (status >= 400)
                                                        throw MachineError(what + " gives " + std::string(body));
                                                    take(accounts_[n], body);
                                                }});
        return outcome;
    }

    /// Waits for what the last load left to do in the background, at most a minute: events to be published and
    /// followed. That belongs to the price of the last load and not of the next.
    void settle() {
        static constexpr uint64_t kFew = 15;  // commits in which one or the other follower goes on at its leisure
        uint64_t before = 0;
        for (int tries = 0; tries < 40; ++tries) {
            const uint64_t commits = commits_so_far();
            if (commits <= std::exchange(before, commits) + kFew) return;
            std::this_thread::sleep_for(std::chrono::milliseconds(1500));  // it looks for work every second
        }
    }
    uint64_t commits_so_far() {
        static constexpr std::string_view kName = "matinee_sql_commits_total ";
        uint64_t commits = 0;
        load_->run({.connections = 1,
                    .requests = 1,
                    .seconds = 0,
                    .request = [](std::string& out, uint64_t) { append_request(out, "GET", "/metrics", ""); },
                    .on_answer =
                        [&](uint64_t, int, std::string_view body) {
                            const size_t at = body.find(kName);
                            if (at == std::string_view::npos) throw MachineError("/metrics does not count commits");
                            std::from_chars(body.data() + at + kName.size(), body.data() + body.size(), commits);
                        }});
        return commits;
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
                  .integer("connections", kWriters)
                  .number("per_second", outcome.per_second())
                  .number("server_cpu_us", (server_.cpu_seconds() - before) * 1e6 / double(outcome.answers))
                  .number("p50_ms", ms_of(outcome.latency_ns, 0.5))
                  .number("p99_ms", ms_of(outcome.latency_ns, 0.99)));
    }

    struct Measured {
        std::string name;
        size_t connections;
        double mark_per_second = 0;          ///< 0: none is set
        uint64_t most_requests = 0;          ///< of one load that uses something up; 0: any number
        std::function<void()> between = {};  ///< runs after every load
    };

    static double ms_of(const Histogram& times_ns, double quantile) { return times_ns.quantile(quantile) / 1e6; }

    /// As fast as it goes for the rate, then at a constant rate for the times.
    void measure(const Measured& what, Load load) {
        load.connections = what.connections;
        load.requests = what.most_requests;
        double spent = 0;  // CPU seconds of the server in the last run
        const auto run = [&](double seconds, double per_second) {
            load.seconds = seconds;
            load.per_second = per_second;
            const double before = server_.cpu_seconds();
            const LoadOutcome outcome = load_->run(load);
            spent = server_.cpu_seconds() - before;
            if (outcome.refused > 0) throw MachineError(what.name + " is refused: " + outcome.first_refusal);
            if (what.between) what.between();
            return outcome;
        };
        settle();
        run(0.3, 0);  // warm
        const LoadOutcome full = run(size_.seconds, 0);
        Measurement measurement("serve");
        measurement.text("request", what.name).integer("connections", what.connections);
        if (what.mark_per_second > 0) measurement.number("mark_per_second", what.mark_per_second);
        measurement.number("per_second", full.per_second())
            .number("server_cpu_us", spent * 1e6 / double(std::max<uint64_t>(full.answers, 1)))
            .number("server_cpu_share", spent / full.seconds)
            .number("p50_ms", ms_of(full.latency_ns, 0.5))
            .number("p99_ms", ms_of(full.latency_ns, 0.99));

        const double offered = (what.mark_per_second > 0 ? what.mark_per_second : full.per_second()) / 2;
        const double enough_for = what.most_requests > 0 ? double(what.most_requests) / offered : size_.half_seconds;
        settle();
        load.warm_s = kWarmSeconds;
        const LoadOutcome half = run(std::min(size_.half_seconds, enough_for), offered);
        emit_(measurement.text("half_load_of", what.mark_per_second > 0 ? "the mark" : "what it reached")
                  .number("half_load_offered_per_second", offered)
                  .number("half_load_achieved_per_second", half.per_second())
                  .text("half_load_offered_rate", half.achieved(offered) ? "achieved" : "NOT ACHIEVED")
                  .integer("half_load_measured", half.latency_ns.count())
                  .number("half_load_p50_ms", ms_of(half.latency_ns, 0.5))
                  .number("half_load_p99_ms", ms_of(half.latency_ns, 0.99))
                  .number("half_load_sent_late_p99_ms", ms_of(half.late_ns, 0.99)));
    }

    void titles() {
        title_ids_.resize(size_.titles);
        load_->run({.connections = kConnections,
                    .requests = size_.titles,
                    .seconds = 0,
                    .request =
                        [](std::string& out, uint64_t n) {
                            const std::string body =
                                R"({"type":"film","title":"Film )" + std::to_string(n) +
                                R"(","rating":"PG","duration_s":5400,"genres":["drama"],"synopsis":"A film.",)"
                                R"("windows":[{"region":"*"}]})";
                            append_request(out, "POST", "/api/v1/admin/titles", ServedHost::admin_token(), body);
                        },
                    .on_answer =
                        [this](uint64_t n, int status, std::string_view body) {
                            if (status >= 400) throw MachineError("adding a title gives " + std::string(body));
                            title_ids_[n] = text_at(body, {"data", "title_id"});
                        }});
        measure({"read-title", kConnections, kTitleReadMark},
                {.request =
                     [this](std::string& out, uint64_t n) {
                         append_request(out, "GET", "/api/v1/titles/" + title(n), account(n).token);
                     },
                 .on_answer = {}});
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
        starts();
        heartbeats();
    }

    void append_start(std::string& out, const Account& who, uint64_t n) const {
        append_request(out, "POST", "/api/v1/playback/start", who.token,
                       R"({"profile_id":")" + who.profile_id + R"(","title_id":")" + title(n) +
                           R"(","device_id":"bench","quality":"auto"})");
    }

    /// Every account has four screens; what was started is stopped after each load, outside the measurement.
    void starts() {
        struct Started {
            const Account* who;
            std::string token;
        };
        std::vector<Started> started;
        const auto stop_all = [&] {
            if (started.empty()) return;
            const LoadOutcome outcome = load_->run(
                {.connections = kWriters,
                 .requests = started.size(),
                 .seconds = 0,
                 .request =
                     [&](std::string& out, uint64_t n) {
                         append_request(out, "POST", "/api/v1/playback/stop", started[n].who->token,
                                        R"({"playback_token":")" + started[n].token + R"(","position_seconds":1})");
                     },
                 .on_answer = {}});
            if (outcome.refused > 0) throw MachineError("stop is refused: " + outcome.first_refusal);
            started.clear();
        };
        const uint64_t screens = accounts_.size() * 4;
        measure(
            {"start-playback", kWriters, kStartMark, screens, stop_all},
            {.request = [this](std::string& out, uint64_t n) { append_start(out, accounts_[n % accounts_.size()], n); },
             .on_answer =
                 [&](uint64_t n, int status, std::string_view body) {
                     if (status < 400) started.push_back({&accounts_[n % accounts_.size()], playback_token_in(body)});
                 }});
    }

    /// Found, not parsed: the generator has little time for each.
    static std::string playback_token_in(std::string_view body) {
        static constexpr std::string_view kField = "\"playback_token\":\"";
        const size_t at = body.find(kField);
        if (at == std::string_view::npos) throw MachineError("a start without a playback token");
        const std::string_view rest = body.substr(at + kField.size());
        return std::string(rest.substr(0, rest.find('"')));
    }

    void heartbeats() {
        for_each_account(
            "starting", kWriters, [this](std::string& out, uint64_t n) { append_start(out, accounts_[n], n); },
            [](Account& account, std::string_view body) { account.playback_token = playback_token_in(body); });
        const auto append = [](std::string& out, const Account& who, uint64_t position_s) {
            append_request(out, "POST", "/api/v1/playback/heartbeat", who.token,
                           R"({"playback_token":")" + who.playback_token + R"(","position_seconds":)" +
                               std::to_string(position_s) + R"(,"quality_level":"1080p","buffer_level":20})");
        };
        for_each_account(
            "a first heartbeat", kWriters, [&](std::string& out, uint64_t n) { append(out, accounts_[n], 0); },
            [](Account&, std::string_view) {});
        const auto began = std::chrono::steady_clock::now();
        // As players do: the position runs with the clock, so that a stream is written every `save_position_s`.
        measure({"heartbeat", kSomeWriters, kHeartbeatMark},
                {.request =
                     [&](std::string& out, uint64_t n) {
                         const auto played = std::chrono::steady_clock::now() - began;
                         append(out, account(n),
                                uint64_t(std::chrono::duration_cast<std::chrono::seconds>(played).count()));
                     },
                 .on_answer = {}});
        // Every one a jump that has to be written.
        measure({"heartbeat-seek", kWriters},
                {.request = [&](std::string& out, uint64_t n) { append(out, account(n), mix64(n) % 5000); },
                 .on_answer = {}});
    }

    /// In turns, because the machine's other tenants come and go.
    void idle_connections() {
        static constexpr int kRounds = 11;
        const Load load{
            .connections = kConnections, .seconds = size_.seconds / 8, .request = validate(), .on_answer = {}};
        std::vector<double> alone_us, beside_us, alone_rate, beside_rate;
        Bytes resident = 0, heap = 0;
        for (int round = 0; round < kRounds; ++round) {
            const auto run = [&](std::vector<double>& cpu_us, std::vector<double>& rate) {
                const double before = server_.cpu_seconds();
                const LoadOutcome outcome = load_->run(load);
                cpu_us.push_back((server_.cpu_seconds() - before) * 1e6 / double(outcome.answers));
                rate.push_back(outcome.per_second());
            };
            run(alone_us, alone_rate);
            std::string idle;
            append_request(idle, "GET", "/api/v1/auth/validate-token", account(1).token);
            HttpLoad holder(server_.port());
            const Bytes resident_before = resident_bytes(), heap_before = heap_bytes();
            holder.hold_idle(size_.idle, idle);
            const auto each = [&](Bytes now, Bytes before) { return (now - std::min(before, now)) / size_.idle; };
            resident = std::max(resident, each(resident_bytes(), resident_before));
            heap = std::max(heap, each(heap_bytes(), heap_before));
            run(beside_us, beside_rate);
        }
        const auto median = [](std::vector<double>& values) {
            std::sort(values.begin(), values.end());
            return values[values.size() / 2];
        };
        emit_(Measurement("serve")
                  .text("request", "validate-token beside idle connections")
                  .integer("idle_connections", size_.idle)
                  .integer("resident_bytes_each", resident)
                  .integer("heap_bytes_each", heap)
                  .number("per_second_alone", median(alone_rate))
                  .number("per_second_beside", median(beside_rate))
                  .number("server_cpu_us_alone", median(alone_us))
                  .number("server_cpu_us_beside", median(beside_us))
                  .number("throughput_lost_percent", (1 - median(beside_rate) / median(alone_rate)) * 100)
                  .number("cpu_more_percent", (median(beside_us) / median(alone_us) - 1) * 100));
    }

    const Emit& emit_;
    Size size_;
    ServedHost server_;
    std::unique_ptr<HttpLoad> load_ = std::make_unique<HttpLoad>(server_.port());
    std::vector<Account> accounts_;
    std::vector<std::string> title_ids_;
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
    measure_with(emit, {.accounts = 2'000, .titles = 50, .idle = 400, .seconds = 0.6, .half_seconds = 3});
}

}  // namespace matinee::bench
