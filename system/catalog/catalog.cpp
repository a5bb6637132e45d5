#include "system/catalog/catalog.hpp"

#include "system/base/service_error.hpp"
#include "system/catalog/document.hpp"
#include "system/catalog/rows.hpp"

namespace matinee::catalog {

Catalog::Catalog(Clock& clock, Random& random, Sql& sql, Kv& kv, const Settings& settings)
    : clock_(clock),
      random_(random),
      sql_(sql),
      settings_(settings),
      copies_(kv, clock, "video:metadata:", settings.title_memory),
      lists_(kv, random, "catalog:lists:") {}

/// The packed copy of a title; empty where there is no such title.
Task<std::string> Catalog::copy_of(std::string title_id) {
    RowCache::Look look = co_await copies_.find(title_id);
    if (look.copy) co_return std::move(*look.copy);
    const auto select = [&](SqlTransaction& tx) { return load(tx, title_id, Inherit::Yes); };
    const std::optional<Loaded> loaded = co_await sql_.read(select);
    if (!loaded) co_return std::string();
    std::string copy = packed(loaded->windows, loaded->document);
    co_await copies_.keep(title_id, look.version, copy);
    co_return copy;
}

Task<std::string> Catalog::read(std::string title_id, std::string region) {
    const std::string copy = co_await copy_of(std::move(title_id));
    if (copy.empty()) throw ServiceError(ErrorCode::NotFound);
    const Unpacked title = unpacked(copy);
    const bool available = is_open(title.windows, region, clock_.now());
    std::string out = available ? R"({"available":true,)" : R"({"available":false,)";
    out += title.document.substr(1);
    co_return out;
}

Task<std::optional<Title>> Catalog::find(std::string title_id) {
    const std::string copy = co_await copy_of(std::move(title_id));
    if (copy.empty()) co_return std::nullopt;
    co_return title_of(unpacked(copy));
}

Task<std::vector<Title>> Catalog::episodes(std::string series_id) {
    const auto select = [&](SqlTransaction& tx) {
        const SqlRows rows = tx.query(
            "SELECT title_id, title, rating, duration_s, season, number FROM titles WHERE series_id = $1"
            " ORDER BY season, number",
            series_id);
        const std::vector<Window> inherited = rows.empty() ? std::vector<Window>() : load_windows(tx, series_id);
        std::vector<Title> found;
        for (const SqlRow& row : rows) {
            Title episode;
            episode.title_id = row.text(0);
            episode.title = row.text(1);
            episode.type = TitleType::Episode;
            episode.rating = Rating(row.integer(2));
            episode.duration_s = row.integer(3);
            episode.series_id = series_id;
            episode.season = row.integer(4);
            episode.number = row.integer(5);
            episode.windows = load_windows(tx, episode.title_id);
            if (episode.windows.empty()) episode.windows = inherited;
            found.push_back(std::move(episode));
        }
        return found;
    };
    co_return co_await sql_.read(select);
}

Task<std::optional<Details>> Catalog::current(std::string title_id) {
    const auto select = [&](SqlTransaction& tx) { return load_details(tx, title_id); };
    co_return co_await sql_.read(select);
}

static std::vector<std::pair<std::string, int64_t>> versions_of(const SqlRows& rows) {
    std::vector<std::pair<std::string, int64_t>> found;
    for (const SqlRow& row : rows) found.emplace_back(row.text(0), row.integer(1));
    return found;
}

Task<std::vector<std::pair<std::string, int64_t>>> Catalog::searchable(std::string after, size_t limit) {
    const auto select = [&](SqlTransaction& tx) {
        return versions_of(
            tx.query("SELECT title_id, version FROM titles WHERE title_id > $1 AND type <> 'episode'"
                     " ORDER BY title_id LIMIT $2",
                     after, limit));
    };
    co_return co_await sql_.read(select);
}

Task<std::vector<std::pair<std::string, int64_t>>> Catalog::versions(std::string after, size_t limit) {
    const auto select = [&](SqlTransaction& tx) {
        return versions_of(tx.query(
            "SELECT title_id, version FROM titles WHERE title_id > $1 ORDER BY title_id LIMIT $2", after, limit));
    };
    co_return co_await sql_.read(select);
}

Task<std::string> Catalog::read_now(std::string title_id) {
    const auto select = [&](SqlTransaction& tx) { return load(tx, title_id, Inherit::No); };
    std::optional<Loaded> loaded = co_await sql_.read(select);
    if (!loaded) throw ServiceError(ErrorCode::NotFound);
    co_return std::move(loaded->document);
}

Task<> Catalog::maintain() {
    static constexpr size_t kBatch = 200;
    for (size_t found = kBatch; found == kBatch;) {
        const auto select = [](SqlTransaction& tx) {
            return tx.query("SELECT title_id, cause FROM stale_titles ORDER BY title_id, cause LIMIT $1", kBatch);
        };
        const SqlRows rows = co_await sql_.read(select);
        found = rows.size();
        if (found == 0) co_return;
        for (size_t i = 0; i < rows.size(); ++i)
            if (i == 0 || rows[i].text(0) != rows[i - 1].text(0)) co_await copies_.invalidate(rows[i].text(0));
        co_await lists_.invalidate();
        // Cause by cause: what another change has marked since is not dropped yet.
        const auto strike_off = [&](SqlTransaction& tx) {
            for (const SqlRow& row : rows)
                tx.execute("DELETE FROM stale_titles WHERE title_id = $1 AND cause = $2", row.text(0), row.text(1));
        };
        co_await sql_.write(strike_off);
    }
}

}  // namespace matinee::catalog
