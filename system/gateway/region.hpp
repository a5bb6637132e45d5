// Where a viewer is, as a query says it.
#pragma once

#include "system/gateway/route.hpp"

namespace matinee::gateway {

/// The optional field `region` of a query.
Field region_field();

/// That region, or the country of the caller's account, or the default. Throws ServiceError(InvalidField) for what is not two capital letters.
std::string region_of(const Call& call, const std::string& default_region);

}  // namespace matinee::gateway
