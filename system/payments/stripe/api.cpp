#include "system/payments/stripe/api.hpp"

#include <algorithm>

#include "system/base/json.hpp"
#include "system/base/service_error.hpp"

namespace matinee::payments::stripe {

namespace {

using Outcome = ProviderPayment::Outcome;

std::string percent_encoded(std::string_view text) {
    static constexpr const char* kDigits = "0123456789ABCDEF";
    std::string out;
    for (const char c : text) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                           c == '_' || c == '.' || c == '~';
        if (plain) {
            out += c;
            continue;
        }
        out += '%';
        out += kDigits[uint8_t(c) >> 4];
        out += kDigits[uint8_t(c) & 15];
    }
    return out;
}

gateway::Request request(const char* method, const std::string& target, const std::string& secret_key) {
    gateway::Request made;
    made.method = method;
    made.target = target;
    made.headers = {{"authorization", "Bearer " + secret_key}, {"stripe-version", kVersion}};
    return made;
}

gateway::Request post(const std::string& target, const std::string& secret_key, const std::string& idempotency_key,
                      const Form& form) {
    gateway::Request made = request("POST", target, secret_key);
    made.headers.push_back({"content-type", "application/x-www-form-urlencoded"});
    made.headers.push_back({"idempotency-key", idempotency_key});
    made.body = encoded(form);
    return made;
}

std::string lower(std::string text) {
    for (char& c : text)
        if (c >= 'A' && c <= 'Z') c = char(c - 'A' + 'a');
    return text;
}

const Json* member(const Json* of, const char* name) { return of == nullptr ? nullptr : of->find(name); }

std::string text_of(const Json* of, const char* name) {
    const Json* const found = member(of, name);
    return found == nullptr || found->text() == nullptr ? "" : *found->text();
}

[[noreturn]] void says_nothing(const std::string& why) { throw ServiceError(ErrorCode::Unavailable, why); }

Json parsed(const gateway::Response& response) {
    if (response.status >= 500 || response.status == 429)
        says_nothing("Stripe answered " + std::to_string(response.status));
    try {
        return Json::parse(response.body);
    } catch (const JsonError&) {
        says_nothing("Stripe answered something that is not JSON");
    }
}

/// What an error means that is not about the card.
[[noreturn]] void refuse(const Json& error, int status) {
    const std::string type = text_of(&error, "type");
    if (status == 409 || text_of(&error, "code") == "idempotency_key_in_use")
        says_nothing("the same order is being worked on");
    if (type == "idempotency_error") throw ServiceError(ErrorCode::IdempotencyKeyReused);
    if (status == 404) throw ServiceError(ErrorCode::NotFound);
    says_nothing("Stripe refused: " + type + " " + text_of(&error, "code"));
}

ProviderPayment declined(std::string id, std::string code) {
    return {.provider_id = std::move(id), .outcome = Outcome::Declined, .decline_code = std::move(code)};
}

ProviderPayment payment_of(const Json& intent) {
    const std::string id = text_of(&intent, "id");
    const std::string status = text_of(&intent, "status");
    if (id.empty() || status.empty()) says_nothing("Stripe answered without an intent");
    if (status == "succeeded") return {.provider_id = id, .outcome = Outcome::Succeeded, .decline_code = {}};
    if (status == "canceled") return declined(id, "canceled");
    // An intent that was never tried has this status, too, but no error.
    const Json* const error = member(&intent, "last_payment_error");
    if (status == "requires_payment_method" && error != nullptr && !error->is_null())
        return declined(id, text_of(error, "code"));
    return {.provider_id = id, .outcome = Outcome::Processing, .decline_code = {}};
}

ProviderRefund refund_of(const Json& refund) {
    using Refunded = ProviderRefund::Outcome;
    const std::string status = text_of(&refund, "status");
    if (status.empty()) says_nothing("Stripe answered without a refund");
    const bool failed = status == "failed" || status == "canceled";
    return {.provider_id = text_of(&refund, "id"),
            .outcome = status == "succeeded" ? Refunded::Done
                       : failed              ? Refunded::Failed
                                             : Refunded::Pending};
}

/// What a list consists of.
const Json::Array& list_of(const Json& answer, int status) {
    if (const Json* const error = answer.find("error")) refuse(*error, status);
    const Json* const data = answer.find("data");
    if (data == nullptr || data->array() == nullptr) says_nothing("Stripe answered without a list");
    return *data->array();
}

}  // namespace

std::string encoded(const Form& form) {
    std::string out;
    for (const auto& [name, value] : form)
        out += (out.empty() ? "" : "&") + percent_encoded(name) + "=" + percent_encoded(value);
    return out;
}

std::optional<Form> decoded(std::string_view text) {
    Form form;
    while (!text.empty()) {
        const std::string_view pair = text.substr(0, text.find('&'));
        text.remove_prefix(std::min(pair.size() + 1, text.size()));
        const size_t equals = pair.find('=');
        if (equals == std::string_view::npos) return std::nullopt;
        auto name = gateway::percent_decoded(pair.substr(0, equals));
        auto value = gateway::percent_decoded(pair.substr(equals + 1));
        if (!name || !value) return std::nullopt;
        form.emplace_back(std::move(*name), std::move(*value));
    }
    return form;
}

