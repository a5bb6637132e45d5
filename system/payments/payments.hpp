// Plans, subscriptions and the money for them.
//
// A charge is a saga that stands as a row in `payments`:
// 1. The row is written, with its id as the idempotency key, in the transaction that lets the subscription wait for it.
// 2. The provider is told to charge.
// 3. What it says (by its answer, by webhook, or asked again) is applied in one transaction: the payment's state, the
//    entry in the ledger, what it means for the subscription, and the events. A payment that has succeeded is never
//    touched again, so it does not matter how often or through whom we hear of it.
// Between any two of these the process may die or the answer be lost; then the row is due, and maintain() asks again by
// the same key. A subscription waits for one payment at most (`open_payment`). Whoever changes his mind takes that
// away, and a charge that arrives all the same is given back: `refunds` is a saga of the same kind (refunds.cpp).
//
// Terms: a payment buys a period of one plan, and the periods of a user follow each other, whether or not they belong
// to one subscription. A plan that is dearer than all that is paid for begins at once: what is left of those periods,
// by time and by what was paid for them, is taken off its price, and they end. (Should more be left than its price, the
// payment is for as many periods as cost more than that.) Any other plan, in a new subscription, begins where the paid
// time ends, and in a change with the next period. So it is the same whether somebody changes the plan, or cancels and
// subscribes again. Who gets a payment back in full loses the time that it bought: what it had replaced counts again,
// for as long as that would have lasted, and later periods move up. Until then what was credited to it is not given
// back: each rupee buys time once, or goes back.
//
// Who may watch: until the paid time ends, and `grace` longer while a renewal is being tried.
// Refusals are ServiceErrors of the table.
#pragma once

#include <optional>

#include "system/payments/api.hpp"
#include "system/payments/ledger.hpp"
#include "system/payments/rows.hpp"
#include "system/payments/settings.hpp"
#include "system/ports/clock.hpp"
#include "system/ports/crypto.hpp"
#include "system/ports/event_log.hpp"
#include "system/ports/payment_provider.hpp"
#include "system/ports/random.hpp"

namespace matinee::payments {

/// What is to change; absent stays.
struct Change {
    std::optional<std::string> plan_id;
    std::optional<std::string> payment_method;
    std::optional<bool> auto_renew;  ///< false: cancel; true: take that back while there is time left
};

/// A subscription after a request, and whether a payment for it is still being decided.
struct Changed {
    Subscription subscription;
    bool is_decided = true;
};

struct Books {
    std::vector<ledger::Balance> balances;
    ledger::Check check;  ///< of all entries, or of the first `limit`
};

class Payments : public Entitlements {
public:
    Payments(Clock& clock, Random& random, Sql& sql, EventLog& log, Crypto& crypto, PaymentProvider& provider,
             const Settings& settings);

    const std::vector<Plan>& plans() const { return settings_.plans; }

    /// Charges for the first period, which begins as the terms say. AlreadySubscribed; InvalidField (no such plan or
    /// payment method); PaymentDeclined. Undecided: the subscription is pending, and becomes active or expired later.
    /// `request_key`, unless empty, names the request for `request_memory`: the same one again goes on where it was
    /// interrupted, another one is IdempotencyKeyReused.
    Task<Changed> subscribe(std::string user_id, std::string plan_id, std::string payment_method,
                            std::string request_key);
    /// NotFound where there never was one.
    Task<Subscription> read(std::string user_id);
    /// A payment method counts from now on, or, together with a plan that is charged for, once that is paid. NotFound;
    /// InvalidField (no such plan or payment method); SubscriptionNotActive; PaymentUnderWay; PaymentDeclined, after
    /// which nothing has changed.
    Task<Changed> change(std::string user_id, Change change);
    /// At the end of the paid time; one that is pending at once. Again is fine. NotFound.
    Task<Subscription> cancel(std::string user_id);
    /// Newest first.
    Task<std::vector<Payment>> history(std::string user_id, int64_t limit);

    /// Gives money back; all that is left where no amount is given. What was credited to another payment is left only
    /// once that one is given back. NotFound; NothingCharged; InvalidField (too much).
    /// `request_key` as for subscribe(). One that fails in the end is told by event, and may be ordered again.
    Task<Refund> refund(std::string payment_id, std::optional<int64_t> amount_minor, std::string reason,
                        std::string request_key);
    /// How many payments bought nothing and are not being given back any more: people have to see to them.
    Task<int64_t> owed();
    Task<Books> books(int64_t limit);

    /// A webhook: `signature` is "t=<seconds since 1970>,v1=<hex of HMAC-SHA-256 of t.body>", as Stripe signs
    /// (docs.stripe.com/webhooks, "Verify webhook signatures manually"). NotFound (no such provider); Unauthenticated
    /// (not signed, wrongly, or too long ago); MalformedRequest. What is known already, or not ours, is fine.
    Task<> notice(std::string provider, std::string body, std::string signature);

    /// Everything that is kept of a user, as JSON.
    Task<std::string> export_of(std::string user_id);

    std::optional<Entitlement> of_user(SqlTransaction& tx, const std::string& user_id, TimeNs now) const override;
    /// The same now, in a transaction of its own.
    Task<std::optional<Entitlement>> of_user(std::string user_id);

