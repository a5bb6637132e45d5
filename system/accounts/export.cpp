// What accounts keep of a user, but for hashes: of the password, and of the tokens of sessions.
#include "system/accounts/accounts.hpp"
#include "system/base/time_text.hpp"

namespace matinee::accounts {

Task<std::string> Accounts::export_of(std::string user_id) {
    const Account account = co_await read(user_id);
    const auto select = [&](SqlTransaction& tx) {
        return tx.query(
            "SELECT session_id, created_at, expires_at, ended_at FROM sessions WHERE user_id = $1"
            " ORDER BY created_at, session_id",
            user_id);
    };
    const SqlRows sessions = co_await sql_.read(select);
    JsonOut out;
    out.object().text("user_id", user_id).text("email", account.email).text("name", account.name);
    out.text("country", account.country).text("created_at", utc_text(account.created_at));
    out.text("updated_at", utc_text(account.updated_at)).key("sessions").array();
    for (const SqlRow& row : sessions) {
        out.object().text("session_id", row.text(0)).text("created_at", utc_text(row.integer(1)));
        out.text("expires_at", utc_text(row.integer(2))).key("ended_at");
        if (row.is_null(3))
            out.null();
        else
            out.text(utc_text(row.integer(3)));
        out.end();
    }
    co_return out.end().end().take();
}

}  // namespace matinee::accounts
