#include "system/accounts/jwt.hpp"

#include "system/base/encoding.hpp"
#include "system/base/json.hpp"

namespace matinee::accounts {

namespace {

constexpr std::string_view kAlgorithm = "EdDSA";
constexpr std::string_view kType = "JWT";
constexpr int64_t kLatestSecond = kNever / kSecond;

std::optional<Json> decoded_object(std::string_view part) {
    const std::optional<std::string> text = from_base64url(part);
    if (!text) return std::nullopt;
    try {
        Json json = Json::parse(*text, 2);
        return json.object() == nullptr ? std::nullopt : std::optional<Json>(std::move(json));
    } catch (const JsonError&) {
        return std::nullopt;
    }
}

bool read_text(const Json& json, std::string_view name, std::string& into) {
    const Json* const member = json.find(name);
    if (member == nullptr || member->text() == nullptr) return false;
    into = *member->text();
    return true;
}

bool read_seconds(const Json& json, std::string_view name, TimeNs& into) {
    const Json* const member = json.find(name);
    if (member == nullptr || member->integer() == nullptr) return false;
    const int64_t seconds = *member->integer();
    if (seconds < 0 || seconds > kLatestSecond) return false;
    into = seconds * kSecond;
    return true;
}

bool read_header(const Json& header, std::string& key_id) {
    std::string algorithm, type;
    // Exactly these three: RFC 7515's "crit", "jwk", "jku" and "x5c" would each ask the reader to trust the sender.
    return header.object()->size() == 3 && read_text(header, "alg", algorithm) && algorithm == kAlgorithm &&
           read_text(header, "typ", type) && type == kType && read_text(header, "kid", key_id);
}

}  // namespace

std::string token_to_sign(const std::string& key_id, const Claims& claims) {
    JsonOut header;
    header.object().text("alg", kAlgorithm).text("typ", kType).text("kid", key_id).end();
    JsonOut body;
    body.object().text("iss", claims.issuer).text("sub", claims.user_id).text("sid", claims.session_id);
    if (!claims.country.empty()) body.text("ctr", claims.country);
    body.text("jti", claims.token_id).integer("iat", claims.issued_at / kSecond);
    body.integer("exp", claims.expires_at / kSecond).end();
    return to_base64url(header.take()) + "." + to_base64url(body.take());
}

std::string signed_token(const std::string& to_sign, std::string_view signature) {
    return to_sign + "." + to_base64url(signature);
}

std::optional<ParsedToken> parse_token(std::string_view token) {
    if (token.size() > kLongestToken) return std::nullopt;
    const size_t first = token.find('.');
    const size_t second = first == std::string_view::npos ? first : token.find('.', first + 1);
    if (second == std::string_view::npos || token.find('.', second + 1) != std::string_view::npos) return std::nullopt;
    const std::optional<Json> header = decoded_object(token.substr(0, first));
    const std::optional<Json> body = decoded_object(token.substr(first + 1, second - first - 1));
    std::optional<std::string> signature = from_base64url(token.substr(second + 1));
    if (!header || !body || !signature) return std::nullopt;
    ParsedToken parsed;
    Claims& claims = parsed.claims;
    const bool complete = read_header(*header, parsed.key_id) && read_text(*body, "iss", claims.issuer) &&
                          read_text(*body, "sub", claims.user_id) && read_text(*body, "sid", claims.session_id) &&
                          read_text(*body, "jti", claims.token_id) && read_seconds(*body, "iat", claims.issued_at) &&
                          read_seconds(*body, "exp", claims.expires_at) &&
                          (body->find("ctr") == nullptr || read_text(*body, "ctr", claims.country));
    if (!complete) return std::nullopt;
    parsed.to_sign = std::string(token.substr(0, second));
    parsed.signature = std::move(*signature);
    return parsed;
}

}  // namespace matinee::accounts
