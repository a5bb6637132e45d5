// Port: somebody who moves money. The words are those of Stripe's API: a payment intent is one attempt at one charge.
//
// What every adapter promises
// - A call that comes back says what is so. ServiceError(Unavailable) says nothing: the request may have arrived or
//   not, the money may have moved or not, and now or later. Whoever gets it asks again.
// - `pay` and `refund` are idempotent by key: however often an order is given, the money moves at most once, and the
//   answer is the state of today. A key with another order is IdempotencyKeyReused. A provider forgets keys: an order
//   may be repeated for `key_lifetime` after it was given for the first time.
// - An adapter bounds its own waiting: each call comes back or throws within `patience`, and a request that it sent has
//   arrived by then or never will.
// - Succeeded and Declined are final: whoever wants to try again gives a new order.
// - Webhooks are hints that spare waiting: they come late, twice, in any order, or never.
#pragma once

#include <optional>
#include <string>

#include "system/base/money.hpp"
#include "system/base/task.hpp"
#include "system/base/units.hpp"

namespace matinee {

struct PaymentOrder {
    std::string idempotency_key;
    std::string reference;       ///< ours for this payment; comes back with webhooks and can be looked for
    std::string payment_method;  ///< as the provider knows it
    Money amount;
};

struct ProviderPayment {
    enum class Outcome : uint8_t {
        Succeeded,   ///< charged
        Declined,    ///< not charged, and will not be
        Processing,  ///< will be one of the two
    };
    std::string provider_id;  ///< the provider's name for the intent
    Outcome outcome = Outcome::Processing;
    std::string decline_code;  ///< "card_declined", "unknown_payment_method"; empty unless declined
    friend bool operator==(const ProviderPayment&, const ProviderPayment&) = default;
};

struct RefundOrder {
    std::string idempotency_key;
    std::string reference;    ///< ours for this refund, by which it can be looked for
    std::string provider_id;  ///< of the intent that succeeded
    Money amount;             ///< with earlier refunds at most what was charged; more: the refund is Failed
};

struct ProviderRefund {
    enum class Outcome : uint8_t {
        Done,
        Pending,  ///< will be one of the other two; that can take days, longer than a key is known
        Failed,   ///< nothing was given back, and will not be
    };
    std::string provider_id;  ///< the provider's name for the refund; may be empty for one that it refused
    Outcome outcome = Outcome::Pending;
    friend bool operator==(const ProviderRefund&, const ProviderRefund&) = default;
};

/// What a webhook says.
struct ProviderNotice {
    std::string event_id;                    ///< by which a repetition is known
    std::string reference;                   ///< empty: about nothing that an order of ours named
    std::optional<ProviderPayment> payment;  ///< where it is about the outcome of a payment
};

class PaymentProvider {
public:
    virtual ~PaymentProvider() = default;

    /// As it stands in the address of its webhooks: "sandbox".
    virtual std::string name() const = 0;
    virtual TimeNs patience() const = 0;
    virtual TimeNs key_lifetime() const = 0;

    /// Whether there is such a payment method; not, whether it can be charged.
    virtual Task<bool> knows(std::string payment_method) = 0;
    /// Makes an intent and confirms it.
    virtual Task<ProviderPayment> pay(PaymentOrder order) = 0;
    /// An intent by its id. NotFound.
    virtual Task<ProviderPayment> retrieve(std::string provider_id) = 0;
    /// The newest intent of a reference. Nothing means that none was made up to a minute ago: a provider's index may
    /// lag.
    virtual Task<std::optional<ProviderPayment>> find(std::string reference) = 0;
    virtual Task<ProviderRefund> refund(RefundOrder order) = 0;
    /// A refund by its id. NotFound.
    virtual Task<ProviderRefund> retrieve_refund(std::string refund_id) = 0;
    /// The refund of an intent that was ordered under a reference. Nothing means that no such order has arrived so far.
    virtual Task<std::optional<ProviderRefund>> find_refund(std::string provider_id, std::string reference) = 0;

    /// Reads the body of a webhook whose signature was found good. Throws ServiceError(MalformedRequest).
    virtual ProviderNotice read_notice(const std::string& body) const = 0;
};

}  // namespace matinee
