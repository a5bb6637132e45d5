// Carries requests to Stripe and brings the answers back: cpp-httplib on threads of its own, each with a connection
// that it keeps, so that nothing of it holds up the loop.
//
// A request has its time, within which one that may be repeated (a read, or whatever has an idempotency key) is tried
// twice at most, through the gateway's rules for calls to others: retry budget, circuit breaker. Whoever stops waiting
// for it, at that time or because he is destroyed, cuts its connection: what has not arrived by then never will.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "system/gateway/calls.hpp"
#include "system/live/event_loop.hpp"
#include "system/live/worker_pool.hpp"
#include "system/payments/stripe/stripe_provider.hpp"

namespace matinee::live {

class StripeTransport : public payments::stripe::Transport {
public:
    struct Settings {
        std::string url;             ///< "https://api.stripe.com": no path
        std::string ca_file;         ///< PEM file with the certificates to trust, of https; empty: the system's
        TimeNs time = 10 * kSecond;  ///< of one request with its repetition
        size_t threads = 4;          ///< requests under way at one time
        size_t most_waiting = 256;   ///< for a thread; more are refused
        gateway::BreakerSettings breaker;
    };
    /// `complain` hears in a few words of what went wrong, without secrets.
    StripeTransport(EventLoop& loop, Random& random, const Settings& settings,
                    std::function<void(const std::string&)> complain);
    /// Cuts what is under way.
    ~StripeTransport() override;

    Task<gateway::Response> send(gateway::Request request) override;

    struct Counts {
        int64_t requests = 0;    ///< tries, as they were sent or should have been
        int64_t unanswered = 0;  ///< of those: no answer, or one that says nothing (5xx, 429)
    };
    const Counts& counts() const { return counts_; }

private:
    struct Exchange;
    class Connections;

    Task<gateway::Response> attempt(const gateway::Request& request);

    EventLoop& loop_;
    Settings settings_;
    std::function<void(const std::string&)> complain_;
    gateway::Calls calls_;
    Counts counts_;
    std::shared_ptr<Connections> connections_;
    WorkerPool workers_;  // last: its threads end before what they use
};

}  // namespace matinee::live