    /// Everything that is due: payments and refunds that were interrupted, renewals, ends, accounts that were erased,
    /// the check of the books (what it finds wrong is thrown, as std::logic_error, after everything else is done).
    Task<> maintain();

private:
    /// Ids for the rows and events of one transaction, made before it and the same whenever its body runs again.
    class Ids;
    /// How to ask the provider about a payment.
    struct Question;

    const Plan* find_plan(const std::string& plan_id) const;
    const Plan& plan_of(const std::string& plan_id) const;
    const Plan& plan_for_sale(const std::string& plan_id) const;
    std::string signature_of(const std::string& time, const std::string& body) const;

    // saga.cpp
    Payment new_payment(Ids& ids, const Subscription& subscription, const char* purpose, const Plan& plan,
                        int64_t amount_minor, TimeNs now) const;
    TimeNs next_ask(int64_t asks, TimeNs now) const;
    Question first_question(const Payment& payment) const;
    std::optional<Question> next_question(SqlTransaction& tx, const std::string& payment_id, TimeNs now) const;
    Task<> ask(Question question);
    Task<> ask_again(std::string payment_id);
    Task<std::optional<ProviderPayment>> hear_of(Question question);
    template <class Said, class Apply>
    Task<> settle_by(Task<std::optional<Said>> answer, Apply apply);
    void apply(SqlTransaction& tx, const std::string& payment_id, const ProviderPayment& said, Ids& ids, TimeNs now);
    void apply_success(SqlTransaction& tx, Payment& payment, Ids& ids, TimeNs now);
    void apply_decline(SqlTransaction& tx, Payment& payment, Ids& ids, TimeNs now);

    // refunds.cpp
    std::string start_refund(SqlTransaction& tx, Payment& payment, int64_t amount_minor, const std::string& reason,
                             const std::string& request_key, TimeNs due_at, Ids& ids, TimeNs now);
    void give_back(SqlTransaction& tx, Payment& payment, TimeNs due_at, Ids& ids, TimeNs now);
    Task<> ask_refund(std::string refund_id);
    Task<std::optional<ProviderRefund>> hear_of(Refund refund, RefundOrder order);
    void apply_refund(SqlTransaction& tx, const std::string& refund_id, const ProviderRefund& said, Ids& ids,
                      TimeNs now);
    void apply_failed_refund(SqlTransaction& tx, const Refund& refund, Payment& payment, Ids& ids, TimeNs now);

    // periods.cpp
    /// Whether a plan begins at once for who has these periods.
    bool is_dearer(const Plan& plan, const std::vector<Payment>& than) const;
    /// A payment for a plan, less what is left of the periods that it ends; notes that with them. The row is not
    /// inserted.
    Payment order_at_once(SqlTransaction& tx, const Subscription& subscription, const char* purpose, const Plan& plan,
                          const std::vector<Payment>& instead_of, Ids& ids, TimeNs now) const;
    /// The payment that the subscription waited for has come. Whether it ends other periods: then, with the payment
    /// written, realign() is next.
    bool grant(SqlTransaction& tx, Subscription& subscription, Payment& payment, Ids& ids, TimeNs now);
    TimeNs end_of_period(const Plan& plan, TimeNs anchor, TimeNs from, int64_t periods) const;
    /// After a payment of a user began or ceased to stand: the periods follow each other again without gap, and the
    /// subscriptions are what their periods say.
    void realign(SqlTransaction& tx, const std::string& user_id, Ids& ids, TimeNs now);
    /// `periods` are those of the subscription that stand, in their order.
    void restate(SqlTransaction& tx, Subscription& subscription, const std::vector<Payment>& periods, Ids& ids,
                 TimeNs now);

    // maintain.cpp
    Task<> look_at(std::string subscription_id);
    std::optional<Question> look(SqlTransaction& tx, Subscription& subscription, Ids& ids, TimeNs now);
    void erase(SqlTransaction& tx, const std::string& user_id, Ids& ids, TimeNs now);
    Task<std::vector<Task<>>> due_work(TimeNs now);
    Task<bool> forget_old(TimeNs now);
    Task<bool> check_books();

    /// A new state of a subscription: written, and told by event where the status changed.
    void store(SqlTransaction& tx, const Subscription& subscription, const std::string& status_before, TimeNs due_at,
               Ids& ids, TimeNs now) const;
    void tell_payment(SqlTransaction& tx, const char* type, const Payment& payment, int64_t amount_minor, Ids& ids,
                      TimeNs now) const;
    /// Takes the subscription out of use at the end of its paid time, or at once where it has none.
    void cancel_in(SqlTransaction& tx, Subscription& subscription, Ids& ids, TimeNs now) const;
    /// Lets one that was cancelled be renewed again.
    void resume(SqlTransaction& tx, Subscription& subscription, Ids& ids, TimeNs now) const;
    void change_method(SqlTransaction& tx, Subscription& subscription, const std::string& payment_method, Ids& ids,
                       TimeNs now) const;
    std::optional<Question> change_plan(SqlTransaction& tx, Subscription& subscription, const Change& change, Ids& ids,
                                        TimeNs now) const;
    Task<Changed> outcome(std::string subscription_id, std::string payment_id);

    Clock& clock_;
    Random& random_;
    Sql& sql_;
    EventLog& log_;
    Crypto& crypto_;
    PaymentProvider& provider_;
    Settings settings_;
    TimeNs next_sweep_ = 0;  ///< when to forget and to check next; a restart only makes it sooner
};

}  // namespace matinee::payments
