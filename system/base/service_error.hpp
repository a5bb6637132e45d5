// How a service refuses: by throwing ServiceError with a code of one table. The gateway turns it into problem+json
// (RFC 9457); every code has one HTTP status and one title, and clients match on the code, never on the words.
#pragma once

#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

#include "system/base/units.hpp"

namespace matinee {

enum class ErrorCode : uint8_t {
    MalformedRequest,
    Unauthenticated,
    WrongCredentials,
    SubscriptionRequired,
    PaymentDeclined,
    Forbidden,
    WrongPin,
    RatingBlocked,
    NotFound,
    MethodNotAllowed,
    RequestTimeout,
    EmailTaken,
    AlreadySubscribed,
    SubscriptionNotActive,
    PaymentUnderWay,
    NothingCharged,
    TooManyProfiles,
    TooManyStreams,
    TooManyDevices,
    VersionConflict,
    RequestInProgress,
    PayloadTooLarge,
    UnsupportedMediaType,
    InvalidField,
    IdempotencyKeyReused,
    RateLimited,
    HeadersTooLarge,
    NotInRegion,
    Internal,
    NotImplemented,
    Unavailable,
    DeadlineExceeded,
};

struct ErrorInfo {
    ErrorCode code;
    std::string_view name;   ///< on the wire: "wrong_credentials"; its problem type is "urn:matinee:problem:<name>"
    int status;              ///< HTTP
    std::string_view title;  ///< the same for every occurrence
};

/// The whole table, in the order of the enumeration.
std::span<const ErrorInfo> error_table();
const ErrorInfo& info_of(ErrorCode code);

/// Thrown by services for what the caller did or must know. `detail` is about this occurrence, is shown to the caller
/// and so holds no secret. Any other exception that reaches the gateway is an internal error and stays unexplained.
struct ServiceError : std::runtime_error {
    explicit ServiceError(ErrorCode c, const std::string& detail = "", std::string f = "")
        : std::runtime_error(detail), code(c), field(std::move(f)) {}
    ErrorCode code;
    std::string field;    ///< the field of the body that is wrong, where one is
    TimeNs retry_in = 0;  ///< when to try again; 0: nobody knows

    ServiceError& worth_retrying_in(TimeNs time) {
        retry_in = time;
        return *this;
    }
};

}  // namespace matinee
