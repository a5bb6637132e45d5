#include "system/live/host.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>

#include "system/base/encoding.hpp"
#include "system/base/errors.hpp"
#include "system/base/time_text.hpp"
#include "system/embedded/memory_kv.hpp"
#include "system/embedded/sqlite_database.hpp"
#include "system/embedded/sqlite_event_log.hpp"
#include "system/embedded/sqlite_search.hpp"
#include "system/live/data_folder.hpp"

namespace matinee::live {

namespace {

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
          database(database_file(c.data, kMainDatabase),
                   c.survive_power_loss ? SqliteDatabase::Durability::PowerLoss : SqliteDatabase::Durability::Process),
          search_database(database_file(c.data, kSearchDatabase), SqliteDatabase::Durability::Process),
          search(search_database, to_hex(random.bytes(16))),
          platform({loop, random, sql, kv, events, crypto, search}, c.platform) {
        run_to_end(platform.prepare());
        platform.gateway().observe([this](const gateway::Handled& handled) {
            if (config.log_requests || handled.status >= 500) log(log_line(handled));
        });
        port = server.listen(config.address, config.port);
        maintenance = maintain();
        maintenance.start();
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

    Task<> maintain() {
        for (;;) {
            co_await loop.sleep_until(loop.now() + kSecond);
            try {
                co_await platform.maintain();
            } catch (const std::exception& error) {
                JsonOut out;
                out.object().text("time", utc_text(loop.now())).text("level", "error");
                log(out.text("operation", "maintain").text("fault", error.what()).end().take());
            }
        }
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
    SqliteDatabase search_database;
    SqliteSearch search;
    bool draining = false;
    platform::Platform platform;
    HttpServer server{loop, platform.gateway(), config.limits};
    boost::asio::signal_set signals{loop.context(), SIGINT, SIGTERM};
    uint16_t port = 0;
    Task<> maintenance;  // last: destroyed before what it uses
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
