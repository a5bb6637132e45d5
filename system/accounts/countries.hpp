// Countries by their code.
#pragma once

#include <string>

namespace matinee::accounts {

/// The ISO 3166-1 alpha-2 code in capitals. Throws ServiceError(InvalidField) for what is no officially assigned code.
std::string country_code(const std::string& text);

}  // namespace matinee::accounts
