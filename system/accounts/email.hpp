// E-mail addresses: what can be one, and which are the same.
#pragma once

#include <string>

namespace matinee::accounts {

/// Throws ServiceError(InvalidField) for what is clearly none: it has one "@" with a name before it and behind it a
/// domain of at least two labels (RFC 5321 section 4.1.2 without quoted names and address literals, RFC 1123
/// section 2.1). Letters of other alphabets are fine in both (RFC 6531). Whether it exists, only a mail can tell.
void check_email(const std::string& email);

/// The same for all ways to type an address: ASCII letters in lower case.
std::string email_key(const std::string& email);

}  // namespace matinee::accounts
