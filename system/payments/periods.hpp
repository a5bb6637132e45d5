// What a user has paid for: the periods that payments bought, one after the other. payments.hpp says what that means.
#pragma once

#include "system/payments/rows.hpp"

namespace matinee::payments {

/// The payments of a user that stand, are not credited to another that stands, and whose time ends after `after`: in
/// the order in which their time is used. What a living subscription has comes last, because it is what renewals go on
/// from.
std::vector<Payment> standing_periods(SqlTransaction& tx, const std::string& user_id, TimeNs after);

/// What is left at `now` of what was paid for a period (with what was credited to it, less what was given back), by the
/// part of its time that is left.
int64_t worth_left(SqlTransaction& tx, const Payment& period, TimeNs now);

/// How much of a payment can be given back: not what another one that stands, or is being decided, was credited with.
int64_t refundable_minor(SqlTransaction& tx, const Payment& payment);

}  // namespace matinee::payments
