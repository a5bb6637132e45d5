// Accounts, profiles and playback in virtual time, with a catalogue and plans that tests write by hand; otherwise as
// the simulated host is: a process that can be killed between any two steps, on stores that outlive it.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <set>

#include "simulator/services/adapters.hpp"
#include "system/accounts/accounts.hpp"
#include "system/playback/playback.hpp"
#include "system/profiles/profiles.hpp"
#include "tests/services/journeys/host.hpp"

namespace matinee::playback {

using journeys::Answer;

inline constexpr TimeNs kEvening = 1'795'204'800 * kSecond;

/// Answers after a millisecond, as a neighbour would.
class FakeTitles : public catalog::Titles {
public:
    explicit FakeTitles(services::Executor& executor) : executor_(executor) {}
    Task<std::optional<catalog::Title>> find(std::string title_id) override;
    Task<std::vector<catalog::Title>> episodes(std::string series_id) override;

    /// Available everywhere from the beginning of time.
    void add(const std::string& title_id, catalog::TitleType type, int64_t duration_s,
             catalog::Rating rating = catalog::Rating::PG);
    void add_episode(const std::string& title_id, const std::string& series_id, int64_t season, int64_t number);
    std::map<std::string, catalog::Title> all;

private:
    services::Executor& executor_;
};

class FakePlans : public payments::Entitlements {
public:
    std::optional<payments::Entitlement> of_user(SqlTransaction& tx, const std::string& user_id,
                                                 TimeNs now) const override;
    std::map<std::string, payments::Entitlement> all;
};

/// Holds writes up for as long as it is told when they begin, as a database with much to do; refuses one where it is
/// told to: the first for 1, the second for 2.
class HeldUpSql : public Sql {
public:
    HeldUpSql(services::Executor& executor, Sql& below, const TimeNs& hold, int& refuse_in)
        : executor_(executor), below_(below), hold_(hold), refuse_in_(refuse_in) {}
    Task<> transact(Access access, SqlBody body) override {
        if (access == Access::Write && refuse_in_ > 0 && --refuse_in_ == 0)
            throw SqlError(SqlError::Kind::Unavailable, "the disk is full");
        if (access == Access::Write && hold_ > 0) co_await executor_.sleep_until(executor_.now() + hold_);
        co_await below_.transact(access, body);
    }

private:
    services::Executor& executor_;
    Sql& below_;
    const TimeNs& hold_;
    int& refuse_in_;
};

class Theatre {
public:
    struct Given {
        uint64_t seed = 5;
        playback::Settings playback = {};
        profiles::Settings profiles = {};
        TimeNs maintenance = kSecond;
    };
    explicit Theatre(const Given& given);
    ~Theatre();

    Task<gateway::Response> handle(gateway::Request request);
    gateway::Response exchange(gateway::Request request);
    /// As SimulatedHost::restart.
    void restart();
    void pass(TimeNs duration) { executor.run_until(executor.now() + duration); }

    services::Executor executor{kEvening};
    services::SimulatedClock clock{executor};
    SqliteDatabase database;
    SqliteDatabase log_database;
    SqliteEventLog log{log_database};
    FakeTitles titles{executor};
    FakePlans plans;
    TimeNs hold_writes = 0;  ///< how long those that begin now wait
    int refuse_write_in = 0;  ///< which of the next writes is refused; 0: none

    playback::Playback& playback();

private:
    struct Process;
    void start_process();
    Given given_;
    uint64_t processes_ = 0;
    std::unique_ptr<Process> process_;
};

/// Somebody with an account, a plan and a profile.
struct Viewer {
    std::string user_id;
    std::string access_token;
    std::string profile_id;
};

class TheatreTest : public testing::Test {
protected:
    void SetUp() override { open({}); }
    void open(const Theatre::Given& given);

    static gateway::Request request(const std::string& method, const std::string& target, const std::string& token,
                                    const std::string& body = "");
    Answer send(const std::string& method, const std::string& target, const std::string& token,
                const std::string& body = "");
    Viewer viewer(const std::string& name, int64_t screens = 1, int64_t most_lines = 1080);

    static std::string start_body(const Viewer& who, const std::string& title_id, const std::string& device_id,
                                  const std::string& more = "");
    Answer start(const Viewer& who, const std::string& title_id, const std::string& device_id = "tv",
                 const std::string& more = "");
    static std::string token_body(const Answer& stream, int64_t position_s, const std::string& more = "");
    int beat(const Viewer& who, const Answer& stream, int64_t position_s, const std::string& more = "");
    int stop(const Viewer& who, const Answer& stream, int64_t position_s);
    int put(const Viewer& who, const std::string& title_id, int64_t position_s);
    /// "film:120 ep1:5": what continue-watching says, the latest first.
    std::string begun(const Viewer& who);

    int64_t count(const std::string& from_where);
    std::vector<std::string> events(const std::string& topic, const std::string& type);

    std::unique_ptr<Theatre> theatre_;
};

}  // namespace matinee::playback
