#include "system/live/host.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <filesystem>

#include "system/base/errors.hpp"
#include "system/base/time_text.hpp"
#include "system/embedded/memory_kv.hpp"
#include "system/embedded/sqlite_database.hpp"
#include "system/embedded/sqlite_event_log.hpp"
#include "system/embedded/sqlite_search.hpp"
#include "system/gateway/trace.hpp"
#include "system/live/chosen_provider.hpp"
#include "system/live/data_folder.hpp"
#include "system/live/group_commit.hpp"
#include "system/live/startup.hpp"

namespace matinee::live {

namespace fs = std::filesystem;

namespace {

/// Ours to look at. (501 is a method that somebody made up.)
bool is_fault(int status) { return status >= 500 && status != 501; }

std::string log_line(const gateway::Handled& handled) {
    JsonOut out;
    out.object().text("time", utc_text(handled.started_at)).text("level", is_fault(handled.status) ? "error" : "info");
    out.text("request_id", handled.request_id).text("operation", handled.operation_id);
    out.integer("status", handled.status).integer("took_us", handled.took / kMicrosecond);
    out.text("trace_id", gateway::trace_of(handled.request, handled.request_id).trace_id);
    if (!handled.fault.empty()) out.text("fault", handled.fault);
    return out.end().take();
}

}  // namespace

struct LiveHost::State {
    State(const Config& c, std::function<void(const std::string&)> l)
        : config(c),
          log(std::move(l)),
          folder(c.data),
          writer(database_file(c.data, kMainDatabase),
                 c.survive_power_loss ? SqliteDatabase::Durability::PowerLoss : SqliteDatabase::Durability::Process),
          reader(database_file(c.data, kMainDatabase), SqliteDatabase::Durability::ReadsOnly),
          log_mover(database_file(c.data, kMainDatabase), SqliteDatabase::Durability::ReadsOnly),
          provider(c, loop, random, [this](const std::string& what) { note("error", "payment_provider", what); }),
          search_database(database_file(c.data, kSearchDatabase), SqliteDatabase::Durability::Process),
          search(search_database),
          platform({loop, random, sql, kv, events, crypto, provider.port(), search},
                   with_secret(c.platform, provider.webhook_secret())) {
        prepare_databases();
        platform.gateway().observe([this](const gateway::Handled& handled) {
            if (config.log_requests || is_fault(handled.status)) log(log_line(handled));
        });
        platform.add_readiness([this] { return require_writes(); });
        platform.add_metrics([this](gateway::MetricsText& text) { write_metrics(text); });
        if (!config.tls_certificate.empty()) load_certificate();
        port = server.listen(config.address, config.port);
        sql.start();
        maintenance = maintain();
        maintenance.start();
        webhooks = deliver_webhooks();
        webhooks.start();
        signals.async_wait([this](const boost::system::error_code& error, int) {
            if (!error) begin_drain();
        });
        await_hangup();
    }

    static platform::Settings with_secret(platform::Settings settings, const std::string& webhook_secret) {
        settings.payments.webhook_secret = webhook_secret;
        return settings;
    }

    /// Tables, and a write that goes to the disk: a full one is to be met now, not at the first customer.
    void prepare_databases() {
        prepare(platform, writer, config.data);
        auto note_start = [&](SqlTransaction& tx) {
            tx.execute("CREATE TABLE IF NOT EXISTS host_starts(id BIGINT PRIMARY KEY, at BIGINT NOT NULL)");
            tx.execute("INSERT INTO host_starts(id, at) VALUES(1, $1) ON CONFLICT(id) DO UPDATE SET at = $1",
                       loop.now());
            tx.execute("CREATE TABLE IF NOT EXISTS host_probes(id BIGINT PRIMARY KEY, at BIGINT NOT NULL)");
            tx.execute("INSERT INTO host_probes(id, at) VALUES(1, 0) ON CONFLICT DO NOTHING");
        };
        writer.transact(Sql::Access::Write, SqlBody(note_start));
    }

    /// What the latest commit said; where that is long ago, what one says that is made to find out. All who ask
    /// within a second share it.
    Task<> require_writes() {
        static constexpr TimeNs kHolds = 10 * kSecond, kPause = kSecond;
        const TimeNs now = loop.now();
        const bool is_old = now >= sql.latest().at + (sql.latest().fault.empty() ? kHolds : kPause);
        if (is_old && now >= next_probe) {
            next_probe = now + kPause;
            const auto touch = [now](SqlTransaction& tx) { tx.execute("UPDATE host_probes SET at = $1", now); };
            try {
                co_await sql.write(touch);
            } catch (const SqlError&) {
                // The outcome has it.
            }
        }
        const std::string& fault = sql.latest().fault;
        if (!fault.empty())  // without the statement
            throw ServiceError(ErrorCode::Unavailable, "writes are refused: " + fault.substr(0, fault.find(" in: ")));
    }

    Task<> maintain() {
        for (;;) {
            co_await loop.sleep_until(loop.now() + kSecond);
            try {
                renew_certificate();
                co_await platform.maintain();
            } catch (const std::exception& error) {
                note("error", "maintain", error.what());
            }
        }
    }

