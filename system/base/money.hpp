// Money: whole minor units of one currency, so that sums are exact and do not depend on their order.
#pragma once

#include <cstdint>
#include <string>

namespace matinee {

struct Money {
    int64_t minor = 0;     ///< cents, paise, yen: the smallest unit that ISO 4217 gives the currency
    std::string currency;  ///< ISO 4217: "EUR"
    friend bool operator==(const Money&, const Money&) = default;
};

}  // namespace matinee
