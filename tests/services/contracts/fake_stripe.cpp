#include "tests/services/contracts/fake_stripe.hpp"

#include <stdexcept>

#include "system/base/json.hpp"

namespace matinee::contracts {

namespace {

const std::string kIntents = "/v1/payment_intents", kRefunds = "/v1/refunds";

std::map<std::string, std::string> fields_of(std::string_view form) {
    std::map<std::string, std::string> fields;
    while (!form.empty()) {
        const std::string_view pair = form.substr(0, form.find('&'));
        form.remove_prefix(std::min(pair.size() + 1, form.size()));
        const size_t equals = pair.find('=');
        fields[gateway::percent_decoded(pair.substr(0, equals)).value()] =
            gateway::percent_decoded(pair.substr(equals + 1)).value();
    }
    return fields;
}

bool is_known(const std::string& method) {
    return method == "pm_ok" || method == "pm_declined" || method == "pm_late" || method == "pm_timeout";
}

}  // namespace

std::string FakeStripe::json(const Intent& intent) {
    JsonOut out;
    out.object().text("id", intent.id).text("object", "payment_intent").text("status", intent.status);
    out.integer("amount", intent.amount).text("currency", intent.currency);
    out.integer("created", intent.created / kSecond).key("last_payment_error");
    if (intent.error.empty())
        out.null();
    else
        out.object().text("type", "card_error").text("code", intent.error).end();
    return out.key("metadata").object().text("reference", intent.reference).end().end().take();
}

std::string FakeStripe::json(const Refund& refund) {
    JsonOut out;
    out.object().text("id", refund.id).text("object", "refund").text("status", refund.status);
    out.integer("amount", refund.amount).text("payment_intent", refund.intent);
    return out.key("metadata").object().text("reference", refund.reference).end().end().take();
}

FakeStripe::Answer FakeStripe::error(int status, const std::string& type, const std::string& code,
                                     const std::string& param, const std::string& intent) {
    JsonOut out;
    out.object().key("error").object().text("type", type).text("code", code).text("message", "...");
    if (!param.empty()) out.text("param", param);
    if (!intent.empty()) out.key("payment_intent").raw(intent);
    return {status, out.end().end().take()};
}

Task<gateway::Response> FakeStripe::send(gateway::Request request) {
    std::optional<gateway::Response> response = serve(request);
    if (!response) throw std::runtime_error("timed out");
    co_return std::move(*response);
}

std::optional<gateway::Response> FakeStripe::serve(const gateway::Request& request) {
    const std::lock_guard lock(mutex_);
    if (faults_.fail_before > 0) return std::nullopt;
    settle();
    const Answer made = answer(request);
    if (std::exchange(next_answer_is_lost_, false)) return std::nullopt;
    gateway::Response response;
    response.status = faults_.fail_after > 0 ? 500 : made.status;
    response.body = made.body;
    return response;
}

void FakeStripe::set_faults(const SandboxFaults& faults) {
    const std::lock_guard lock(mutex_);
    faults_ = faults;
}

FakeStripe::Answer FakeStripe::answer(const gateway::Request& request) {
    const std::string* const authorization = request.header("authorization");
    if (authorization == nullptr || *authorization != "Bearer " + secret_key_)
        return error(401, "invalid_request_error", "api_key_missing");
    if (request.method == "GET") return look(request.target);
    const std::string key = request.header("idempotency-key") == nullptr ? "" : *request.header("idempotency-key");
    const auto known = keys_.find(key);
    if (known != keys_.end() && clock_.now() < known->second.until)
        return known->second.body == request.body ? known->second.answer : error(400, "idempotency_error", "");
    const std::string* const type = request.header("content-type");
    if (type == nullptr || *type != "application/x-www-form-urlencoded")
        return error(400, "invalid_request_error", "parameter_missing");
    const Fields fields = fields_of(request.body);
    const Answer made = request.target == kIntents ? create(fields) : refund(fields);
    // What fails validation is not kept.
    if (made.status != 400) keys_[key] = {request.body, made, clock_.now() + kDay};
    return made;
}

FakeStripe::Answer FakeStripe::look(const std::string& target) const {
    static const std::string kSearch = kIntents + "/search?", kList = kRefunds + "?", kMethods = "/v1/payment_methods/";
    if (target.starts_with(kSearch)) return search(fields_of(target.substr(kSearch.size())).at("query"));
    if (target.starts_with(kList)) return list_refunds(fields_of(target.substr(kList.size())));
    for (const Intent& intent : intents_)
        if (target == kIntents + "/" + intent.id) return {200, json(intent)};
    for (const Refund& refund : refunds_)
        if (target == kRefunds + "/" + refund.id) return {200, json(refund)};
    if (target.starts_with(kMethods) && is_known(target.substr(kMethods.size())))
        return {200, JsonOut().object().text("object", "payment_method").end().take()};
    return error(404, "invalid_request_error", "resource_missing", "id");
}

FakeStripe::Answer FakeStripe::create(const Fields& fields) {
    const std::string method = fields.at("payment_method");
    if (!is_known(method)) return error(400, "invalid_request_error", "resource_missing", "payment_method");
    if (fields.at("confirm") != "true") throw std::logic_error("the fake confirms at once only");
    Intent intent{.id = "pi_" + std::to_string(intents_.size() + 1),
                  .reference = fields.at("metadata[reference]"),
                  .method = method,
                  .status = "processing",
                  .error = {},
                  .amount = std::stoll(fields.at("amount")),
                  .currency = fields.at("currency"),
                  .created = clock_.now(),
                  .decided_at = clock_.now() + (method == "pm_late" ? 3 * kSecond : 0)};
    if (method != "pm_late") decide(intent, method != "pm_declined", "card_declined");
    intents_.push_back(intent);
    next_answer_is_lost_ = method == "pm_timeout";
    if (method == "pm_declined") return error(402, "card_error", "card_declined", "", json(intent));
    return {200, json(intent)};
}

FakeStripe::Answer FakeStripe::refund(const Fields& fields) {
    const int64_t amount = std::stoll(fields.at("amount"));
    for (Intent& intent : intents_) {
        if (intent.id != fields.at("payment_intent")) continue;
        if (intent.status != "succeeded" || intent.refunded + amount > intent.amount) break;
        const bool pending = faults_.refund_pending > 0, fails = faults_.refund_fail > 0;
        refunds_.push_back({.id = "re_" + std::to_string(refunds_.size() + 1),
                            .intent = intent.id,
                            .reference = fields.at("metadata[reference]"),
                            .status = pending ? "pending"
                                      : fails ? "failed"
                                              : "succeeded",
                            .amount = amount,
                            .fails = fails,
                            .decided_at = clock_.now() + 3 * kSecond});
        if (pending || !fails) intent.refunded += amount;
        return {200, json(refunds_.back())};
    }
    return error(400, "invalid_request_error", "charge_already_refunded");
}

FakeStripe::Answer FakeStripe::search(const std::string& query) const {
    JsonOut out;
    out.object().text("object", "search_result").key("data").array();
    for (const Intent& intent : intents_)
        if (query == "metadata['reference']:'" + intent.reference + "'") out.raw(json(intent));
    return {200, out.end().end().take()};
}

/// The newest first, like Stripe, and all of them: no test has more than a page.
FakeStripe::Answer FakeStripe::list_refunds(const Fields& fields) const {
    JsonOut out;
    out.object().text("object", "list").flag("has_more", false).key("data").array();
    for (auto refund = refunds_.rbegin(); refund != refunds_.rend(); ++refund)
        if (refund->intent == fields.at("payment_intent")) out.raw(json(*refund));
    return {200, out.end().end().take()};
}

void FakeStripe::settle() {
    for (Intent& intent : intents_)
        if (intent.status == "processing" && intent.decided_at <= clock_.now()) decide(intent, true, "");
    for (Refund& refund : refunds_) {
        if (refund.status != "pending" || refund.decided_at > clock_.now()) continue;
        refund.status = refund.fails ? "failed" : "succeeded";
        for (Intent& intent : intents_)
            if (refund.fails && intent.id == refund.intent) intent.refunded -= refund.amount;
    }
}

void FakeStripe::decide(Intent& intent, bool succeeds, const std::string& error) {
    intent.status = succeeds ? "succeeded" : "requires_payment_method";
    if (!succeeds) intent.error = error;
    intent.charges += succeeds ? 1 : 0;
    tell(succeeds ? "payment_intent.succeeded" : "payment_intent.payment_failed", intent);
}

void FakeStripe::tell(const std::string& type, const Intent& intent) {
    JsonOut out;
    out.object().text("id", "evt_" + std::to_string(events_.size() + 1)).text("object", "event").text("type", type);
    events_.push_back(out.key("data").object().key("object").raw(json(intent)).end().end().take());
}

std::vector<std::string> FakeStripe::take_events() {
    const std::lock_guard lock(mutex_);
    settle();
    return std::exchange(events_, {});
}

SandboxProvider::Tally FakeStripe::tally(const std::string& reference) {
    const std::lock_guard lock(mutex_);
    SandboxProvider::Tally tally{.reference = reference};
    for (const Intent& intent : intents_) {
        if (intent.reference != reference) continue;
        tally.charges += intent.charges;
        tally.charged_minor += intent.charges * intent.amount;
        tally.refunded_minor += intent.refunded;
    }
    return tally;
}

}  // namespace matinee::contracts
