// Checks of a JSON body and of a query against the fields of a route.
#pragma once

#include "system/gateway/route.hpp"

namespace matinee::gateway {

/// The body as an object whose listed fields have their kinds and bounds. Throws ServiceError: UnsupportedMediaType,
/// MalformedRequest (not JSON, not an object), InvalidField (the first field that is wrong).
Json checked_body(const Request& request, const std::vector<Field>& fields);
/// The same into `body`, of a request that is done with its own: a value passes on without a copy.
void take_body(Request& request, const std::vector<Field>& fields, Json& body);

/// The listed fields of a target's query, decoded ("+" is a blank), as an object of texts, integers and flags. Throws
/// ServiceError: MalformedRequest (broken or needless tricks with %, invalid UTF-8), InvalidField (also for one that
/// stands twice).
Json checked_query(const Request& request, const std::vector<Field>& fields);

}  // namespace matinee::gateway
