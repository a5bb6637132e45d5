// The books: double entry. An entry is one thing that happened to money; its lines say which accounts it moved, debits
// positive and credits negative, and add up to nothing in every currency. Entries are never changed or removed.
//
// Accounts are made at their first use and carry their currency: "provider:sandbox:INR" (what the provider owes us, an
// asset), "sales:INR", "refunds:INR" (what was given back, kept apart from sales).
#pragma once

#include <string>
#include <vector>

#include "system/base/money.hpp"
#include "system/base/units.hpp"
#include "system/ports/sql.hpp"

namespace matinee::payments::ledger {

void create_tables(SqlTransaction& tx);

struct Line {
    std::string account;  ///< without its currency: "sales"
    Money amount;         ///< debit positive
};

struct Entry {
    std::string kind;       ///< "charge", "refund"
    std::string reference;  ///< of what happened; (kind, reference) can be posted once: SqlError(Unique)
    TimeNs at = 0;
    std::vector<Line> lines;
};

/// Part of the caller's transaction. Throws std::logic_error for an entry that does not balance.
void post(SqlTransaction& tx, const Entry& entry);

struct Balance {
    std::string account_id;
    std::string currency;
    int64_t minor = 0;
};
/// Of every account, by its id.
std::vector<Balance> balances(SqlTransaction& tx);

struct Check {
    int64_t entries = 0;             ///< looked at
    int64_t last = 0;                ///< number of the last of them
    std::vector<std::string> wrong;  ///< what is wrong, in words
};
/// Looks at the entries numbered above `after`, at most `limit`: each has lines, in accounts that exist, that add up to
/// nothing in each currency.
Check check(SqlTransaction& tx, int64_t after, int64_t limit);

}  // namespace matinee::payments::ledger
