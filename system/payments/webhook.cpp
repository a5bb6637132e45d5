// Webhooks: what the provider says by itself.
#include <algorithm>
#include <charconv>

#include "system/base/encoding.hpp"
#include "system/base/service_error.hpp"
#include "system/payments/saga.hpp"

namespace matinee::payments {

namespace {

struct SignatureHeader {
    std::string time;                     ///< as written
    std::vector<std::string> signatures;  ///< v1; several while a secret is being changed
};

SignatureHeader parse_signature(const std::string& header) {
    SignatureHeader parsed;
    for (size_t at = 0; at < header.size();) {
        const size_t end = std::min(header.find(',', at), header.size());
        const std::string part = header.substr(at, end - at);
        if (part.starts_with("t=")) parsed.time = part.substr(2);
        if (part.starts_with("v1=")) parsed.signatures.push_back(part.substr(3));
        at = end + 1;
    }
    return parsed;
}

[[noreturn]] void refuse() {
    throw ServiceError(ErrorCode::Unauthenticated, "the signature of the webhook is not good");
}

}  // namespace

std::string Payments::signature_of(const std::string& time, const std::string& body) const {
    return to_hex(crypto_.hmac_sha256(settings_.webhook_secret, time + "." + body));
}

Task<> Payments::notice(std::string provider, std::string body, std::string signature) {
    if (provider != provider_.name()) throw ServiceError(ErrorCode::NotFound, "no such provider");
    const SignatureHeader header = parse_signature(signature);
    const TimeNs now = clock_.now();
    int64_t seconds = 0;
    const char* const end = header.time.data() + header.time.size();
    const auto [stopped, error] = std::from_chars(header.time.data(), end, seconds);
    if (settings_.webhook_secret.empty() || error != std::errc() || stopped != end || seconds < 0) refuse();
    const int64_t age = now / kSecond - seconds;
    const int64_t tolerance = settings_.webhook_tolerance / kSecond;
    if (age > tolerance || age < -tolerance) refuse();
    const std::string expected = signature_of(header.time, body);
    bool is_signed = false;
    for (const std::string& one : header.signatures) is_signed = equal_in_constant_time(one, expected) || is_signed;
    if (!is_signed) refuse();

    const ProviderNotice said = provider_.read_notice(body);
    const Ids fresh(clock_, random_);
    const auto settle = [&](SqlTransaction& tx) {
        Ids ids = fresh;
        const int64_t first_time = tx.execute(
            "INSERT INTO webhook_events(provider, event_id, forget_at) VALUES($1, $2, $3) ON CONFLICT DO NOTHING",
            provider, said.event_id, now + settings_.webhook_memory);
        if (first_time == 1 && said.payment) apply(tx, said.reference, *said.payment, ids, now);
    };
    co_await sql_.write(settle);
}

}  // namespace matinee::payments