gateway::Request payment_method_request(const std::string& secret_key, const std::string& payment_method) {
    return request("GET", "/v1/payment_methods/" + percent_encoded(payment_method), secret_key);
}

gateway::Request pay_request(const std::string& secret_key, const PaymentOrder& order) {
    return post("/v1/payment_intents", secret_key, order.idempotency_key,
                {{"amount", std::to_string(order.amount.minor)},
                 {"currency", lower(order.amount.currency)},
                 {"payment_method", order.payment_method},
                 {"payment_method_types[]", "card"},
                 {"confirm", "true"},
                 {"off_session", "true"},
                 {"error_on_requires_action", "true"},
                 {"metadata[reference]", order.reference}});
}

gateway::Request retrieve_request(const std::string& secret_key, const std::string& payment_intent) {
    return request("GET", "/v1/payment_intents/" + percent_encoded(payment_intent), secret_key);
}

gateway::Request find_request(const std::string& secret_key, const std::string& reference) {
    // References are ids of ours: no quote that would have to be escaped.
    const std::string query = "metadata['reference']:'" + reference + "'";
    return request("GET", "/v1/payment_intents/search?" + encoded({{"query", query}, {"limit", "100"}}), secret_key);
}

gateway::Request refund_request(const std::string& secret_key, const RefundOrder& order) {
    return post("/v1/refunds", secret_key, order.idempotency_key,
                {{"payment_intent", order.provider_id},
                 {"amount", std::to_string(order.amount.minor)},
                 {"metadata[reference]", order.reference}});
}

gateway::Request retrieve_refund_request(const std::string& secret_key, const std::string& refund) {
    return request("GET", "/v1/refunds/" + percent_encoded(refund), secret_key);
}

gateway::Request list_refunds_request(const std::string& secret_key, const std::string& payment_intent) {
    return request("GET", "/v1/refunds?" + encoded({{"payment_intent", payment_intent}, {"limit", "100"}}), secret_key);
}

bool read_is_known(const gateway::Response& response) {
    const Json answer = parsed(response);
    const Json* const error = answer.find("error");
    if (error == nullptr) return true;
    if (text_of(error, "code") == "resource_missing") return false;
    refuse(*error, response.status);
}

ProviderPayment read_payment(const gateway::Response& response) {
    const Json answer = parsed(response);
    const Json* const error = answer.find("error");
    if (error == nullptr) return payment_of(answer);
    if (text_of(error, "type") == "card_error")
        return declined(text_of(member(error, "payment_intent"), "id"), text_of(error, "code"));
    if (text_of(error, "code") == "resource_missing" && text_of(error, "param") == "payment_method")
        return declined("", "unknown_payment_method");
    refuse(*error, response.status);
}

std::optional<ProviderPayment> read_found(const gateway::Response& response) {
    const Json answer = parsed(response);
    const Json* newest = nullptr;
    int64_t newest_at = -1;
    for (const Json& intent : list_of(answer, response.status)) {
        const Json* const created = intent.find("created");
        const int64_t at = created == nullptr || created->integer() == nullptr ? 0 : *created->integer();
        if (at > newest_at) newest = &intent, newest_at = at;
    }
    if (newest == nullptr) return std::nullopt;
    return payment_of(*newest);
}

ProviderRefund read_refund(const gateway::Response& response) {
    const Json answer = parsed(response);
    if (const Json* const error = answer.find("error")) refuse(*error, response.status);
    return refund_of(answer);
}

ProviderRefund read_ordered_refund(const gateway::Response& response) {
    const Json answer = parsed(response);
    const Json* const error = answer.find("error");
    if (response.status == 400 && text_of(error, "type") == "invalid_request_error")
        return {.provider_id = {}, .outcome = ProviderRefund::Outcome::Failed};
    return read_refund(response);
}

std::optional<ProviderRefund> read_found_refund(const gateway::Response& response, const std::string& reference) {
    const Json answer = parsed(response);
    for (const Json& refund : list_of(answer, response.status))
        if (text_of(member(&refund, "metadata"), "reference") == reference) return refund_of(refund);
    const Json* const more = answer.find("has_more");
    if (more == nullptr || more->flag() == nullptr || *more->flag())
        says_nothing("Stripe listed some of the refunds only");
    return std::nullopt;
}

ProviderNotice read_event(const std::string& body) {
    try {
        const Json event = Json::parse(body);
        ProviderNotice notice;
        notice.event_id = text_of(&event, "id");
        const std::string type = text_of(&event, "type");
        if (notice.event_id.empty() || type.empty())
            throw ServiceError(ErrorCode::MalformedRequest, "not an event of Stripe");
        const Json* const object = member(event.find("data"), "object");
        if (!type.starts_with("payment_intent.") || object == nullptr) return notice;
        notice.reference = text_of(object->find("metadata"), "reference");
        if (!notice.reference.empty()) notice.payment = payment_of(*object);
        return notice;
    } catch (const JsonError&) {
        throw ServiceError(ErrorCode::MalformedRequest, "not JSON");
    }
}

}  // namespace matinee::payments::stripe
