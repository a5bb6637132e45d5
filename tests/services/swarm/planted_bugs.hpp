// Ports behind which a service has a bug, to see that the swarm finds it.
#pragma once

#include <memory>

#include "system/ports/payment_provider.hpp"
#include "system/ports/sql.hpp"

namespace matinee::swarm {

/// What a transaction writes into the outbox is written in a transaction of its own, behind it.
std::unique_ptr<Sql> outbox_outside_the_transaction(Sql& below);

/// A stream holds its screen until somebody stops it, whatever its player says or does not say any more.
std::unique_ptr<Sql> leases_never_freed(Sql& below);

/// Screens are counted in one transaction and taken in another.
std::unique_ptr<Sql> screens_taken_after_counting(Sql& below);

/// Heartbeats write leases and leave positions to the key-value store.
std::unique_ptr<Sql> positions_only_remembered(Sql& below);

/// A change of a title marks no copy as stale.
std::unique_ptr<Sql> copies_never_dropped(Sql& below);

/// What the index has to be told is written behind the transaction that notes the event as consumed.
std::unique_ptr<Sql> index_told_outside_the_transaction(Sql& below);

/// A consumer does not look whether it has seen an event.
std::unique_ptr<Sql> events_never_noted(Sql& below);

/// Nobody looks whether a request with that Idempotency-Key was answered before.
std::unique_ptr<Sql> requests_without_idempotency(Sql& below);

/// The provider is told to charge without looking whether it was told before: every order has a key of its own.
std::unique_ptr<PaymentProvider> orders_without_idempotency(PaymentProvider& below);

/// No answer counts as a decline.
std::unique_ptr<PaymentProvider> silence_taken_for_no(PaymentProvider& below);

/// Orders are repeated as if the provider never forgot a key, and refunds that are pending, too.
std::unique_ptr<PaymentProvider> keys_thought_to_last(PaymentProvider& below);

}  // namespace matinee::swarm
