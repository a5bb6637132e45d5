// What a client of the platform asks for, call by call, as a table. Region (region.hpp) walks it for every viewer; to
// add a call, add a row here and an operation in operations.hpp.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "simulator/services/counts.hpp"
#include "simulator/services/operations.hpp"
#include "system/base/json.hpp"
#include "system/base/units.hpp"
#include "system/gateway/http.hpp"

namespace matinee::services {

/// Somebody with an account, on a visit or between two.
struct Account {
    uint64_t number = 0;  ///< makes its address
    std::string user_id;
    std::string refresh_token;
    std::string profile_id;
    bool entitled = false;  ///< has paid
};

/// What a client knows and intends on one visit.
struct Client {
    Account account;
    std::string authorization;  ///< the header, with the access token; empty: not signed in
    TimeNs token_expires_at = 0;
    std::string playback_token;
    std::string title_id;    ///< what it is going to watch
    std::string payment_id;  ///< names its attempt to pay, however often it has to ask
    std::string search_for;  ///< empty: does not search
    std::string device_id;
    TimeNs played_from = 0;  ///< when playback was granted
    bool registers = false;
    bool logs_in = false;
    bool pays = false;
    bool payment_pending = false;
};

enum class Stage : uint8_t { SignIn, Choice, Start, Playing, Leaving };

struct Row {
    Operation operation;
    Stage stage;
    bool thinks;     ///< the viewer decides something before it
    bool essential;  ///< where it fails, the visit is over; else the viewer goes on without it
    bool (*wanted)(const Client& client);
    std::string (*target)(const Client& client);
    Json (*body)(const Client& client, TimeNs now);               ///< null: a request without one
    /// From the answer's data, as JSON; null: nothing to learn.
    void (*learn)(Client& client, const std::string& data, TimeNs now);
};

/// In the order of a visit. Rows of the stages Playing and Leaving have their own times.
std::span<const Row> journey();
const Row& row_of(Operation operation);

gateway::Request request_of(const Row& row, const Client& client, TimeNs now);

/// What a client does about a call that came to nothing.
enum class Reaction : uint8_t {
    GiveUp,    ///< of this call
    TryAgain,  ///< after a while, as often as its policy says
    LogIn,     ///< with address and password instead
    Refresh,   ///< its tokens, and then the same again
    GoOn,      ///< it has what it asked for
    Restart,   ///< playback, because its stream is over: the platform had not heard of it for longer than its lease
};
/// `again`: this was not the first attempt, and an earlier one may have happened unheard.
Reaction reaction_to(Operation operation, Cause cause, bool again);

/// What a film of the simulated catalogue is called, and a word of many such names to search for.
std::string title_of(uint32_t number);
std::string search_word(uint32_t number);

/// Where an account's devices are: an IPv4 address of its own.
std::string address_of(const Account& account);
/// The e-mail address and password of an account.
std::string email_of(const Account& account);
inline constexpr const char* kPassword = "correct horse battery staple";

}  // namespace matinee::services
