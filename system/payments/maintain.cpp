// What nobody asked for but time: interrupted sagas, renewals, ends.
#include <algorithm>
#include <stdexcept>

#include "system/accounts/api.hpp"
#include "system/base/json.hpp"
#include "system/events/outbox.hpp"
#include "system/payments/saga.hpp"

namespace matinee::payments {

namespace {

/// Runs tasks side by side until all are done; throws what the first of them threw. Whoever waits here looks at them
/// again and again, ever more seldom: it is maintenance, and nobody waits for it.
Task<> run_together(Clock& clock, std::vector<Task<>> tasks) {
    for (Task<>& task : tasks) task.start();
    const auto all_done = [&] {
        return std::all_of(tasks.begin(), tasks.end(), [](const Task<>& task) { return task.done(); });
    };
    TimeNs pause = kMillisecond;
    while (!all_done()) {
        co_await clock.sleep_until(clock.now() + pause);
        pause = std::min(pause * 2, 100 * kMillisecond);
    }
    for (Task<>& task : tasks) task.take();
}

}  // namespace

Task<> Payments::maintain() {
    static constexpr size_t kBatch = 100;
    const auto erase_user = [this](SqlTransaction& tx, const Event& event) {
        if (event.type != accounts::kErased) return;
        Ids ids(clock_, random_);
        erase(tx, event.key, ids, clock_.now());
    };
    // Until there are no more: an erasure may stand behind the registrations of a whole evening.
    TimeNs stop_at = clock_.now() + settings_.maintenance_budget;
    size_t read = kBatch;
    while (read == kBatch && clock_.now() < stop_at)
        read = co_await events::consume(sql_, log_, "payments", accounts::kTopic, kBatch, erase_user);
    stop_at = clock_.now() + settings_.maintenance_budget;
    do {
        std::vector<Task<>> work = co_await due_work(clock_.now());
        if (work.empty()) break;
        co_await run_together(clock_, std::move(work));
    } while (clock_.now() < stop_at);
    if (clock_.now() < next_sweep_) co_return;
    next_sweep_ = clock_.now() + kMinute;
    stop_at = clock_.now() + settings_.maintenance_budget;
    while (co_await forget_old(clock_.now()) && clock_.now() < stop_at) {
    }
    stop_at = clock_.now() + settings_.maintenance_budget;
    while (co_await check_books() && clock_.now() < stop_at) {
    }
}

/// What is due, the longest waiting first, as tasks that have not begun.
Task<std::vector<Task<>>> Payments::due_work(TimeNs now) {
    struct Due {
        std::vector<std::string> payments, refunds, subscriptions;
    };
    const auto select = [&](SqlTransaction& tx) {
        const auto ids = [&](std::string_view sql) {
            std::vector<std::string> out;
            for (const SqlRow& row : tx.query(sql, now, settings_.at_once)) out.push_back(row.text(0));
            return out;
        };
        return Due{ids("SELECT payment_id FROM payments WHERE due_at <= $1 ORDER BY due_at, payment_id LIMIT $2"),
                   ids("SELECT refund_id FROM refunds WHERE due_at <= $1 ORDER BY due_at, refund_id LIMIT $2"),
                   ids("SELECT subscription_id FROM subscriptions WHERE due_at <= $1 ORDER BY due_at, subscription_id"
                       " LIMIT $2")};
    };
    const Due due = co_await sql_.read(select);
    std::vector<Task<>> work;
    for (const std::string& id : due.payments) work.push_back(ask_again(id));
    for (const std::string& id : due.refunds) work.push_back(ask_refund(id));
    for (const std::string& id : due.subscriptions) work.push_back(look_at(id));
    co_return work;
}

Task<> Payments::look_at(std::string subscription_id) {
    const TimeNs now = clock_.now();
    const Ids fresh(clock_, random_);
    const auto step = [&](SqlTransaction& tx) -> std::optional<Question> {
        Ids ids = fresh;
        const auto due = tx.find("SELECT due_at FROM subscriptions WHERE subscription_id = $1", subscription_id);
        if (!due || due->integer(0) > now) return std::nullopt;  // somebody else was quicker
        Subscription subscription = find_subscription(tx, subscription_id).value();
        return look(tx, subscription, ids, now);
    };
    std::optional<Question> question;
    std::exception_ptr failed;
    try {
        question = co_await sql_.write(step);
    } catch (const std::logic_error&) {
        failed = std::current_exception();
    }
    if (failed) {
        // One that cannot be understood must not stand in the way of the others for ever.
        const auto postpone = [&](SqlTransaction& tx) {
            tx.execute("UPDATE subscriptions SET due_at = $1 WHERE subscription_id = $2", now + kHour, subscription_id);
        };
        co_await sql_.write(postpone);
        std::rethrow_exception(failed);
    }
    if (question) co_await ask(std::move(*question));
}

/// A subscription whose time has come: ends it, or starts the payment for its next period.
std::optional<Payments::Question> Payments::look(SqlTransaction& tx, Subscription& subscription, Ids& ids, TimeNs now) {
    const std::string before = subscription.status;
    const TimeNs grace_ends = subscription.paid_until + settings_.grace;
    const auto expire = [&] {
        subscription.status = kExpired;
        subscription.open_payment.clear();
        store(tx, subscription, before, kNever, ids, now);
    };
    if (before == kPending || before == kExpired) {
        store(tx, subscription, before, kNever, ids, now);  // waits for its payment, or for nothing
        return std::nullopt;
    }
    if (before == kCancelled) {
        expire();
        return std::nullopt;
    }
    if (!subscription.open_payment.empty()) {
        const auto open = find_payment(tx, subscription.open_payment);
        if (open && open->purpose == kRenewal) {
            if (now >= grace_ends)
                expire();
            else
                store(tx, subscription, before, grace_ends, ids, now);
            return std::nullopt;
        }
        subscription.open_payment.clear();  // an upgrade that nobody decided in time: given back if it is charged
    }
    if (before == kPastDue && now >= grace_ends) {
        expire();
        return std::nullopt;
    }
    const Plan& plan = plan_of(subscription.next_plan_id.empty() ? subscription.plan_id : subscription.next_plan_id);
    const Payment payment = new_payment(ids, subscription, kRenewal, plan, plan.price.minor, now);
    subscription.open_payment = payment.payment_id;
    insert(tx, payment, next_ask(payment.asks, now));
    // Where nobody looked for longer than the grace (the platform was down), one try comes first.
    store(tx, subscription, before, std::max(grace_ends, now + provider_.patience() + kMinute), ids, now);
    return first_question(payment);
}

/// Ends what a user has here and takes the user out of what the books need. A charge that is under way is given back.
void Payments::erase(SqlTransaction& tx, const std::string& user_id, Ids& ids, TimeNs now) {
    for (;;) {
        auto subscription = current_subscription(tx, user_id, now);
        if (!subscription || subscription->status == kExpired) break;
        const std::string before = subscription->status;
        subscription->status = kExpired;
        subscription->open_payment.clear();
        store(tx, *subscription, before, kNever, ids, now);
    }
    tx.execute("UPDATE subscriptions SET user_id = '', payment_method = '', request_key = '' WHERE user_id = $1",
               user_id);
    tx.execute("UPDATE payments SET user_id = '', payment_method = '' WHERE user_id = $1", user_id);
    // A request that was let in before the account was erased may come later.
    tx.execute("INSERT INTO erased_payers(user_id, forget_at) VALUES($1, $2) ON CONFLICT DO NOTHING", user_id,
               now + kDay);
}

/// Whether there may be more.
Task<bool> Payments::forget_old(TimeNs now) {
    static constexpr size_t kLimit = 100;
    const auto remove = [&](SqlTransaction& tx) {
        const SqlRows events = tx.query(
            "SELECT provider, event_id FROM webhook_events WHERE forget_at <= $1"
            " ORDER BY forget_at, provider, event_id LIMIT $2",
            now, kLimit);
        for (const SqlRow& row : events)
            tx.execute("DELETE FROM webhook_events WHERE provider = $1 AND event_id = $2", row.text(0), row.text(1));
        const SqlRows payers =
            tx.query("SELECT user_id FROM erased_payers WHERE forget_at <= $1 ORDER BY forget_at, user_id LIMIT $2",
                     now, kLimit);
        for (const SqlRow& row : payers) tx.execute("DELETE FROM erased_payers WHERE user_id = $1", row.text(0));
        return events.size() == kLimit || payers.size() == kLimit;
    };
    co_return co_await sql_.write(remove);
}

/// The next entries since the last check; whether there may be more.
Task<bool> Payments::check_books() {
    static constexpr int64_t kLimit = 1000;
    const auto look = [&](SqlTransaction& tx) {
        const auto done = tx.find("SELECT number FROM ledger_checked WHERE name = 'maintain'");
        return ledger::check(tx, done ? done->integer(0) : 0, kLimit);
    };
    const ledger::Check check = co_await sql_.read(look);
    if (check.entries == 0) co_return false;
    const auto note = [&](SqlTransaction& tx) {
        tx.execute(
            "INSERT INTO ledger_checked(name, number) VALUES('maintain', $1)"
            " ON CONFLICT(name) DO UPDATE SET number = excluded.number",
            check.last);
    };
    co_await sql_.write(note);
    if (!check.wrong.empty()) throw std::logic_error("the books are wrong: " + check.wrong.front());
    co_return check.entries == kLimit;
}

}  // namespace matinee::payments