    Task<> deliver_webhooks() {
        for (;;) {
            co_await loop.sleep_until(loop.now() + 100 * kMillisecond);
            try {
                co_await provider.deliver([this](std::string body, std::string signature) {
                    return platform.take_webhook(std::move(body), std::move(signature));
                });
            } catch (const std::exception& error) {
                note("error", "deliver_webhooks", error.what());
            }
        }
    }

    void note(const char* level, const char* operation, const std::string& what) {
        JsonOut out;
        out.object().text("time", utc_text(loop.now())).text("level", level);
        log(out.text("operation", operation).text("fault", what).end().take());
    }

    /// When the files were written last; what cannot be looked at was written never.
    std::pair<fs::file_time_type, fs::file_time_type> certificate_times() const {
        std::error_code ignored;
        return {fs::last_write_time(config.tls_certificate, ignored), fs::last_write_time(config.tls_key, ignored)};
    }
    void load_certificate() {
        certificate_of = certificate_times();
        server.use_certificate(config.tls_certificate, config.tls_key);
    }
    /// Takes new files once they have not changed for a second: whoever replaces two of them does so one by one.
    void renew_certificate() {
        if (config.tls_certificate.empty()) return;
        const auto now = certificate_times();
        const bool settled = std::exchange(certificate_seen, now) == now;
        if (!settled || now == certificate_of) return;
        certificate_of = now;
        reload_certificate();
    }
    void reload_certificate() {
        try {
            load_certificate();
            note("info", "certificate", "");
        } catch (const MachineError& error) {
            note("error", "certificate", std::string(error.what()) + "; the old one stays");
        }
    }
    void await_hangup() {
        hangup.async_wait([this](const boost::system::error_code& error, int) {
            if (error) return;
            if (!config.tls_certificate.empty()) reload_certificate();
            await_hangup();
        });
    }

    void write_metrics(gateway::MetricsText& text) const {
        text.gauge("matinee_connections", "Open connections", int64_t(server.connections()));
        text.counter("matinee_connections_accepted", "Connections accepted", int64_t(server.accepted()));
        text.counter("matinee_connections_turned_away", "Connections closed because there were too many",
                     int64_t(server.turned_away()));
        text.gauge("matinee_sql_writes_waiting", "Writing transactions that wait for their commit",
                   int64_t(sql.waiting()));
        text.counter("matinee_sql_writes", "Writing transactions", sql.counts().writes);
        text.counter("matinee_sql_commits", "Commits that they shared", sql.counts().commits);
        text.counter("matinee_sql_commits_failed", "Commits of which nothing is left", sql.counts().failed);
        provider.write_metrics(text);
        text.gauge("matinee_kv_keys", "Keys in the key-value store", int64_t(kv.size()));
    }

    void begin_drain() {
        if (draining) return loop.stop();
        draining = true;
        platform.retire();
        signals.async_wait([this](const boost::system::error_code& error, int) {
            if (!error) loop.stop();
        });
        server.drain(config.drain_patience, [this] {
            closing = close();
            closing.start();
        });
    }

    Task<> close() {
        try {
            co_await platform.close();
        } catch (const std::exception& error) {
            note("error", "close", error.what());
        }
        loop.stop();
    }

    Config config;
    std::function<void(const std::string&)> log;
    FolderLock folder;
    EventLoop loop;
    WorkerPool workers{loop, config.password_threads, config.password_queue};
    SodiumRandom random;
    SodiumCrypto crypto{workers, config.password_cost};
    SqliteDatabase writer;
    SqliteDatabase reader;
    SqliteDatabase log_mover;
    Checkpointer checkpointer{log_mover};
    GroupCommitSql sql{loop, writer, reader, &checkpointer};
    MemoryKv kv{loop};
    SqliteEventLog events{writer, sql};
    ChosenProvider provider;
    SqliteDatabase search_database;
    SqliteSearch search;
    bool draining = false;
    platform::Platform platform;
    HttpServer server{loop, platform.gateway(), config.limits, TrustedProxies(config.trusted_proxies)};
    boost::asio::signal_set signals{loop.context(), SIGINT, SIGTERM};
    boost::asio::signal_set hangup{loop.context(), SIGHUP};
    std::pair<fs::file_time_type, fs::file_time_type> certificate_of, certificate_seen;
    uint16_t port = 0;
    TimeNs next_probe = 0;
    Task<> maintenance, webhooks, closing;  // last: destroyed before what they use
};

LiveHost::LiveHost(const Config& config, std::function<void(const std::string&)> log) {
    try {
        state_ = std::make_unique<State>(config, std::move(log));
    } catch (const SqlError& error) {
        throw MachineError("the databases in " + config.data + " cannot be used: " + error.what());
    }
}
LiveHost::~LiveHost() = default;

uint16_t LiveHost::port() const { return state_->port; }
void LiveHost::run() { state_->loop.run(); }
void LiveHost::stop() {
    state_->loop.post([state = state_.get()] { state->begin_drain(); });
}

}  // namespace matinee::live
