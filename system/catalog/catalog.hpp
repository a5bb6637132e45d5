// The catalogue: films, series and their episodes; where and when they are; who is in them.
//
// - SQL has the truth, the key-value store copies of titles (RowCache) and of lists (ListCache). A change marks in its
//   own transaction what it makes stale, and is acknowledged when the copies are dropped; if the process dies in
//   between, maintain() drops them. Nobody who asks after the acknowledgement sees what was before.
// - Lists are remembered no longer than until the next window opens or ends anywhere, so titles appear on time.
// - Every change puts title.changed or title.removed into the outbox.
// - Versions: a change names the version it is about, and loses (version_conflict) where somebody was quicker.
#pragma once

#include "system/caching/list_cache.hpp"
#include "system/caching/row_cache.hpp"
#include "system/catalog/api.hpp"
#include "system/catalog/settings.hpp"
#include "system/ports/sql.hpp"

namespace matinee::catalog {

class Catalog : public Titles, public Lists, public Source {
public:
    Catalog(Clock& clock, Random& random, Sql& sql, Kv& kv, const Settings& settings);

    Task<std::optional<Title>> find(std::string title_id) override;
    Task<std::vector<Title>> episodes(std::string series_id) override;

    Task<Cards> newest(Audience audience, size_t offset, size_t limit) override;
    Task<Cards> of_genre(Audience audience, std::string genre, size_t offset, size_t limit) override;
    Task<Cards> similar(Audience audience, std::string title_id, size_t limit) override;
    Task<std::vector<GenreCount>> genres(Audience audience) override;
    Task<std::vector<Card>> cards(Audience audience, std::vector<std::string> title_ids) override;
    Task<std::string> generation() override { return lists_.generation(); }

    Task<std::optional<Details>> current(std::string title_id) override;
    Task<std::vector<std::pair<std::string, int64_t>>> versions(std::string after, size_t limit) override;

    /// The document of document.hpp and "available": whether it may be watched there now. NotFound.
    Task<std::string> read(std::string title_id, std::string region);

    /// For administrators. Each gives the document as it is then. InvalidField; replace: NotFound, VersionConflict.
    Task<std::string> read_now(std::string title_id);
    Task<std::string> create(Details details);
    Task<std::string> replace(std::string title_id, int64_t version, Details details);
    /// Of a series with its episodes. NotFound, VersionConflict.
    Task<> remove(std::string title_id, int64_t version);
    /// Adds titles with their ids, a series before its episodes, in one transaction; how many. Those that are there,
    /// and those that were once removed, stay as they are. Copies are left to maintain().
    Task<size_t> import(std::vector<Details> all);

    /// Drops the copies that committed changes have made stale.
    Task<> maintain();

private:
    Task<std::string> copy_of(std::string title_id);
    template <class Query>
    Task<Cards> remembered(Audience audience, std::string key, size_t limit, Query query);
    void insert(SqlTransaction& tx, const Details& details, TimeNs now) const;
    void announce(SqlTransaction& tx, const std::string& title_id, int64_t version, const char* type, TimeNs now) const;

    Clock& clock_;
    Random& random_;
    Sql& sql_;
    Settings settings_;
    RowCache copies_;
    ListCache lists_;
};

}  // namespace matinee::catalog
