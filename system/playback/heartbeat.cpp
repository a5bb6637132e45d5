// Heartbeats: the most frequent request there is, so the cheapest.
//
// A heartbeat that tells nothing new is not written to the database: the player still plays, and its position is where
// the clock says it must be. The key-value store remembers such heartbeats, with a compare-and-set against the row that
// was written last. Written are: a stream's first, one whose position is not what the last written one and the clock
// predict (a seek, in either direction), and every one when the row is `save_every` old. The row's lease reaches
// `save_every` further than the player was promised, so that it covers what is not written.
//
// Whoever reads open streams has their rows brought up to date first (`write_up`), and so has a host that ends in order
// (`write_up_all`). What a crash can cost, with everything in the key-value store lost:
// - No screen too many. Screens are counted by rows alone, and a row's lease is never shorter than the promise. A
//   vanished player may hold its screen up to `save_every` longer, because only the store knew when it fell silent.
// - No stop, no position that was set, no start: these are written before they are acknowledged.
// - Of a position only what a viewer watched, without any jump, in less than `save_every`; the answer to a heartbeat
//   promises the lease, and the position to within that. With save_every = 0 every heartbeat is written.
#include <algorithm>
#include <array>
#include <cstring>

#include "system/base/service_error.hpp"
#include "system/playback/rows.hpp"

