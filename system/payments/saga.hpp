// What the parts of the class Payments share and nobody else needs.
#pragma once

#include "system/payments/payments.hpp"

namespace matinee::payments {

class Payments::Ids {
public:
    Ids(const Clock& clock, Random& random) : base_(new_id("ids", clock, random)) {}
    /// "evt_" and 32 hexadecimal digits, of which the last two count the ids of this transaction.
    std::string next(const char* prefix) {
        static constexpr const char* kDigits = "0123456789abcdef";
        std::string id = prefix + base_.substr(3, 31);
        id += kDigits[used_ / 16 % 16];
        id += kDigits[used_ % 16];
        ++used_;
        return id;
    }

private:
    std::string base_;
    unsigned used_ = 0;
};

struct Payments::Question {
    enum class Kind : uint8_t {
        Pay,       ///< give the order, for the first time or again
        Retrieve,  ///< its id is known
        Find,      ///< nobody wants it any more, or the key may be forgotten: look whether it was ever made
    };
    Payment payment;
    Kind kind = Kind::Pay;
};

/// Waits for what the provider says and applies it in a transaction. Without an answer nothing happens: the provider
/// may have done it or not, whatever kept the answer away.
template <class Said, class Apply>
Task<> Payments::settle_by(Task<std::optional<Said>> answer, Apply apply) {
    std::optional<Said> said;
    try {
        said = co_await std::move(answer);
    } catch (const std::exception&) {
        // Unknown, whatever it was.
    }
    if (!said) co_return;
    const TimeNs now = clock_.now();
    const Ids fresh(clock_, random_);
    const auto settle = [&](SqlTransaction& tx) {
        Ids ids = fresh;
        apply(tx, *said, ids, now);
    };
    co_await sql_.write(settle);
}

}  // namespace matinee::payments
