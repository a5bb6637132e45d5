// Whether answers are what the OpenAPI document of their host says, so that it cannot lie.
#pragma once

#include <string>
#include <vector>

#include "system/base/json.hpp"

namespace matinee::journeys {

class Documented {
public:
    explicit Documented(Json document) : document_(std::move(document)) {}

    /// What the answer to a request has otherwise than the document: a status or a type of which that knows nothing, a
    /// field that is missing, of another type, or not listed. "" where there is nothing, or the document has no such
    /// operation. `body` is null where it is not JSON.
    std::string complaint(const std::string& method, const std::string& target, int status,
                          const std::string& content_type, const Json& body) const;

private:
    const Json* operation(const std::string& method, const std::string& target) const;
    const Json* at(const std::string& reference) const;
    std::string check(const Json& schema, const Json& value, const std::string& path) const;
    std::string check_object(const Json& schema, const Json& value, const std::string& path) const;

    Json document_;
};

}  // namespace matinee::journeys
