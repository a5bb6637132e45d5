#include "system/payments/ledger.hpp"

#include <gtest/gtest.h>

#include "system/embedded/sqlite_database.hpp"
#include "tests/services/payments/payments_fixture.hpp"

namespace matinee::payments::ledger {

class LedgerTest : public testing::Test {
protected:
    template <class Body>
    void write(Body body) {
        database_.transact(Sql::Access::Write, SqlBody(body));
    }
    void SetUp() override {
        write([](SqlTransaction& tx) { create_tables(tx); });
    }
    static Entry sale(const std::string& reference, int64_t minor) {
        return {.kind = "charge",
                .reference = reference,
                .at = 5,
                .lines = {{"provider:x", {minor, "EUR"}}, {"sales", {-minor, "EUR"}}}};
    }
    SqliteDatabase database_;
};

TEST_F(LedgerTest, AddsUp) {
    write([](SqlTransaction& tx) {
        post(tx, sale("a", 500));
        post(tx, sale("b", 250));
        const std::vector<Balance> all_of = balances(tx);
        ASSERT_EQ(all_of.size(), 2u);
        EXPECT_EQ(all_of[0].account_id, "provider:x:EUR");
        EXPECT_EQ(all_of[0].minor, 750);
        EXPECT_EQ(all_of[1].account_id, "sales:EUR");
        EXPECT_EQ(all_of[1].minor, -750);
        const Check all = check(tx, 0, 100);
        EXPECT_EQ(all.entries, 2);
        EXPECT_TRUE(all.wrong.empty());
        EXPECT_EQ(check(tx, all.last, 100).entries, 0);
        EXPECT_EQ(check(tx, 0, 1).last, 1);
    });
}

TEST_F(LedgerTest, RefusesWhatDoesNotBalanceAndWhatIsThere) {
    Entry lame = sale("a", 500);
    lame.lines[1].amount.minor = -499;
    EXPECT_THROW(write([&](SqlTransaction& tx) { post(tx, lame); }), std::logic_error);
    Entry mixed = sale("a", 500);
    mixed.lines[1].amount.currency = "USD";
    EXPECT_THROW(write([&](SqlTransaction& tx) { post(tx, mixed); }), std::logic_error);
    EXPECT_THROW(write([&](SqlTransaction& tx) { post(tx, {.kind = "x", .reference = "y", .lines = {}}); }),
                 std::logic_error);
    write([&](SqlTransaction& tx) { post(tx, sale("a", 500)); });
    EXPECT_THROW(write([&](SqlTransaction& tx) { post(tx, sale("a", 500)); }), SqlError);
}

TEST_F(LedgerTest, FindsWhatWasTamperedWith) {
    write([](SqlTransaction& tx) {
        post(tx, sale("a", 500));
        post(tx, sale("b", 250));
        post(tx, sale("c", 100));
        tx.execute("UPDATE journal_lines SET amount_minor = 251 WHERE number = 2 AND line = 1");
        tx.execute("DELETE FROM journal_lines WHERE number = 3");
        const Check all = check(tx, 0, 100);
        ASSERT_EQ(all.wrong.size(), 2u);
        EXPECT_EQ(all.wrong[0], "entry 2 (charge b) is off by 1 EUR");
        EXPECT_EQ(all.wrong[1], "entry 3 (charge c) has no lines");
    });
}

class BooksTest : public PaymentsTest {};

/// More than one batch in a minute.
TEST_F(BooksTest, AreCheckedAsFastAsTheyGrow) {
    static constexpr int kEntries = 4'500;
    auto sell = [](SqlTransaction& tx) {
        for (int i = 0; i < kEntries; ++i)
            post(tx, {.kind = "charge",
                      .reference = std::to_string(i),
                      .at = 5,
                      .lines = {{"provider:x", {1, "EUR"}}, {"sales", {-1, "EUR"}}}});
    };
    host_->database().transact(Sql::Access::Write, SqlBody(sell));
    pass(kMinute + 2 * kSecond);
    EXPECT_EQ(number("SELECT number FROM ledger_checked WHERE name = 'maintain'"), kEntries);
    EXPECT_EQ(host_->failed_maintenance(), 0u);
}

}  // namespace matinee::payments::ledger
