#include "simulator/services/founder.hpp"

#include <stdexcept>

namespace matinee::services {

namespace {
constexpr StoreModel kFree{.round_trip = 0, .read = 0, .write = 0, .servers = 1};
constexpr CryptoModel kFreeCrypto{.hash = 0, .sign = 0, .verify = 0, .servers = 1};
/// Who was there before came over months.
platform::Settings without_limits(platform::Settings settings) {
    settings.gateway.limits = gateway::Limits::none();
    return settings;
}
}  // namespace

Founder::Founder(RegionStores& stores, uint64_t seed, uint64_t who, TimeNs now, const platform::Settings& settings)
    : admin_token_(settings.accounts.admin_token),
      executor_(now),
      access_(executor_, stores, kFree, kFree, kFree),
      provider_(clock_, provider_database_, settings.payments.webhook_secret, {.seed = seed, .latency = 0}),
      process_(executor_, clock_, access_, provider_,
               {.seed = seed, .who = who, .crypto = kFreeCrypto, .settings = without_limits(settings), .wire = false}) {
    run(process_.prepare());
    for (const OperationInfo& info : kOperationTable)
        offered_[size_t(info.operation)] = has_route(info.method, info.pattern);
}

bool Founder::has_route(std::string_view method, std::string_view pattern) {
    for (const gateway::Route& route : process_.routes())
        if (route.method == method && same_pattern(route.pattern, pattern)) return true;
    return false;
}

std::vector<std::string> Founder::stock(uint32_t films) {
    static constexpr const char* kTarget = "/api/v1/admin/titles";
    static constexpr const char* kGenres[] = {"drama",       "comedy",          "thriller",
                                              "documentary", "science-fiction", "family"};
    std::vector<std::string> ids;
    if (!has_route("POST", kTarget)) return ids;
    for (uint32_t i = 0; i < films; ++i) {
        JsonOut out;
        out.object().text("type", "film").text("title", title_of(i)).text("rating", "PG");
        out.key("genres").array().text(kGenres[i % std::size(kGenres)]).text(kGenres[i / 7 % std::size(kGenres)]).end();
        out.integer("release_year", 1960 + i % 66).integer("duration_s", 6000).text("language", "en");
        out.key("windows").array().object().text("region", "*").end().end().end();
        gateway::Request request{.method = "POST", .target = kTarget, .headers = {}, .body = out.take()};
        request.headers = {
            {"host", "api.example"}, {"authorization", "Bearer " + admin_token_}, {"content-type", "application/json"}};
        const Heard heard = exchange(std::move(request));
        if (heard.refused) throw std::logic_error("filling the catalogue: " + std::string(info_of(*heard.refused).name));
        ids.push_back(*Json::parse(heard.data).find("title_id")->text());
    }
    // The index and the lists follow by events, a batch at a time.
    for (uint32_t i = 0; i < films / 50 + 5; ++i) run(process_.maintain());
    return ids;
}

void Founder::run(Task<> task) {
    task.start();
    while (!task.done() && executor_.step()) {
    }
    task.take();
}

Heard Founder::exchange(gateway::Request request) {
    Task<Heard> task = process_.handle(std::move(request));
    task.start();
    while (!task.done() && executor_.step()) {
    }
    if (!task.done()) throw std::logic_error("a request waits for something that nobody does");
    return task.take();
}

bool Founder::ask(Operation operation, Client& client, TimeNs now) {
    const Row& row = row_of(operation);
    if (!offers(operation) || !row.wanted(client)) return false;
    const Heard heard = exchange(request_of(row, client, now));
    if (heard.refused)
        throw std::logic_error("making an account: " + std::string(info_of(operation).name) + " answers " +
                               std::string(info_of(*heard.refused).name));
    if (row.learn != nullptr) row.learn(client, heard.data, now);
    return true;
}

void Founder::found(Client& client, uint64_t number, TimeNs now) {
    executor_.skip_to(now);
    client.account = Account();
    client.account.number = number;
    client.payment_id = "founded-" + std::to_string(number);
    client.registers = client.pays = true;
    client.logs_in = false;
    ask(Operation::Register, client, now);
    if (!ask(Operation::Subscribe, client, now)) client.account.entitled = true;
    while (client.payment_pending) {
        run(process_.maintain());
        ask(Operation::ReadSubscription, client, now);
    }
    ask(Operation::ListProfiles, client, now);
    ask(Operation::CreateProfile, client, now);
    client.registers = client.pays = false;
}

}  // namespace matinee::services
