#include "system/base/service_error.hpp"

#include <array>

namespace matinee {

static constexpr std::array<ErrorInfo, 32> kTable = {{
    {ErrorCode::MalformedRequest, "malformed_request", 400, "The request cannot be understood"},
    {ErrorCode::Unauthenticated, "unauthenticated", 401, "A valid access token is needed"},
    {ErrorCode::WrongCredentials, "wrong_credentials", 401, "E-mail address or password is wrong"},
    {ErrorCode::SubscriptionRequired, "subscription_required", 402, "A plan that is paid for is needed"},
    {ErrorCode::PaymentDeclined, "payment_declined", 402, "The payment was declined"},
    {ErrorCode::Forbidden, "forbidden", 403, "This belongs to somebody else"},
    {ErrorCode::WrongPin, "wrong_pin", 403, "The PIN is wrong or missing"},
    {ErrorCode::RatingBlocked, "rating_blocked", 403, "The profile may not watch titles of this rating"},
    {ErrorCode::NotFound, "not_found", 404, "There is nothing here"},
    {ErrorCode::MethodNotAllowed, "method_not_allowed", 405, "This resource does not have that method"},
    {ErrorCode::RequestTimeout, "request_timeout", 408, "The request took too long to arrive"},
    {ErrorCode::EmailTaken, "email_taken", 409, "An account with this e-mail address exists"},
    {ErrorCode::AlreadySubscribed, "already_subscribed", 409, "The account has a subscription"},
    {ErrorCode::SubscriptionNotActive, "subscription_not_active", 409, "The subscription is in another state"},
    {ErrorCode::PaymentUnderWay, "payment_under_way", 409, "A payment for the subscription is being decided"},
    {ErrorCode::NothingCharged, "nothing_charged", 409, "Nothing was charged that could be given back"},
    {ErrorCode::TooManyProfiles, "too_many_profiles", 409, "The account has as many profiles as it may"},
    {ErrorCode::TooManyStreams, "too_many_streams", 409, "As many screens play as the plan has"},
    {ErrorCode::TooManyDevices, "too_many_devices", 409, "The account has as many devices as it may"},
    {ErrorCode::VersionConflict, "version_conflict", 409, "Somebody else changed it meanwhile"},
    {ErrorCode::RequestInProgress, "request_in_progress", 409, "The same request is still being worked on"},
    {ErrorCode::PayloadTooLarge, "payload_too_large", 413, "The request body is too large"},
    {ErrorCode::UnsupportedMediaType, "unsupported_media_type", 415, "The body must be application/json"},
    {ErrorCode::InvalidField, "invalid_field", 422, "A field of the request is not acceptable"},
    {ErrorCode::IdempotencyKeyReused, "idempotency_key_reused", 422, "This idempotency key stands for another request"},
    {ErrorCode::RateLimited, "rate_limited", 429, "Too many requests; try again later"},
    {ErrorCode::HeadersTooLarge, "headers_too_large", 431, "The request's headers are too large"},
    {ErrorCode::NotInRegion, "not_in_region", 451, "The title is not available in this region"},
    {ErrorCode::Internal, "internal", 500, "Something went wrong on our side"},
    {ErrorCode::NotImplemented, "not_implemented", 501, "This method is unknown here"},
    {ErrorCode::Unavailable, "unavailable", 503, "Overloaded or shutting down; try again later"},
    {ErrorCode::DeadlineExceeded, "deadline_exceeded", 504, "It took longer than the caller would wait"},
}};

std::span<const ErrorInfo> error_table() { return kTable; }

const ErrorInfo& info_of(ErrorCode code) { return kTable.at(size_t(code)); }

}  // namespace matinee
