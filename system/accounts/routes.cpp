#include "system/accounts/routes.hpp"

#include "system/base/time_text.hpp"

namespace matinee::accounts {

using gateway::Access;
using gateway::bound_to;
using gateway::Call;
using gateway::empty_reply;
using gateway::Field;
using gateway::Reply;
using gateway::Route;
using gateway::says;
using gateway::says_flag;
using gateway::says_list;
using gateway::says_number;

namespace {

// An address: RFC 5321 section 4.5.3.1.3. A password: OWASP's Authentication Cheat Sheet asks for at least 8 and for
// room for 64.
Field email_field(bool required) {
    return {.name = "email", .required = required, .least = 3, .most = 254, .about = "E-mail address; case is ignored"};
}
Field password_field(const char* name, bool required, int64_t least) {
    return {.name = name, .required = required, .least = least, .most = 128, .about = "Any characters"};
}
Field name_field(bool required) {
    return {
        .name = "name", .required = required, .least = 1, .most = 100, .about = "How to call the user", .filled = true};
}
Field country_field() {
    return {.name = "country",
            .required = false,
            .least = 2,
            .most = 2,
            .about = "ISO 3166-1 alpha-2: whose titles the account may watch"};
}
Field refresh_token_field() {
    return {.name = "refresh_token", .least = 1, .most = 256, .about = "As a login or the last refresh gave it"};
}

Reply reply_of(const Tokens& tokens) {
    JsonOut out;
    out.object().text("user_id", tokens.user_id).text("access_token", tokens.access_token);
    out.text("refresh_token", tokens.refresh_token).integer("expires_in", tokens.expires_in / kSecond).end();
    Reply reply;
    reply.data = out.take();
    reply.headers.push_back({"cache-control", "no-store"});
    return reply;
}

Reply reply_of(const Account& account) {
    JsonOut out;
    out.object().text("user_id", account.user_id).text("email", account.email).text("name", account.name);
    out.text("country", account.country);
    out.text("created_at", utc_text(account.created_at)).text("updated_at", utc_text(account.updated_at)).end();
    Reply reply;
    reply.data = out.take();
    return reply;
}

Task<Reply> register_user(Accounts& accounts, Call& call) {
    const Tokens tokens = co_await accounts.register_user(call.text("email"), call.text("password"), call.text("name"),
                                                          call.text_if_given("country"));
    co_return reply_of(tokens);
}

Task<Reply> log_in(Accounts& accounts, Call& call) {
    const Tokens tokens = co_await accounts.log_in(call.text("email"), call.text("password"));
    co_return reply_of(tokens);
}

Task<Reply> refresh(Accounts& accounts, Call& call) {
    const Tokens tokens = co_await accounts.refresh(call.text("refresh_token"));
    co_return reply_of(tokens);
}

Task<Reply> log_out(Accounts& accounts, Call& call) {
    co_await accounts.log_out(call.text("refresh_token"));
    co_return empty_reply();
}

Task<Reply> validate(Accounts&, Call& call) {
    JsonOut out;
    out.object().flag("valid", true).text("user_id", call.principal.user_id);
    out.text("session_id", call.principal.session_id).text("expires_at", utc_text(call.principal.expires_at)).end();
    Reply reply;
    reply.data = out.take();
    co_return reply;
}

Task<Reply> jwks(Accounts& accounts, Call&) {
    Reply reply;
    reply.data = co_await accounts.jwks();
    reply.headers.push_back({"cache-control", "public, max-age=300"});
    co_return reply;
}

Task<Reply> read_user(Accounts& accounts, Call& call) {
    const Account account = co_await accounts.read(call.parameter("user_id"));
    co_return reply_of(account);
}

Task<Reply> update_user(Accounts& accounts, Call& call) {
    Change change;
    change.email = call.text_if_given("email");
    change.name = call.text_if_given("name");
    change.password = call.text_if_given("password");
    change.country = call.text_if_given("country");
    change.current_password = call.text_if_given("current_password");
    const Account account = co_await accounts.update(call.parameter("user_id"), call.principal.session_id, change);
    co_return reply_of(account);
}

Task<Reply> erase_user(Accounts& accounts, Call& call) {
    co_await accounts.erase(call.parameter("user_id"));
    co_return empty_reply();
}

}  // namespace

std::vector<Route> routes(Accounts& accounts) {
    const auto bound = bound_to(accounts);
    const std::vector<Field> tokens = {says("user_id"), says("access_token", "A JWT, for the header Authorization"),
                                       says("refresh_token", "Works once"),
                                       says_number("expires_in", "s that the access token works")};
    const std::vector<Field> account = {says("user_id"), says("email"),      says("name"),
                                        says("country"), says("created_at"), says("updated_at")};
    const std::string auth = "/api/v1/auth/";
    const std::string user = "/api/v1/users/{user_id}";
    return {
        {.method = "POST",
         .pattern = auth + "register",
         .operation_id = "register",
         .summary = "Open an account",
         .access = Access::Public,
         .success = 201,
         .body = {email_field(true), password_field("password", true, 8), name_field(true), country_field()},
         .reply = tokens,
         .handler = bound(register_user)},
        {.method = "POST",
         .pattern = auth + "login",
         .operation_id = "log_in",
         .summary = "Log in",
         .access = Access::Public,
         .body = {email_field(true), password_field("password", true, 1)},
         .reply = tokens,
         .handler = bound(log_in)},
        {.method = "POST",
         .pattern = auth + "refresh-token",
         .operation_id = "refresh_token",
         .summary = "Exchange a refresh token, which works once, for new tokens",
         .access = Access::Public,
         .body = {refresh_token_field()},
         .reply = tokens,
         .handler = bound(refresh)},
        {.method = "POST",
         .pattern = auth + "logout",
         .operation_id = "log_out",
         .summary = "End the session of a refresh token and its access tokens",
         .access = Access::Public,
         .body = {refresh_token_field()},
         .handler = bound(log_out)},
        {.method = "GET",
         .pattern = auth + "validate-token",
         .operation_id = "validate_token",
         .summary = "Whether the access token is good, and whose it is",
         .reply = {says_flag("valid"), says("user_id"), says("session_id"), says("expires_at")},
         .handler = bound(validate)},
        {.method = "GET",
         .pattern = "/.well-known/jwks.json",
         .operation_id = "read_jwks",
         .summary = "The keys that verify access tokens (RFC 7517)",
         .access = Access::Public,
         .enveloped = false,
         .reply = {says_list("keys", {says("kty"), says("crv"), says("alg"), says("use"), says("kid"), says("x")})},
         .handler = bound(jwks)},
        {.method = "GET",
         .pattern = user,
         .operation_id = "read_user",
         .summary = "One's own account",
         .access = Access::Owner,
         .reply = account,
         .handler = bound(read_user)},
        {.method = "PUT",
         .pattern = user,
         .operation_id = "update_user",
         .summary = "Change name, country, address or password; the last two with the current password",
         .access = Access::Owner,
         .body = {name_field(false), email_field(false), password_field("password", false, 8),
                  password_field("current_password", false, 1), country_field()},
         .reply = account,
         .handler = bound(update_user)},
        {.method = "DELETE",
         .pattern = user,
         .operation_id = "erase_user",
         .summary = "Delete the account and everything that is kept of it",
         .access = Access::Owner,
         .handler = bound(erase_user)},
    };
}

}  // namespace matinee::accounts
