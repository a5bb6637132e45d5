#include "system/gateway/region.hpp"

#include <algorithm>

#include "system/base/service_error.hpp"

namespace matinee::gateway {

Field region_field() {
    return {.name = "region",
            .required = false,
            .least = 2,
            .most = 2,
            .about = "Where the viewer is: ISO 3166-1 alpha-2, in capitals; the account's country unless said otherwise"};
}

std::string region_of(const Call& call, const std::string& default_region) {
    const std::string* const text = call.query_text("region");
    if (text == nullptr) return call.principal.country.empty() ? default_region : call.principal.country;
    if (!std::all_of(text->begin(), text->end(), [](char c) { return c >= 'A' && c <= 'Z'; }))
        throw ServiceError(ErrorCode::InvalidField, "region must be two capital letters", "region");
    return *text;
}

}  // namespace matinee::gateway
