#include "system/events/batch.hpp"

namespace matinee::events {

Task<size_t> consume_together(Sql& sql, EventLog& log, std::string consumer, std::string topic, size_t limit,
                              std::function<void(SqlTransaction&, const Event&)> apply) {
    const auto find_position = [&](SqlTransaction& tx) {
        const auto row =
            tx.find("SELECT position FROM consumer_positions WHERE consumer = $1 AND topic = $2", consumer, topic);
        return row ? row->integer(0) : 0;
    };
    const int64_t position = co_await sql.read(find_position);
    const std::vector<LoggedEvent> found = co_await log.read(topic, position, limit);
    if (found.empty()) co_return 0;
    const auto apply_all = [&](SqlTransaction& tx) {
        for (const LoggedEvent& logged : found) {
            const int64_t first_time =
                tx.execute("INSERT INTO consumed_events(consumer, event_id) VALUES($1, $2) ON CONFLICT DO NOTHING",
                           consumer, logged.event.event_id);
            if (first_time == 1) apply(tx, logged.event);
        }
        tx.execute(
            "INSERT INTO consumer_positions(consumer, topic, position) VALUES($1, $2, $3)"
            " ON CONFLICT(consumer, topic) DO UPDATE SET position = excluded.position"
            " WHERE consumer_positions.position < excluded.position",
            consumer, topic, found.back().position);
    };
    co_await sql.write(apply_all);
    co_return found.size();
}

}  // namespace matinee::events
