// Contract of the port EventLog, and of the outbox over every pair of stores.
#include <gtest/gtest.h>

#include <map>

#include "system/events/outbox.hpp"
#include "system/events/retention.hpp"
#include "tests/services/contracts/stage.hpp"

namespace matinee::contracts {

struct EventLogCase {
    SimulatedStage stage;
    SqliteDatabase database;
    SqliteSql plain_sql{database};
    SqliteEventLog plain_log{database};
    services::SimulatedSql simulated_sql{stage.executor, database, services::StoreModel{}};
    services::SimulatedEventLog simulated_log{stage.executor, plain_log, services::StoreModel{}};
    bool modelled = false;
    Sql& sql() { return modelled ? static_cast<Sql&>(simulated_sql) : plain_sql; }
    EventLog& log() { return modelled ? static_cast<EventLog&>(simulated_log) : plain_log; }
};

static Event event(const std::string& id, const std::string& topic = "pets") {
    return {.event_id = id, .topic = topic, .type = "pet.fed", .key = "rex", .at = kEvening, .data = R"({"g":50})"};
}

class EventLogContract : public testing::TestWithParam<Adapter<EventLogCase>> {
protected:
    std::string ids(const std::string& topic, int64_t after, size_t limit) {
        std::string joined;
        int64_t last = after;
        for (const LoggedEvent& logged : stage_.run(log_.read(topic, after, limit))) {
            EXPECT_GT(logged.position, last);
            last = logged.position;
            joined += logged.event.event_id + " ";
        }
        return joined;
    }
    void publish(std::vector<Event> events) { stage_.run(log_.publish(std::move(events))); }
    int64_t count(const std::string& from) {
        return stage_.run(sql_.read([&](SqlTransaction& tx) { return tx.find("SELECT COUNT(*) FROM " + from); }))
            ->integer(0);
    }
    /// Runs a life that is killed after every possible number of steps and begins again.
    template <class Life>
    void kill_everywhere(Life life) {
        for (uint64_t steps = 0;; ++steps) {
            Task<> process = life();
            process.start();
            for (uint64_t i = 0; i < steps && !process.done(); ++i) stage_.executor.step();
            if (process.done()) return process.take();
        }
    }

