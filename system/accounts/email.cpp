#include "system/accounts/email.hpp"

#include <algorithm>
#include <string_view>

#include "system/base/blanks.hpp"
#include "system/base/service_error.hpp"

namespace matinee::accounts {

namespace {

constexpr size_t kLongestName = 64, kLongestDomain = 253, kLongestLabel = 63;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || uint8_t(c) >= 0x80; }

bool is_name(std::string_view name) {
    return !name.empty() && name.size() <= kLongestName && name.front() != '.' && name.back() != '.' &&
           name.find("..") == std::string_view::npos &&
           std::none_of(name.begin(), name.end(), [](char c) { return uint8_t(c) <= ' ' || c == 0x7f; }) &&
           name.find_first_of("\"<>()[],;:\\@") == std::string_view::npos;
}

bool is_label(std::string_view label) {
    return !label.empty() && label.size() <= kLongestLabel && label.front() != '-' && label.back() != '-' &&
           std::all_of(label.begin(), label.end(), [](char c) { return is_letter(c) || is_digit(c) || c == '-'; });
}

bool is_domain(std::string_view domain) {
    if (domain.size() > kLongestDomain) return false;
    size_t labels = 0;
    std::string_view label;
    for (bool more = true; more; ++labels) {
        const size_t dot = domain.find('.');
        more = dot != std::string_view::npos;
        label = domain.substr(0, dot);
        if (!is_label(label)) return false;
        if (more) domain.remove_prefix(dot + 1);
    }
    return labels >= 2 && !std::all_of(label.begin(), label.end(), is_digit);  // the last one of an IPv4 address
}

}  // namespace

void check_email(const std::string& email) {
    const std::string_view whole = email;
    const size_t at = whole.rfind('@');
    if (at == std::string_view::npos || has_blank(whole) || !is_name(whole.substr(0, at)) ||
        !is_domain(whole.substr(at + 1)))
        throw ServiceError(ErrorCode::InvalidField, "email is not an e-mail address", "email");
}

std::string email_key(const std::string& email) {
    std::string key = email;
    for (char& c : key)
        if (c >= 'A' && c <= 'Z') c = char(c - 'A' + 'a');
    return key;
}

}  // namespace matinee::accounts