namespace matinee::playback {

/// How far a position may be from the predicted one and count as nothing new: rounding, and the network's delays.
static constexpr int64_t kSlackS = 2;

std::string Playback::Stream::bytes() const {
    const std::array numbers = {duration_s, started_at, saved_at,  saved_position_s, beat_at,
                                position_s, moved_at,   watched_s, sequence};
    std::string bytes;
    bytes.reserve(sizeof numbers + user_id.size());
    return bytes.append(reinterpret_cast<const char*>(numbers.data()), sizeof numbers).append(user_id);
}

std::optional<Playback::Stream> Playback::Stream::parse(const std::string& bytes) {
    std::array<int64_t, 9> numbers;
    if (bytes.size() < sizeof numbers) return std::nullopt;  // kEnding, kOver
    std::memcpy(numbers.data(), bytes.data(), sizeof numbers);
    return Stream{.user_id = bytes.substr(sizeof numbers),
                  .duration_s = numbers[0],
                  .started_at = numbers[1],
                  .saved_at = numbers[2],
                  .saved_position_s = numbers[3],
                  .beat_at = numbers[4],
                  .position_s = numbers[5],
                  .moved_at = numbers[6],
                  .watched_s = numbers[7],
                  .sequence = numbers[8]};
}

TimeNs Playback::lease_until(TimeNs started_at, TimeNs now) const {
    return std::min(now + settings_.lease + settings_.save_every, started_at + settings_.stream_lifetime);
}

[[noreturn]] static void refuse() { throw ServiceError(ErrorCode::NotFound, "there is no such stream, or it is over"); }

/// A stream that the key-value store knows nothing of, and that has not ended. NotFound.
Task<Playback::Stream> Playback::load(const std::string& user_id, const std::string& token) {
    const auto [first, behind] = start_of(token);
    const auto select = [&, first = first, behind = behind](SqlTransaction& tx) {
        return tx.find(
            "SELECT duration_s, started_at, saved_at, position_s, moved_at, watched_s, sequence, lease_until"
            " FROM streams WHERE user_id = $1 AND started_at >= $2 AND started_at < $3 AND token = $4"
            " AND ended_at IS NULL",
            user_id, first, behind, token);
    };
    const std::optional<SqlRow> row = co_await sql_.read(select);
    if (!row) refuse();
    // When the player was heard last, nobody knows any more; it gets the benefit of the doubt.
    co_return Stream{.user_id = user_id,
                     .duration_s = row->integer(0),
                     .started_at = row->integer(1),
                     .saved_at = row->integer(2),
                     .saved_position_s = row->integer(3),
                     .beat_at = row->integer(7) - settings_.lease,
                     .position_s = row->integer(3),
                     .moved_at = row->integer(4),
                     .watched_s = row->integer(5),
                     .sequence = row->integer(6),
                     .version = 0};
}

/// How long the key-value store keeps what was so at `at`: longer than any copy of a stream that a heartbeat may still
/// be about to put there, and until the sweep over rows whose leases ran out must have come by.
TimeNs Playback::over_until(TimeNs at) const { return at + settings_.lease + settings_.save_every + kMinute; }

bool Playback::is_open(const Stream& stream, const std::string& user_id, TimeNs now) const {
    return stream.user_id == user_id && now < stream.beat_at + settings_.lease &&
           now < stream.started_at + settings_.stream_lifetime;
}

void Playback::apply(Stream& stream, const Heartbeat& beat, TimeNs now) const {
    const TimeNs heard_at = stream.version == 0 ? stream.saved_at : stream.beat_at;  // at its position
    const TimeNs silence = std::max<TimeNs>(0, now - heard_at);
    stream.beat_at = std::max(heard_at, now);
    // Overtaken by a later one, as its number says, or, without one, as the order of arrival does.
    if (beat.sequence ? *beat.sequence <= stream.sequence : now < std::max(stream.moved_at, stream.saved_at)) return;
    if (beat.sequence) stream.sequence = *beat.sequence;
    const int64_t position_s = clamped(beat.position_s, stream.duration_s);
    if (position_s == stream.position_s) return;
    const int64_t forward_s = std::max<int64_t>(0, position_s - stream.position_s);
    stream.watched_s += std::min(forward_s, silence / kSecond + kSlackS);  // a jump is not watched
    stream.position_s = position_s;
    stream.moved_at = now;
}

bool Playback::must_save(const Stream& stream, TimeNs now) const {
    const TimeNs age = now - stream.saved_at;
    if (stream.version == 0 || age >= settings_.save_every) return true;
    if (stream.position_s == stream.saved_position_s) return false;
    return stream.position_s < stream.saved_position_s ||
           stream.position_s > stream.saved_position_s + age / kSecond + kSlackS;
}

/// What is known of a stream at `at`, into its row. False where it ended, or something later has been written.
bool Playback::write(SqlTransaction& tx, const std::string& token, const Stream& stream, TimeNs at,
                     std::string_view quality) const {
    return tx.execute(
               "UPDATE streams SET position_s = $1, moved_at = $2, watched_s = $3, sequence = $4, saved_at = $5,"
               " lease_until = $6, quality = CASE WHEN $7 = '' THEN quality ELSE $7 END"
               " WHERE user_id = $8 AND started_at = $9 AND token = $10 AND ended_at IS NULL AND saved_at <= $5",
               stream.position_s, stream.moved_at, stream.watched_s, stream.sequence, at,
               lease_until(stream.started_at, at), quality, stream.user_id, stream.started_at, token) == 1;
}

Task<bool> Playback::save(const Stream& stream, const Heartbeat& beat, TimeNs now) {
    const auto update = [&](SqlTransaction& tx) { return write(tx, beat.token, stream, now, beat.quality); };
    co_return co_await sql_.write(update);
}

Task<> Playback::heartbeat(const std::string& user_id, const Heartbeat& beat) {
    const TimeNs now = clock_.now();
    const std::string key = stream_key(beat.token);
    // Several heartbeats of one stream at once come from no honest player; the last tries suffice for a delayed one.
    for (int tries = 0; tries < 3; ++tries) {
        const std::optional<KvEntry> known = co_await kv_.get(key);
        std::optional<Stream> found = known ? Stream::parse(known->value) : std::nullopt;
        if (known && known->value == kOver) refuse();
        const uint64_t version = known ? known->version : 0;
        if (found)
            found->version = version;
        else
            found = co_await load(user_id, beat.token);
        Stream& stream = *found;
        if (!is_open(stream, user_id, clock_.now())) refuse();
        apply(stream, beat, now);
        const bool written = must_save(stream, now);
        if (written) {
            if (!co_await save(stream, beat, now)) {
                co_await kv_.erase(key);  // what it says is older than the row
                continue;
            }
            stream.saved_at = now;
            stream.saved_position_s = stream.position_s;
        }
        const TimeNs expires_at = over_until(stream.beat_at);
        const bool noted = co_await kv_.compare_and_set(key, version, stream.bytes(), expires_at);
        if (written || noted) co_return;
    }
}

/// Those of the streams that the key-value store knows of.
Task<Playback::Noted> Playback::noted(std::vector<std::string> tokens) {
    Noted found;
    for (std::string& token : tokens) {
        const std::optional<KvEntry> known = co_await kv_.get(stream_key(token));
        std::optional<Stream> stream = known ? Stream::parse(known->value) : std::nullopt;
        if (!stream) continue;
        stream->version = known->version;
        found.emplace_back(std::move(token), std::move(*stream));
    }
    co_return found;
}

/// Brings the rows of open streams up to date. False where they were.
Task<bool> Playback::write_up(std::vector<std::string> tokens) {
    Noted streams = co_await noted(std::move(tokens));
    std::erase_if(streams, [](const auto& one) { return one.second.beat_at <= one.second.saved_at; });
    if (streams.empty()) co_return false;
    const auto update = [&](SqlTransaction& tx) {
        for (const auto& [token, stream] : streams) write(tx, token, stream, stream.beat_at, "");
    };
    co_await sql_.write(update);
    co_return true;
}

Task<> Playback::write_up_all() {
    static constexpr size_t kBatch = 500;
    // In the order of the sweep's index, which has open streams alone; writing them up does not move them there.
    TimeNs check_at = 0;
    Place last;
    for (;;) {
        const auto select = [&](SqlTransaction& tx) {
            return tx.query(
                "SELECT check_at, user_id, started_at, token FROM streams WHERE ended_at IS NULL"
                " AND (check_at, user_id, started_at, token) > ($1, $2, $3, $4)"
                " ORDER BY check_at, user_id, started_at, token LIMIT $5",
                check_at, last.user_id, last.started_at, last.token, kBatch);
        };
        const SqlRows rows = co_await sql_.read(select);
        if (rows.empty()) co_return;
        check_at = rows.back().integer(0);
        last = {rows.back().text(1), rows.back().integer(2), rows.back().text(3)};
        std::vector<std::string> tokens;
        for (const SqlRow& row : rows) tokens.push_back(row.text(3));
        co_await write_up(std::move(tokens));
    }
}

/// Takes out those whose players have been silent for `lease`. From now on their rows decide: a heartbeat on its way has
/// either changed the note by now, and its stream stays, or must be written, before the stream is ended or never.
Task<Playback::Noted> Playback::take_silent(Noted& streams) {
    const TimeNs now = clock_.now();
    Noted silent, others;
    for (auto& one : streams) {
        bool is_silent = one.second.beat_at + settings_.lease <= now;
        if (is_silent) {
            const std::string key = stream_key(one.first);
            is_silent = co_await kv_.compare_and_set(key, one.second.version, kEnding, over_until(now));
        }
        (is_silent ? silent : others).push_back(std::move(one));
    }
    streams = std::move(others);
    co_return silent;
}

/// At what they last said, and when their leases ran out. How many.
int64_t Playback::end_silent(SqlTransaction& tx, const Noted& silent) const {
    int64_t ended = 0;
    for (const auto& [token, stream] : silent) {
        if (!write(tx, token, stream, stream.beat_at, "")) continue;
        end_stream(tx, {stream.user_id, stream.started_at, token}, stream.beat_at + settings_.lease);
        ++ended;
    }
    return ended;
}

Task<> Playback::note_over(std::string token) {
    co_await kv_.put(stream_key(token), kOver, over_until(clock_.now()));
}

}  // namespace matinee::playback
