#include "system/discovery/trending.hpp"

#include <algorithm>
#include <map>

#include "system/base/json.hpp"
#include "system/events/outbox.hpp"
#include "system/playback/api.hpp"

namespace matinee::discovery {

namespace {

constexpr TimeNs kBucket = kHour;
constexpr int64_t kDaysThatCount = 7;
constexpr size_t kMostRanked = 100;

int64_t bucket_of(TimeNs at) { return at / kBucket; }

void count_play(SqlTransaction& tx, const Event& event) {
    if (event.type != playback::kStarted) return;
    const Json data = Json::parse(event.data);
    const Json* const title_id = data.find("title_id");
    if (title_id == nullptr || title_id->text() == nullptr) return;
    tx.execute(
        "INSERT INTO trending_plays(bucket, title_id, plays) VALUES($1, $2, 1)"
        " ON CONFLICT(bucket, title_id) DO UPDATE SET plays = trending_plays.plays + 1",
        bucket_of(event.at), *title_id->text());
}

}  // namespace

Trending::Trending(Clock& clock, Random& random, Sql& sql, Kv& kv, EventLog& log, catalog::Lists& lists,
                   const Settings& settings)
    : clock_(clock),
      sql_(sql),
      log_(log),
      lists_(lists),
      settings_(settings),
      remembered_(kv, random, "trending_list:") {}

/// The cards, the most trending first.
Task<std::vector<std::string>> Trending::ranked(catalog::Audience audience) {
    const int64_t now = bucket_of(audience.at);
    // 1 << 7 for today, half of it for each whole day more.
    const auto select = [&](SqlTransaction& tx) {
        return tx.query(
            "SELECT title_id, CAST(SUM(plays * (128 >> ((CASE WHEN bucket < $1 THEN $1 - bucket ELSE 0 END) / 24)))"
            " AS BIGINT) FROM trending_plays WHERE bucket > $2 GROUP BY title_id ORDER BY 2 DESC, 1 LIMIT $3",
            now, now - 24 * kDaysThatCount, 10 * kMostRanked);
    };
    const SqlRows rows = co_await sql_.read(select);
    std::vector<std::string> ids;
    std::map<std::string, int64_t> scores;
    for (const SqlRow& row : rows) {
        ids.push_back(row.text(0));
        scores[row.text(0)] = row.integer(1);
    }
    const std::vector<catalog::Card> cards = co_await lists_.cards(audience, std::move(ids));
    struct Ranked {
        int64_t score = 0;
        std::string json;
    };
    std::map<std::string, Ranked> titles;
    for (const catalog::Card& card : cards) {
        Ranked& title = titles[card.title_id];
        title.score += scores[card.asked_for];
        title.json = card.json;
    }
    std::vector<const Ranked*> order;
    for (const auto& [title_id, title] : titles) order.push_back(&title);
    std::stable_sort(order.begin(), order.end(), [](const auto* a, const auto* b) { return a->score > b->score; });
    std::vector<std::string> found;
    for (size_t i = 0; i < std::min(order.size(), kMostRanked); ++i) found.push_back(order[i]->json);
    co_return found;
}

Task<catalog::Cards> Trending::top(catalog::Audience audience, size_t offset, size_t limit) {
    const std::string key = audience.region + ":" + std::to_string(size_t(audience.strongest_rating));
    // Of the catalogue: what it withdraws is gone from here, too.
    const std::string generation = co_await lists_.generation();
    std::optional<std::string> lines = co_await remembered_.find(generation, key);
    if (!lines) {
        const std::vector<std::string> found = co_await ranked(audience);
        lines.emplace();
        for (const std::string& card : found) *lines += card + "\n";
        co_await remembered_.keep(generation, key, *lines, audience.at + settings_.trending_memory);
    }
    catalog::Cards cards;
    cards.json = "[";
    size_t number = 0;
    for (size_t at = 0; at < lines->size(); ++number) {
        const size_t end = lines->find('\n', at);
        if (number >= offset && number < offset + limit) {
            cards.json += (cards.count == 0 ? "" : ",") + lines->substr(at, end - at);
            ++cards.count;
        }
        at = end + 1;
    }
    cards.json += "]";
    cards.has_more = number > offset + limit;
    co_return cards;
}

Task<size_t> Trending::maintain(size_t limit) {
    co_return co_await events::consume_together(sql_, log_, "trending", playback::kTopic, limit, count_play);
}

Task<size_t> Trending::forget_old(size_t limit) {
    const int64_t oldest = bucket_of(clock_.now()) - 24 * kDaysThatCount;
    const auto remove = [&](SqlTransaction& tx) {
        const SqlRows old = tx.query(
            "SELECT bucket, title_id FROM trending_plays WHERE bucket <= $1 ORDER BY bucket, title_id LIMIT $2", oldest,
            limit);
        for (const SqlRow& row : old)
            tx.execute("DELETE FROM trending_plays WHERE bucket = $1 AND title_id = $2", row.integer(0), row.text(1));
        return old.size();
    };
    co_return co_await sql_.write(remove);
}

}  // namespace matinee::discovery
