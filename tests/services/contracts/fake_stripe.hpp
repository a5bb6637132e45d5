// The part of Stripe's servers that the adapter talks to, as the documentation describes it. Written apart from the
// adapter: it takes forms apart and builds JSON by itself. It can be asked from any thread.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "system/embedded/sandbox_provider.hpp"
#include "system/payments/stripe/stripe_provider.hpp"

namespace matinee::contracts {

class FakeStripe : public payments::stripe::Transport {
public:
    FakeStripe(const Clock& clock, std::string secret_key) : clock_(clock), secret_key_(std::move(secret_key)) {}

    Task<gateway::Response> send(gateway::Request request) override;
    /// Nothing: it keeps silent, whether it did something or not.
    std::optional<gateway::Response> serve(const gateway::Request& request);

    void set_faults(const SandboxFaults& faults);
    /// The webhooks since the last call.
    std::vector<std::string> take_events();
    SandboxProvider::Tally tally(const std::string& reference);

private:
    using Fields = std::map<std::string, std::string>;
    struct Intent {
        std::string id, reference, method, status, error;
        int64_t amount = 0, refunded = 0, charges = 0;
        std::string currency;
        TimeNs created = 0, decided_at = 0;
    };
    struct Refund {
        std::string id, intent, reference, status;
        int64_t amount = 0;
        bool fails = false;
        TimeNs decided_at = 0;
    };
    struct Answer {
        int status = 200;
        std::string body;
    };
    struct Known {
        std::string body;  ///< of the request
        Answer answer;
        TimeNs until = 0;
    };

    Answer answer(const gateway::Request& request);
    Answer create(const Fields& fields);
    Answer refund(const Fields& fields);
    Answer look(const std::string& target) const;
    Answer search(const std::string& query) const;
    Answer list_refunds(const Fields& fields) const;
    void settle();
    void decide(Intent& intent, bool succeeds, const std::string& error);
    void tell(const std::string& type, const Intent& intent);
    static std::string json(const Intent& intent);
    static std::string json(const Refund& refund);
    static Answer error(int status, const std::string& type, const std::string& code, const std::string& param = "",
                        const std::string& intent = "");

    const Clock& clock_;
    std::string secret_key_;
    std::mutex mutex_;
    SandboxFaults faults_;
    std::vector<Intent> intents_;
    std::vector<Refund> refunds_;
    std::map<std::string, Known> keys_;
    std::vector<std::string> events_;
    bool next_answer_is_lost_ = false;
};

}  // namespace matinee::contracts
