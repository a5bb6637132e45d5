#include "system/events/retention.hpp"

#include <algorithm>

namespace matinee::events {

namespace {

struct Followers {
    std::vector<std::string> consumers;
    int64_t read_by_all = INT64_MAX;  ///< the position up to which each of them has read
};

Task<Followers> followers_of(Sql& sql, std::string topic) {
    const auto select = [&](SqlTransaction& tx) {
        return tx.query("SELECT consumer, position FROM consumer_positions WHERE topic = $1 ORDER BY consumer", topic);
    };
    const SqlRows rows = co_await sql.read(select);
    Followers followers;
    for (const SqlRow& row : rows) {
        followers.consumers.push_back(row.text(0));
        followers.read_by_all = std::min(followers.read_by_all, row.integer(1));
    }
    co_return followers;
}

/// The notes first: an event without notes is behind everybody and does no harm, a note without its event would never
/// be found again.
Task<> drop(Sql& sql, EventLog& log, std::string topic, const Followers& followers,
            const std::vector<LoggedEvent>& gone) {
    const auto forget = [&](SqlTransaction& tx) {
        for (const std::string& consumer : followers.consumers)
            for (const LoggedEvent& logged : gone)
                tx.execute("DELETE FROM consumed_events WHERE consumer = $1 AND event_id = $2", consumer,
                           logged.event.event_id);
    };
    if (!followers.consumers.empty()) co_await sql.write(forget);
    std::vector<int64_t> positions;
    for (const LoggedEvent& logged : gone) positions.push_back(logged.position);
    co_await log.remove(std::move(topic), std::move(positions));
}

Task<size_t> trim_topic(Sql& sql, EventLog& log, std::string topic, TimeNs retention, TimeNs now, size_t limit) {
    std::vector<LoggedEvent> oldest = co_await log.read(topic, 0, 1);
    if (oldest.empty() || oldest.front().event.at >= now - retention) co_return 0;
    const Followers followers = co_await followers_of(sql, topic);
    const std::vector<LoggedEvent> unread = co_await log.read(topic, followers.read_by_all, 1);
    if (!unread.empty() && unread.front().event.at < now - retention / 2) co_return 0;
    oldest = co_await log.read(topic, 0, limit);
    const auto stays = [&](const LoggedEvent& logged) {
        return logged.position > followers.read_by_all || logged.event.at >= now - retention;
    };
    oldest.erase(std::find_if(oldest.begin(), oldest.end(), stays), oldest.end());
    if (!oldest.empty()) co_await drop(sql, log, topic, followers, oldest);
    co_return oldest.size();
}

/// False where somebody has yet to read of the key: then all of it stays.
Task<bool> erase_from(Sql& sql, EventLog& log, std::string topic, std::string key,
                      const std::function<bool(const Event&)>& stays) {
    static constexpr size_t kBatch = 100;
    const Followers followers = co_await followers_of(sql, topic);
    const std::vector<LoggedEvent> unread = co_await log.read_about(topic, key, followers.read_by_all, 1);
    if (!unread.empty()) co_return false;
    for (int64_t after = 0;;) {
        std::vector<LoggedEvent> found = co_await log.read_about(topic, key, after, kBatch);
        if (found.empty()) co_return true;
        after = found.back().position;
        if (after > followers.read_by_all) co_return false;  // it has come meanwhile
        std::erase_if(found, [&](const LoggedEvent& logged) { return stays(logged.event); });
        if (!found.empty()) co_await drop(sql, log, topic, followers, found);
    }
}

/// When to look again at a key that was noted at a time, ever more seldom; nothing: no more.
std::optional<TimeNs> next_look(bool is_clean, TimeNs noted_at, TimeNs now) {
    if (!is_clean) return now + kMinute;
    if (now >= noted_at + kDay) return std::nullopt;
    return now + std::max(now - noted_at, kMinute);
}

}  // namespace

void create_erasures(SqlTransaction& tx) {
    tx.execute(
        "CREATE TABLE IF NOT EXISTS log_erasures("
        "  key TEXT PRIMARY KEY, noted_at BIGINT NOT NULL, due_at BIGINT NOT NULL) /* clustered */");
    tx.execute("CREATE INDEX IF NOT EXISTS log_erasures_due ON log_erasures(due_at)");
}

void enrol(SqlTransaction& tx, const std::string& consumer, const std::string& topic) {
    tx.execute("INSERT INTO consumer_positions(consumer, topic, position) VALUES($1, $2, 0) ON CONFLICT DO NOTHING",
               consumer, topic);
}

Task<size_t> trim(Sql& sql, EventLog& log, const Settings& settings, TimeNs now, size_t limit) {
    const std::vector<std::string> topics = co_await log.topics();
    size_t removed = 0;
    for (const std::string& topic : topics)
        removed += co_await trim_topic(sql, log, topic, settings.retention, now, limit);
    co_return removed;
}

void note_erasure(SqlTransaction& tx, const std::string& key, TimeNs now) {
    tx.execute("INSERT INTO log_erasures(key, noted_at, due_at) VALUES($1, $2, $2) ON CONFLICT DO NOTHING", key, now);
}

Task<size_t> erase_noted(Sql& sql, EventLog& log, TimeNs now, size_t limit, std::function<bool(const Event&)> stays) {
    const auto select = [&](SqlTransaction& tx) {
        return tx.query("SELECT key, noted_at FROM log_erasures WHERE due_at <= $1 ORDER BY due_at, key LIMIT $2", now,
                        limit);
    };
    const SqlRows due = co_await sql.read(select);
    if (due.empty()) co_return 0;
    const std::vector<std::string> topics = co_await log.topics();
    for (const SqlRow& row : due) {
        const std::string key = row.text(0);
        bool is_clean = true;
        for (const std::string& topic : topics) {
            const bool erased = co_await erase_from(sql, log, topic, key, stays);
            is_clean = is_clean && erased;
        }
        const std::optional<TimeNs> again = next_look(is_clean, row.integer(1), now);
        const auto note = [&](SqlTransaction& tx) {
            if (again)
                tx.execute("UPDATE log_erasures SET due_at = $1 WHERE key = $2", *again, key);
            else
                tx.execute("DELETE FROM log_erasures WHERE key = $1", key);
        };
        co_await sql.write(note);
    }
    co_return due.size();
}

}  // namespace matinee::events
