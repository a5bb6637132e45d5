#include "system/live/host.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <filesystem>

#include "system/base/encoding.hpp"
#include "system/base/errors.hpp"
#include "system/base/time_text.hpp"
#include "system/embedded/memory_kv.hpp"
#include "system/embedded/sandbox_provider.hpp"
#include "system/embedded/sqlite_database.hpp"
#include "system/embedded/sqlite_event_log.hpp"

namespace matinee::live {

namespace {

std::string database_file(const std::string& folder, const char* name) {
    std::error_code error;
    // The database holds password hashes and the keys that sign tokens.
    if (std::filesystem::create_directories(folder, error))
        std::filesystem::permissions(folder, std::filesystem::perms::owner_all, error);
    if (error) throw MachineError("the folder " + folder + " cannot be made: " + error.message());
    return (std::filesystem::path(folder) / name).string();
}

std::string log_line(const gateway::Handled& handled) {
    JsonOut out;
    out.object().text("time", utc_text(handled.started_at)).text("level", handled.status >= 500 ? "error" : "info");
    out.text("request_id", handled.request_id).text("operation", handled.operation_id);
    out.integer("status", handled.status).integer("took_us", handled.took / kMicrosecond);
    if (!handled.fault.empty()) out.text("fault", handled.fault);
    return out.end().take();
}

}  // namespace

struct LiveHost::State {
    State(const Config& c, std::function<void(const std::string&)> l)
        : config(c),
          log(std::move(l)),
          database(database_file(c.data, "matinee.db"),
                   c.survive_power_loss ? SqliteDatabase::Durability::PowerLoss : SqliteDatabase::Durability::Process),
          webhook_secret(to_hex(random.bytes(32))),
          provider_database(database_file(c.data, "sandbox.db"), SqliteDatabase::Durability::Process),
          provider(loop, provider_database, webhook_secret, c.payment_sandbox),
          platform({loop, random, sql, kv, events, crypto, provider}, with_secret(c.platform, webhook_secret)) {
        run_to_end(platform.prepare());
        platform.gateway().observe([this](const gateway::Handled& handled) {
            if (config.log_requests || handled.status >= 500) log(log_line(handled));
        });
        port = server.listen(config.address, config.port);
        maintenance = maintain();
        maintenance.start();
        webhooks = deliver_webhooks();
        webhooks.start();
        signals.async_wait([this](const boost::system::error_code& error, int) {
            if (!error) begin_drain();
        });
    }

    /// For the time before the loop runs, when nothing has to wait for it.
    static void run_to_end(Task<> task) {
        task.start();
        if (!task.done()) throw std::logic_error("a task waits for a loop that does not run");
        task.take();
    }

    static platform::Settings with_secret(platform::Settings settings, const std::string& webhook_secret) {
        settings.payments.webhook_secret = webhook_secret;
        return settings;
    }

    Task<> maintain() {
        for (;;) {
            co_await loop.sleep_until(loop.now() + kSecond);
            try {
                co_await platform.maintain();
            } catch (const std::exception& error) {
                note_fault("maintain", error);
            }
        }
    }

    /// The sandbox's side of the wire.
    Task<> deliver_webhooks() {
        for (;;) {
            co_await loop.sleep_until(loop.now() + 100 * kMillisecond);
            try {
                co_await provider.deliver(100, [this](std::string body, std::string signature) {
                    return platform.take_webhook(std::move(body), std::move(signature));
                });
            } catch (const std::exception& error) {
                note_fault("deliver_webhooks", error);
            }
        }
    }

    void note_fault(const char* operation, const std::exception& error) {
        JsonOut out;
        out.object().text("time", utc_text(loop.now())).text("level", "error");
        log(out.text("operation", operation).text("fault", error.what()).end().take());
    }

    void begin_drain() {
        if (draining) return loop.stop();
        draining = true;
        platform.retire();
        signals.async_wait([this](const boost::system::error_code& error, int) {
            if (!error) loop.stop();
        });
        server.drain(config.drain_patience, [this] { loop.stop(); });
    }

    Config config;
    std::function<void(const std::string&)> log;
    EventLoop loop;
    WorkerPool workers{loop, config.password_threads, config.password_queue};
    SodiumRandom random;
    SodiumCrypto crypto{workers, config.password_cost};
    SqliteDatabase database;
    SqliteSql sql{database};
    MemoryKv kv{loop};
    SqliteEventLog events{database};
    std::string webhook_secret;
    SqliteDatabase provider_database;
    SandboxProvider provider;
    bool draining = false;
    platform::Platform platform;
    HttpServer server{loop, platform.gateway(), config.limits};
    boost::asio::signal_set signals{loop.context(), SIGINT, SIGTERM};
    uint16_t port = 0;
    Task<> maintenance, webhooks;  // last: destroyed before what they use
};

LiveHost::LiveHost(const Config& config, std::function<void(const std::string&)> log)
    : state_(std::make_unique<State>(config, std::move(log))) {}
LiveHost::~LiveHost() = default;

uint16_t LiveHost::port() const { return state_->port; }
void LiveHost::run() { state_->loop.run(); }
void LiveHost::stop() {
    state_->loop.post([state = state_.get()] { state->begin_drain(); });
}

}  // namespace matinee::live
