#include "system/catalog/rows.hpp"

#include "system/catalog/document.hpp"

namespace matinee::catalog {

std::vector<Window> load_windows(SqlTransaction& tx, const std::string& title_id) {
    const SqlRows rows = tx.query(
        "SELECT region, from_at, until_at FROM title_windows WHERE title_id = $1 ORDER BY region, from_at", title_id);
    std::vector<Window> windows;
    for (const SqlRow& row : rows)
        windows.push_back({.region = row.text(0), .from = row.integer(1), .until = row.integer(2)});
    return windows;
}

static void write_seasons(JsonOut& out, SqlTransaction& tx, const std::string& series_id) {
    const SqlRows rows = tx.query(
        "SELECT title_id, title, season, number, duration_s FROM titles WHERE series_id = $1 ORDER BY season, number",
        series_id);
    out.array();
    for (size_t i = 0; i < rows.size(); ++i) {
        if (i == 0 || rows[i].integer(2) != rows[i - 1].integer(2))
            out.object().integer("season", rows[i].integer(2)).key("episodes").array();
        out.object().text("title_id", rows[i].text(0)).integer("number", rows[i].integer(3));
        out.text("title", rows[i].text(1)).integer("duration_s", rows[i].integer(4)).end();
        if (i + 1 == rows.size() || rows[i + 1].integer(2) != rows[i].integer(2)) out.end().end();
    }
    out.end();
}

std::optional<Loaded> load(SqlTransaction& tx, const std::string& title_id, Inherit inherit) {
    const std::optional<SqlRow> row =
        tx.find("SELECT document, type, series_id FROM titles WHERE title_id = $1", title_id);
    if (!row) return std::nullopt;
    Loaded loaded;
    loaded.windows = load_windows(tx, title_id);
    if (loaded.windows.empty() && inherit == Inherit::Yes && !row->is_null(2))
        loaded.windows = load_windows(tx, row->text(2));
    JsonOut windows;
    write_windows(windows, loaded.windows);
    loaded.document = row->text(0) + ",\"windows\":" + windows.take();
    if (row->text(1) == name_of(TitleType::Series)) {
        JsonOut seasons;
        write_seasons(seasons, tx, title_id);
        loaded.document += ",\"seasons\":" + seasons.take();
    }
    loaded.document += "}";
    return loaded;
}

std::optional<Details> load_details(SqlTransaction& tx, const std::string& title_id) {
    const std::optional<SqlRow> row = tx.find("SELECT document FROM titles WHERE title_id = $1", title_id);
    if (!row) return std::nullopt;
    Details details = details_of(Json::parse(row->text(0) + "}"));
    details.windows = load_windows(tx, title_id);
    if (details.windows.empty() && !details.series_id.empty()) details.windows = load_windows(tx, details.series_id);
    return details;
}

}  // namespace matinee::catalog
