// What is kept of streams: where viewers left off, and what they watched.
#include <algorithm>

#include "system/base/service_error.hpp"
#include "system/base/time_text.hpp"
#include "system/events/outbox.hpp"
#include "system/playback/rows.hpp"

namespace matinee::playback {

bool Playback::is_finished(int64_t position_s, int64_t duration_s) const {
    return duration_s > 0 && position_s * 1000 >= duration_s * settings_.finished_per_mille;
}

/// Begun and not nearly at its end. Who stopped before the first second, or went back to the beginning, has nothing to
/// go on with.
bool Playback::is_under_way(const Saved& saved) const {
    return saved.position_s > 0 && !is_finished(saved.position_s, saved.duration_s);
}

/// Whether the position of an open stream is to be believed rather than the one kept.
static bool outranks(TimeNs stream_started_at, TimeNs stream_moved_at, TimeNs claimed_at, TimeNs put_at) {
    return stream_moved_at > 0 && stream_moved_at >= put_at && stream_started_at >= claimed_at;
}

int64_t Playback::resume_position(SqlTransaction& tx, const std::string& profile_id, const std::string& title_id,
                                  const std::vector<Open>& open) const {
    const auto row =
        tx.find("SELECT position_s, claimed_at, put_at FROM positions WHERE profile_id = $1 AND title_id = $2",
                profile_id, title_id);
    int64_t position_s = row ? row->integer(0) : 0;
    TimeNs claimed_at = row ? row->integer(1) : 0;
    const TimeNs put_at = row ? row->integer(2) : 0;
    for (const Open& stream : open) {
        if (stream.profile_id != profile_id || stream.title_id != title_id ||
            !outranks(stream.started_at, stream.moved_at, claimed_at, put_at))
            continue;
        position_s = stream.position_s;
        claimed_at = stream.started_at;
    }
    return position_s;
}

/// Any open stream started later: behind its lifetime the sweep has ended it.
TimeNs Playback::may_be_open_since(TimeNs now) const { return now - settings_.stream_lifetime - kHour; }

/// Positions of streams that are open, in the order of their starts, and the tokens of all that may be farther.
std::vector<Playback::Saved> Playback::open_positions(SqlTransaction& tx, const std::string& user_id,
                                                      const std::string& profile_id,
                                                      std::vector<std::string>& tokens) const {
    const SqlRows rows = tx.query(
        "SELECT title_id, series_id, position_s, duration_s, moved_at, started_at, token FROM streams"
        " WHERE user_id = $1 AND started_at > $2 AND profile_id = $3 AND ended_at IS NULL AND saved_at > started_at"
        " ORDER BY started_at, token",
        user_id, may_be_open_since(clock_.now()), profile_id);
    std::vector<Saved> open;
    for (const SqlRow& row : rows) {
        tokens.push_back(row.text(6));
        if (row.integer(4) == 0) continue;
        open.push_back({row.text(0), row.text(1), row.integer(2), row.integer(3), row.integer(4), row.integer(5), 0});
    }
    return open;
}

namespace {

constexpr const char* kOfSeries =
    "SELECT title_id, series_id, position_s, duration_s, watched_at, claimed_at, put_at FROM positions"
    " WHERE profile_id = $1 AND series_id = $2 ORDER BY watched_at DESC, title_id";
constexpr const char* kUnfinished =
    "SELECT title_id, series_id, position_s, duration_s, watched_at, claimed_at, put_at FROM positions"
    " WHERE profile_id = $1 AND position_s > 0 AND (duration_s = 0 OR position_s * 1000 < duration_s * $2)"
    " ORDER BY watched_at DESC, title_id LIMIT $3";

template <class Saved>
std::vector<Saved> saved_rows(const SqlRows& rows) {
    std::vector<Saved> saved;
    for (const SqlRow& row : rows)
        saved.push_back(
            {row.text(0), row.text(1), row.integer(2), row.integer(3), row.integer(4), row.integer(5), row.integer(6)});
    return saved;
}

/// The kept positions with the open ones laid over them, the latest first.
template <class Saved>
std::vector<Saved> laid_over(std::vector<Saved> kept, const std::vector<Saved>& open) {
    for (const Saved& stream : open) {
        const auto same = std::find_if(kept.begin(), kept.end(),
                                       [&](const Saved& saved) { return saved.title_id == stream.title_id; });
        if (same == kept.end()) {
            kept.push_back(stream);
        } else if (outranks(stream.claimed_at, stream.watched_at, same->claimed_at, same->put_at)) {
            const TimeNs put_at = same->put_at;  // what was set outright still ranks above the streams that follow
            *same = stream;
            same->put_at = put_at;
        }
    }
    std::sort(kept.begin(), kept.end(), [](const Saved& a, const Saved& b) {
        return a.watched_at != b.watched_at ? a.watched_at > b.watched_at : a.title_id < b.title_id;
    });
    return kept;
}

}  // namespace

/// Of episodes that were begun.
std::vector<Playback::Saved> Playback::positions_of_series(SqlTransaction& tx, const std::string& user_id,
                                                           const std::string& profile_id, const std::string& series_id,
                                                           std::vector<std::string>& open_tokens) const {
    std::vector<Saved> open = open_positions(tx, user_id, profile_id, open_tokens);
    std::erase_if(open, [&](const Saved& saved) { return saved.series_id != series_id; });
    std::vector<Saved> all = laid_over(saved_rows<Saved>(tx.query(kOfSeries, profile_id, series_id)), open);
    std::erase_if(all, [](const Saved& saved) { return saved.position_s == 0; });
    return all;
}

Task<std::vector<Progress>> Playback::unfinished(std::string profile_id, size_t limit) {
    const auto select = [&](SqlTransaction& tx, std::vector<std::string>& open_tokens) {
        const std::optional<profiles::Watcher> watcher = needs_.profiles.watcher(tx, profile_id);
        if (!watcher) return std::vector<Saved>();  // it has just been deleted
        const std::vector<Saved> open = open_positions(tx, watcher->user_id, profile_id, open_tokens);
        std::vector<Saved> kept =
            saved_rows<Saved>(tx.query(kUnfinished, profile_id, settings_.finished_per_mille, limit + open.size()));
        // Of titles that are played again, the finished end must not be missed, nor that they were set to the
        // beginning.
        for (const Saved& stream : open) {
            const bool there = std::any_of(kept.begin(), kept.end(),
                                           [&](const Saved& saved) { return saved.title_id == stream.title_id; });
            const auto row = there ? std::nullopt
                                   : tx.find(
                                         "SELECT title_id, series_id, position_s, duration_s, watched_at, claimed_at,"
                                         " put_at FROM positions WHERE profile_id = $1 AND title_id = $2",
                                         profile_id, stream.title_id);
            if (row) kept.push_back(saved_rows<Saved>(SqlRows(1, *row)).front());
        }
        return laid_over(std::move(kept), open);
    };
    const std::vector<Saved> all = co_await read_up_to_date(select);
    std::vector<Progress> begun;
    for (const Saved& saved : all)
        if (begun.size() < limit && is_under_way(saved))
            begun.push_back({.title_id = saved.title_id,
                             .series_id = saved.series_id,
                             .position_s = saved.position_s,
                             .duration_s = saved.duration_s,
                             .watched_at = saved.watched_at});
    co_return begun;
}

Task<> Playback::require_profile(std::string user_id, std::string profile_id) {
    co_await needs_.profiles.of_user(std::move(user_id), std::move(profile_id));
}

Task<std::vector<Begun>> Playback::continue_watching(std::string user_id, std::string profile_id, size_t limit) {
    co_await needs_.profiles.of_user(user_id, profile_id);
    const std::vector<Progress> all = co_await unfinished(profile_id, limit);
    std::vector<Begun> begun;
    for (const Progress& progress : all) {
        std::optional<catalog::Title> title = co_await needs_.titles.find(progress.title_id);
        if (title) begun.push_back({.progress = progress, .title = std::move(*title)});
    }
    co_return begun;
}

Task<std::vector<Viewing>> Playback::history(std::string user_id, std::string profile_id, size_t limit) {
    co_await needs_.profiles.of_user(user_id, profile_id);
    const auto select = [&](SqlTransaction& tx, std::vector<std::string>& open) {
        SqlRows found = tx.query(
            "SELECT stream_id, title_id, series_id, device_id, quality, started_at, ended_at, position_s, watched_s,"
            " duration_s, token FROM streams WHERE user_id = $1 AND profile_id = $2"
            " ORDER BY started_at DESC, token DESC LIMIT $3",
            user_id, profile_id, limit);
        for (const SqlRow& row : found)
            if (row.is_null(6)) open.push_back(row.text(10));
        return found;
    };
    const SqlRows rows = co_await read_up_to_date(select);
    std::vector<Viewing> viewings;
    for (const SqlRow& row : rows)
        viewings.push_back({.stream_id = row.text(0),
                            .title_id = row.text(1),
                            .series_id = row.text(2),
                            .device_id = row.text(3),
                            .quality = row.text(4),
                            .started_at = row.integer(5),
                            .ended_at = row.is_null(6) ? std::nullopt : std::optional<TimeNs>(row.integer(6)),
                            .position_s = row.integer(7),
                            .watched_s = row.integer(8),
                            .duration_s = row.integer(9)});
    co_return viewings;
}

Task<Progress> Playback::set_position(std::string user_id, std::string profile_id, std::string title_id,
                                      int64_t position_s) {
    co_await needs_.profiles.of_user(user_id, profile_id);
    const std::optional<catalog::Title> title = co_await needs_.titles.find(title_id);
    if (!title) throw ServiceError(ErrorCode::NotFound, "there is no such title");
    if (title->type == catalog::TitleType::Series)
        throw ServiceError(ErrorCode::InvalidField, "title_id is a series; its episodes have positions", "title_id");
    const TimeNs now = clock_.now();
    const int64_t within_s = clamped(position_s, title->duration_s);
    const auto put = [&](SqlTransaction& tx) {
        const int64_t stored = tx.execute(
            "INSERT INTO positions(profile_id, title_id, series_id, position_s, duration_s, watched_at, claimed_at,"
            " put_at) SELECT $1, $2, $3, $4, $5, $6, 0, $6"
            " WHERE NOT EXISTS (SELECT 1 FROM playback_erased WHERE id = $1)"
            " ON CONFLICT(profile_id, title_id) DO UPDATE SET series_id = excluded.series_id,"
            " position_s = excluded.position_s, duration_s = excluded.duration_s, watched_at = excluded.watched_at,"
            " put_at = excluded.put_at",
            profile_id, title_id, title->series_id, within_s, title->duration_s, now);
        if (stored == 0) throw ServiceError(ErrorCode::NotFound);
    };
    co_await sql_.write(put);
    co_return Progress{.title_id = title_id,
                       .series_id = title->series_id,
                       .position_s = within_s,
                       .duration_s = title->duration_s,
                       .watched_at = now};
}

/// Where nothing that ranks higher stands there already.
void Playback::keep_position(SqlTransaction& tx, const std::string& profile_id, const Saved& saved) {
    tx.execute(
        "INSERT INTO positions(profile_id, title_id, series_id, position_s, duration_s, watched_at, claimed_at, put_at)"
        " SELECT $1, $2, $3, $4, $5, $6, $7, 0 WHERE NOT EXISTS (SELECT 1 FROM playback_erased WHERE id = $1)"
        " ON CONFLICT(profile_id, title_id) DO UPDATE SET series_id = excluded.series_id,"
        " position_s = excluded.position_s, duration_s = excluded.duration_s, watched_at = excluded.watched_at,"
        " claimed_at = excluded.claimed_at"
        " WHERE positions.claimed_at <= excluded.claimed_at AND positions.put_at <= excluded.watched_at",
        profile_id, saved.title_id, saved.series_id, saved.position_s, saved.duration_s, saved.watched_at,
        saved.claimed_at);
}

/// Closes the row, once, and keeps its position, as often as there is a newer one.
void Playback::end_stream(SqlTransaction& tx, const Place& place, TimeNs at) const {
    const auto row = tx.find(
        "SELECT stream_id, profile_id, title_id, series_id, position_s, duration_s, moved_at, ended_at IS NULL"
        " FROM streams WHERE user_id = $1 AND started_at = $2 AND token = $3",
        place.user_id, place.started_at, place.token);
    if (!row) return;
    if (row->integer(6) > 0)
        keep_position(
            tx, row->text(1),
            {row->text(2), row->text(3), row->integer(4), row->integer(5), row->integer(6), place.started_at, 0});
    if (row->integer(7) == 0) return;
    tx.execute("UPDATE streams SET ended_at = $1 WHERE user_id = $2 AND started_at = $3 AND token = $4", at,
               place.user_id, place.started_at, place.token);
    events::append(tx, stream_event(kStopped, row->text(0), place.user_id, row->text(1), row->text(2), at));
}

Task<> Playback::stop(std::string user_id, std::string token, std::optional<int64_t> position_s) {
    const TimeNs now = clock_.now();
    const std::optional<KvEntry> entry = co_await kv_.get(stream_key(token));
    const std::optional<Stream> noted = entry ? Stream::parse(entry->value) : std::nullopt;
    const auto [first, behind] = start_of(token);
    const auto end = [&, first = first, behind = behind](SqlTransaction& tx) {
        const auto row = tx.find(
            "SELECT duration_s, position_s, moved_at, watched_s, saved_at, stopped, ended_at IS NULL, started_at"
            " FROM streams WHERE user_id = $1 AND started_at >= $2 AND started_at < $3 AND token = $4",
            user_id, first, behind, token);
        if (!row) throw ServiceError(ErrorCode::NotFound, "there is no such stream");
        if (row->integer(5) != 0) return;
        int64_t last_s = row->integer(1), watched_s = row->integer(3);
        TimeNs moved_at = row->integer(2), heard_at = row->integer(4);
        if (noted && noted->user_id == user_id && noted->saved_at >= heard_at) {
            last_s = noted->position_s;
            watched_s = noted->watched_s;
            moved_at = noted->moved_at;
            heard_at = noted->beat_at;
        }
        if (position_s) {
            const int64_t stopped_s = clamped(*position_s, row->integer(0));
            const int64_t most_s = row->integer(6) != 0 ? std::max<TimeNs>(0, now - heard_at) / kSecond : 0;
            watched_s += std::clamp<int64_t>(stopped_s - last_s, 0, most_s);
            if (stopped_s != last_s || moved_at == 0) moved_at = now;
            last_s = stopped_s;
        }
        const Place place{user_id, row->integer(7), token};
        tx.execute(
            "UPDATE streams SET position_s = $1, moved_at = $2, watched_s = $3, stopped = 1"
            " WHERE user_id = $4 AND started_at = $5 AND token = $6",
            last_s, moved_at, watched_s, place.user_id, place.started_at, place.token);
        end_stream(tx, place, now);
    };
    co_await sql_.write(end);
    co_await note_over(std::move(token));
}

Task<size_t> Playback::end_abandoned(size_t limit) {
    const TimeNs now = clock_.now();
    const auto select = [&](SqlTransaction& tx) {
        return tx.query(
            "SELECT user_id, started_at, token FROM streams WHERE ended_at IS NULL AND check_at <= $1"
            " ORDER BY check_at, user_id, started_at, token LIMIT $2",
            now, limit);
    };
    const SqlRows due = co_await sql_.read(select);
    if (due.empty()) co_return 0;
    std::vector<Place> places;
    for (const SqlRow& row : due) places.push_back({row.text(0), row.integer(1), row.text(2)});
    Noted beating = co_await noted(tokens_of(places));
    const Noted silent = co_await take_silent(beating);
    const auto end = [&](SqlTransaction& tx) {
        end_silent(tx, silent);
        for (const auto& [token, stream] : beating) write(tx, token, stream, stream.beat_at, "");
        for (const Place& place : places) {
            const bool lives = tx.execute(
                                   "UPDATE streams SET check_at = lease_until"
                                   " WHERE user_id = $1 AND started_at = $2 AND token = $3 AND ended_at IS NULL"
                                   " AND lease_until > $4",
                                   place.user_id, place.started_at, place.token, now) == 1;
            if (lives) continue;
            const auto lease = tx.find(
                "SELECT lease_until FROM streams"
                " WHERE user_id = $1 AND started_at = $2 AND token = $3 AND ended_at IS NULL",
                place.user_id, place.started_at, place.token);
            if (lease) end_stream(tx, place, lease->integer(0));
        }
    };
    co_await sql_.write(end);
    co_return due.size();
}

}  // namespace matinee::playback
