// Checks of a JSON body against the fields of a route.
#pragma once

#include "system/gateway/route.hpp"

namespace matinee::gateway {

/// The body as an object whose listed fields have their kinds and bounds. Throws ServiceError: UnsupportedMediaType,
/// MalformedRequest (not JSON, not an object), InvalidField (the first field that is wrong).
Json checked_body(const Request& request, const std::vector<Field>& fields);

}  // namespace matinee::gateway
