#include "system/payments/ledger.hpp"

#include <map>
#include <stdexcept>

namespace matinee::payments::ledger {

void create_tables(SqlTransaction& tx) {
    tx.execute("CREATE TABLE IF NOT EXISTS ledger_accounts(account_id TEXT PRIMARY KEY, currency TEXT NOT NULL)");
    tx.execute(
        "CREATE TABLE IF NOT EXISTS journal_entries("
        "  number BIGINT PRIMARY KEY, kind TEXT NOT NULL, reference TEXT NOT NULL, at BIGINT NOT NULL,"
        "  UNIQUE(kind, reference))");
    tx.execute(
        "CREATE TABLE IF NOT EXISTS journal_lines("
        "  number BIGINT NOT NULL REFERENCES journal_entries(number), line BIGINT NOT NULL,"
        "  account_id TEXT NOT NULL REFERENCES ledger_accounts(account_id), amount_minor BIGINT NOT NULL,"
        "  PRIMARY KEY(number, line)) /* clustered */");
    tx.execute("CREATE INDEX IF NOT EXISTS journal_lines_of_account ON journal_lines(account_id)");
    // How far maintain() has checked the books: one row.
    tx.execute("CREATE TABLE IF NOT EXISTS ledger_checked(name TEXT PRIMARY KEY, number BIGINT NOT NULL)");
}

static std::string account_id(const std::string& account, const std::string& currency) {
    return account + ":" + currency;
}

void post(SqlTransaction& tx, const Entry& entry) {
    std::map<std::string, int64_t> sums;
    for (const Line& line : entry.lines) sums[line.amount.currency] += line.amount.minor;
    for (const auto& [currency, sum] : sums)
        if (sum != 0) throw std::logic_error("a ledger entry that does not balance in " + currency);
    if (entry.lines.empty()) throw std::logic_error("a ledger entry without lines");
    const auto last = tx.find("SELECT COALESCE(MAX(number), 0) FROM journal_entries");
    const int64_t number = last->integer(0) + 1;
    tx.execute("INSERT INTO journal_entries(number, kind, reference, at) VALUES($1, $2, $3, $4)", number, entry.kind,
               entry.reference, entry.at);
    for (size_t i = 0; i < entry.lines.size(); ++i) {
        const Line& line = entry.lines[i];
        const std::string account = account_id(line.account, line.amount.currency);
        tx.execute("INSERT INTO ledger_accounts(account_id, currency) VALUES($1, $2) ON CONFLICT DO NOTHING", account,
                   line.amount.currency);
        tx.execute("INSERT INTO journal_lines(number, line, account_id, amount_minor) VALUES($1, $2, $3, $4)", number,
                   i + 1, account, line.amount.minor);
    }
}

std::vector<Balance> balances(SqlTransaction& tx) {
    const SqlRows rows = tx.query(
        "SELECT a.account_id, a.currency, COALESCE(SUM(l.amount_minor), 0) FROM ledger_accounts a"
        " LEFT JOIN journal_lines l ON l.account_id = a.account_id"
        " GROUP BY a.account_id, a.currency ORDER BY a.account_id");
    std::vector<Balance> out;
    for (const SqlRow& row : rows)
        out.push_back({.account_id = row.text(0), .currency = row.text(1), .minor = row.integer(2)});
    return out;
}

Check check(SqlTransaction& tx, int64_t after, int64_t limit) {
    Check found;
    const SqlRows entries = tx.query(
        "SELECT number, kind, reference FROM journal_entries WHERE number > $1 ORDER BY number LIMIT $2", after, limit);
    for (const SqlRow& entry : entries) {
        const int64_t number = entry.integer(0);
        const std::string name = "entry " + std::to_string(number) + " (" + entry.text(1) + " " + entry.text(2) + ")";
        const SqlRows sums = tx.query(
            "SELECT a.currency, SUM(l.amount_minor) FROM journal_lines l"
            " JOIN ledger_accounts a ON a.account_id = l.account_id"
            " WHERE l.number = $1 GROUP BY a.currency ORDER BY a.currency",
            number);
        if (sums.empty()) found.wrong.push_back(name + " has no lines");
        for (const SqlRow& sum : sums)
            if (sum.integer(1) != 0)
                found.wrong.push_back(name + " is off by " + std::to_string(sum.integer(1)) + " " + sum.text(0));
        ++found.entries;
        found.last = number;
    }
    return found;
}

}  // namespace matinee::payments::ledger