    std::unique_ptr<EventLogCase> case_ = GetParam().make();
    Sql& sql_ = case_->sql();
    EventLog& log_ = case_->log();
    SimulatedStage& stage_ = case_->stage;
};

TEST_P(EventLogContract, ReadsBackInOrder) {
    EXPECT_EQ(ids("pets", 0, 10), "");
    publish({event("1"), event("2"), event("other", "cars")});
    publish({event("3")});
    EXPECT_EQ(ids("pets", 0, 10), "1 2 3 ");
    EXPECT_EQ(ids("cars", 0, 10), "other ");
    EXPECT_EQ(ids("pets", 0, 2), "1 2 ");
    const std::vector<LoggedEvent> first = stage_.run(log_.read("pets", 0, 1));
    ASSERT_EQ(first.size(), 1u);
    EXPECT_EQ(first[0].event, event("1"));
    EXPECT_GT(first[0].position, 0);
    EXPECT_EQ(ids("pets", first[0].position, 10), "2 3 ");
}

/// A pump and a consumer that are killed after every possible number of steps and begin again.
TEST_P(EventLogContract, NothingIsLostOrAppliedTwiceWhereverTheProcessDies) {
    stage_.run(sql_.write([](SqlTransaction& tx) {
        events::create_tables(tx);
        events::count_rows(tx);
        tx.execute("CREATE TABLE eaten(pet TEXT PRIMARY KEY, times BIGINT NOT NULL)");
        for (int i = 0; i < 8; ++i) events::append(tx, event("e" + std::to_string(i)));
    }));
    const auto apply = [](SqlTransaction& tx, const Event& fed) {
        tx.execute("INSERT INTO eaten(pet, times) VALUES($1, 1) ON CONFLICT(pet) DO UPDATE SET times = eaten.times + 1",
                   fed.key);
    };
    const auto life = [&]() -> Task<> {
        for (;;) {
            const size_t published = co_await events::pump(sql_, log_, 3);
            const size_t applied = co_await events::consume(sql_, log_, "kitchen", "pets", 2, apply);
            if (published == 0 && applied == 0) break;
        }
    };
    kill_everywhere(life);
    const int64_t times =
        stage_.run(sql_.read([](SqlTransaction& tx) { return tx.find("SELECT times FROM eaten")->integer(0); }));
    EXPECT_EQ(times, 8);
    std::map<std::string, int> seen;
    for (const LoggedEvent& logged : stage_.run(log_.read("pets", 0, 1000))) ++seen[logged.event.event_id];
    EXPECT_EQ(seen.size(), 8u);
    if (case_->modelled) {
        EXPECT_GT(seen["e0"], 1) << "no crash fell between publishing and striking off";
    }
}

TEST_P(EventLogContract, AnEventThatIsRefusedHoldsUpOnlyThoseBehindIt) {
    stage_.run(sql_.write([](SqlTransaction& tx) {
        events::create_tables(tx);
        events::count_rows(tx);
        tx.execute("CREATE TABLE eaten(sequence BIGINT PRIMARY KEY, event_id TEXT NOT NULL)");
        for (int i = 0; i < 5; ++i) events::append(tx, event("e" + std::to_string(i)));
    }));
    stage_.run(events::pump(sql_, log_, 10));
    bool refuses = true;
    const auto apply = [&](SqlTransaction& tx, const Event& fed) {
        if (refuses && fed.event_id == "e3") throw std::runtime_error("not hungry");
        tx.execute("INSERT INTO eaten(sequence, event_id) SELECT COUNT(*), $1 FROM eaten", fed.event_id);
    };
    const auto eaten = [&] {
        std::string all;
        const auto select = [](SqlTransaction& tx) { return tx.query("SELECT event_id FROM eaten ORDER BY sequence"); };
        for (const SqlRow& row : stage_.run(sql_.read(select))) all += row.text(0) + " ";
        return all;
    };
    for (int tries = 0; tries < 2; ++tries) {
        EXPECT_THROW(stage_.run(events::consume(sql_, log_, "kitchen", "pets", 10, apply)), std::runtime_error);
        EXPECT_EQ(eaten(), "e0 e1 e2 ");
    }
    refuses = false;
    stage_.run(events::consume(sql_, log_, "kitchen", "pets", 10, apply));
    EXPECT_EQ(eaten(), "e0 e1 e2 e3 e4 ");
}

TEST_P(EventLogContract, AnEventOfATransactionThatFailsWasNever) {
    stage_.run(sql_.write([](SqlTransaction& tx) {
        events::create_tables(tx);
        events::count_rows(tx);
    }));
    const auto body = [](SqlTransaction& tx) {
        events::append(tx, event("1"));
        throw std::runtime_error("no");
    };
    EXPECT_THROW(stage_.run(sql_.write(body)), std::runtime_error);
    EXPECT_EQ(stage_.run(events::pump(sql_, log_, 10)), 0u);
    EXPECT_EQ(ids("pets", 0, 10), "");
}

TEST_P(EventLogContract, WhatIsRemovedIsGoneForGood) {
    publish({event("1"), event("2"), event("3"), event("other", "cars")});
    EXPECT_EQ(stage_.run(log_.topics()), (std::vector<std::string>{"cars", "pets"}));
    const std::vector<LoggedEvent> all = stage_.run(log_.read("pets", 0, 10));
    ASSERT_EQ(all.size(), 3u);
    const int64_t last = all[2].position;
    stage_.run(log_.remove("pets", {last}));
    EXPECT_EQ(ids("pets", 0, 10), "1 2 ");
    publish({event("4")});
    EXPECT_EQ(ids("pets", last, 10), "4 ") << "whoever had read the third reads the fourth";
    const int64_t newest = stage_.run(log_.read("pets", last, 1))[0].position;
    stage_.run(log_.remove("pets", {all[0].position, all[1].position, last, newest}));
    EXPECT_EQ(ids("pets", 0, 10), "");
    EXPECT_EQ(stage_.run(log_.topics()), std::vector<std::string>{"cars"});
    publish({event("5")});
    EXPECT_EQ(ids("pets", newest, 10), "5 ");
}

TEST_P(EventLogContract, ReadsAboutAKey) {
    Event tom = event("1");
    tom.key = "tom";
    publish({tom, event("2"), event("other", "cars"), event("3")});
    const std::vector<LoggedEvent> rex = stage_.run(log_.read_about("pets", "rex", 0, 10));
    ASSERT_EQ(rex.size(), 2u);
    EXPECT_EQ(rex[0].event, event("2"));
    EXPECT_EQ(stage_.run(log_.read_about("pets", "rex", rex[0].position, 10)).size(), 1u);
    EXPECT_EQ(stage_.run(log_.read_about("pets", "rex", 0, 1)).size(), 1u);
    EXPECT_TRUE(stage_.run(log_.read_about("pets", "tim", 0, 10)).empty());
}

/// The kitchen and the garden follow the pets.
class RetentionContract : public EventLogContract {
protected:
    RetentionContract() {
        stage_.run(sql_.write([](SqlTransaction& tx) {
            events::create_tables(tx);
            events::count_rows(tx);
            events::create_erasures(tx);
            events::enrol(tx, "kitchen", "pets");
            events::enrol(tx, "garden", "pets");
        }));
    }
    size_t trim(TimeNs now, size_t limit = 100) {
        return stage_.run(events::trim(sql_, log_, {.retention = kDay}, now, limit));
    }
    void consume(const char* consumer, size_t limit = 100) {
        stage_.run(events::consume(sql_, log_, consumer, "pets", limit, [](SqlTransaction&, const Event&) {}));
    }
    size_t erase(TimeNs now) {
        return stage_.run(
            events::erase_noted(sql_, log_, now, 10, [](const Event& one) { return one.type == "pet.gone"; }));
    }
    static Event event_at(const std::string& id, TimeNs at, const std::string& key = "rex") {
        Event made = event(id);
        made.at = at;
        made.key = key;
        return made;
    }
};

TEST_P(RetentionContract, WhatEverybodyHasReadGoesAfterAWhile) {
    publish({event("1"), event("2"), event("3"), event("nobody's", "cars")});
    EXPECT_EQ(trim(kEvening + 2 * kDay), 1u) << "nobody follows cars";
    consume("kitchen");
    EXPECT_EQ(trim(kEvening + 2 * kDay), 0u) << "the garden has read nothing";
    consume("garden");
    EXPECT_EQ(trim(kEvening + kDay), 0u) << "too young";
    EXPECT_EQ(count("consumed_events"), 6);
    EXPECT_EQ(trim(kEvening + 2 * kDay, 2), 2u);
    EXPECT_EQ(ids("pets", 0, 10), "3 ");
    EXPECT_EQ(count("consumed_events"), 2);
    EXPECT_EQ(trim(kEvening + 2 * kDay, 2), 1u);
    EXPECT_EQ(count("consumed_events"), 0);
    publish({event("4")});
    consume("kitchen");
    EXPECT_EQ(count("consumed_events"), 1) << "the next one is read";
}

TEST_P(RetentionContract, WhoIsFarBehindHoldsItUp) {
    const TimeNs now = kEvening + 2 * kDay;
    publish({event("1"), event("2"), event_at("3", now - kMinute)});
    consume("kitchen");
    consume("garden", 1);
    EXPECT_EQ(trim(now), 0u) << "the first might come again behind the second";
    consume("garden", 1);
    EXPECT_EQ(trim(now), 2u);
    EXPECT_EQ(ids("pets", 0, 10), "3 ");
}

/// A process that publishes, follows and trims is killed after every possible number of steps.
TEST_P(RetentionContract, NothingIsLostOrAppliedTwiceThoughItIsTrimmed) {
    stage_.run(sql_.write([](SqlTransaction& tx) {
        tx.execute("CREATE TABLE eaten(consumer TEXT PRIMARY KEY, times BIGINT NOT NULL)");
        for (int i = 0; i < 6; ++i) events::append(tx, event("e" + std::to_string(i)));
    }));
    const auto eats = [](const char* consumer) {
        return [consumer](SqlTransaction& tx, const Event&) {
            tx.execute(
                "INSERT INTO eaten(consumer, times) VALUES($1, 1)"
                " ON CONFLICT(consumer) DO UPDATE SET times = eaten.times + 1",
                consumer);
        };
    };
    const auto life = [&]() -> Task<> {
        for (size_t done = 1; done > 0;) {
            done = co_await events::pump(sql_, log_, 2);
            done += co_await events::consume(sql_, log_, "kitchen", "pets", 2, eats("kitchen"));
            done += co_await events::consume(sql_, log_, "garden", "pets", 3, eats("garden"));
            done += co_await events::trim(sql_, log_, {.retention = kDay}, kEvening + 2 * kDay, 3);
        }
    };
    kill_everywhere(life);
    EXPECT_EQ(count("eaten WHERE times = 6"), 2);
    EXPECT_EQ(ids("pets", 0, 10), "");
    EXPECT_EQ(count("consumed_events"), 0);
}

TEST_P(RetentionContract, WhatIsAboutAnErasedKeyGoesOnceEverybodyHasReadIt) {
    Event gone = event("gone");
    gone.type = "pet.gone";
    publish({event("1"), event_at("tom's", kEvening, "tom"), gone, event("2")});
    stage_.run(sql_.write([](SqlTransaction& tx) { events::note_erasure(tx, "rex", kEvening); }));
    consume("kitchen");
    consume("garden", 3);
    EXPECT_EQ(erase(kEvening), 1u);
    EXPECT_EQ(ids("pets", 0, 10), "1 tom's gone 2 ") << "the garden has yet to read the last";
    consume("garden");
    EXPECT_EQ(erase(kEvening + 30 * kSecond), 0u) << "not yet again";
    EXPECT_EQ(erase(kEvening + kMinute), 1u);
    EXPECT_EQ(ids("pets", 0, 10), "tom's gone ");
    EXPECT_EQ(count("consumed_events"), 4);
    publish({event("late")});
    consume("kitchen");
    consume("garden");
    EXPECT_EQ(erase(kEvening + kHour), 1u);
    EXPECT_EQ(ids("pets", 0, 10), "tom's gone ");
    EXPECT_EQ(count("log_erasures"), 1);
    EXPECT_EQ(erase(kEvening + kDay), 1u);
    EXPECT_EQ(count("log_erasures"), 0);
}

static Adapter<EventLogCase> log_adapter(const char* name, bool modelled) {
    return {name, [modelled] {
                auto made = std::make_unique<EventLogCase>();
                made->modelled = modelled;
                return made;
            }};
}

INSTANTIATE_TEST_SUITE_P(Adapters, EventLogContract,
                         testing::Values(log_adapter("Sqlite", false), log_adapter("Simulated", true)),
                         name_of<EventLogCase>);
INSTANTIATE_TEST_SUITE_P(Adapters, RetentionContract,
                         testing::Values(log_adapter("Sqlite", false), log_adapter("Simulated", true)),
                         name_of<EventLogCase>);

}  // namespace matinee::contracts
