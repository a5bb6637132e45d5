#include "system/base/service_error.hpp"

#include <array>

namespace matinee {

static constexpr std::array<ErrorInfo, 15> kTable = {{
    {ErrorCode::MalformedRequest, "malformed_request", 400, "The request cannot be understood"},
    {ErrorCode::Unauthenticated, "unauthenticated", 401, "A valid access token is needed"},
    {ErrorCode::WrongCredentials, "wrong_credentials", 401, "E-mail address or password is wrong"},
    {ErrorCode::Forbidden, "forbidden", 403, "This belongs to somebody else"},
    {ErrorCode::NotFound, "not_found", 404, "There is nothing here"},
    {ErrorCode::MethodNotAllowed, "method_not_allowed", 405, "This resource does not have that method"},
    {ErrorCode::RequestTimeout, "request_timeout", 408, "The request took too long to arrive"},
    {ErrorCode::EmailTaken, "email_taken", 409, "An account with this e-mail address exists"},
    {ErrorCode::PayloadTooLarge, "payload_too_large", 413, "The request body is too large"},
    {ErrorCode::UnsupportedMediaType, "unsupported_media_type", 415, "The body must be application/json"},
    {ErrorCode::InvalidField, "invalid_field", 422, "A field of the request is not acceptable"},
    {ErrorCode::HeadersTooLarge, "headers_too_large", 431, "The request's headers are too large"},
    {ErrorCode::Internal, "internal", 500, "Something went wrong on our side"},
    {ErrorCode::NotImplemented, "not_implemented", 501, "This method is unknown here"},
    {ErrorCode::Unavailable, "unavailable", 503, "Overloaded or shutting down; try again later"},
}};

std::span<const ErrorInfo> error_table() { return kTable; }

const ErrorInfo& info_of(ErrorCode code) { return kTable.at(size_t(code)); }

}  // namespace matinee
