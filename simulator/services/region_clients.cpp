// What clients do: what they intend, what comes after an answer, what they do without one.
#include <algorithm>

#include "simulator/services/region.hpp"
#include "simulator/services/region_state.hpp"

namespace matinee::services {

namespace {

/// A payment that the provider has not decided is asked after this often, for this long.
constexpr TimeNs kPoll = 2 * kSecond;
constexpr uint32_t kMostPolls = 30;

}  // namespace

RandomStream Region::draw(Guest& guest) const {
    return RandomStream(plan_.seed, Purpose::Visits, guest.visit.who, guest.draws++);
}

uint32_t Region::take_guest(const Visit& visit) {
    uint32_t number = uint32_t(guests_.size());
    if (free_guests_.empty()) {
        guests_.emplace_back();
    } else {
        number = free_guests_.back();
        free_guests_.pop_back();
    }
    Guest& guest = guests_[number];
    guest.visit = visit;
    guest.here = true;
    return number;
}

/// Who it is: an account, and what it intends.
void Region::dress(Guest& guest, TimeNs now) {
    Client& client = guest.client;
    RandomStream random = draw(guest);
    const double kind = random.uniform();
    const bool searches = random.chance(spec_.clients.search_share);
    const std::string word = search_word(random.next_u32());
    const double new_share = guest.visit.midway ? 0 : spec_.new_share_at(now - epoch_);
    if (kind < new_share) {
        client.registers = client.pays = true;
        client.account.number = ++accounts_;
    } else if (idle_.empty() || guest.visit.midway) {
        founder_.found(client, ++accounts_, now);
        if (now >= epoch_ + plan_.warmup) ++counts_.accounts_made;
    } else {
        client.account = std::move(idle_.front());
        idle_.pop_front();
    }
    if (!guest.visit.midway) client.authorization.clear();
    client.logs_in = !client.registers && (kind - new_share) < spec_.clients.log_in_share * (1 - new_share);
    if (searches) client.search_for = word;
    client.payment_id = "visit-" + std::to_string(guest.visit.who);
    client.device_id = "device-" + std::to_string(client.account.number);
    if (!titles_.empty()) client.title_id = titles_[guest.visit.playable % titles_.size()];
    guest.counted = !guest.visit.midway && now >= epoch_ + plan_.warmup;
    if (guest.counted) ++counts_.visits;
    // The first call is at the door now; whatever comes first is sent at once.
    guest.operation = Operation::Register;
}

void Region::free_guest(uint32_t number) {
    Guest& guest = guests_[number];
    std::vector<uint32_t>& slots = guest_at_[guest.visit.site];
    if (slots[guest.visit.slot] == number) slots[guest.visit.slot] = kNobody;
    if (guest.call != kNobody) calls_[guest.call].guest = kNobody;
    if (guest.client.account.entitled && !guest.client.account.refresh_token.empty())
        idle_.push_back(std::move(guest.client.account));
    const uint32_t generation = guest.generation + 1;
    guest = Guest();
    guest.generation = generation;
    free_guests_.push_back(number);
}

/// To the next call of the journey, from the one that is done or, at the start of a visit, before the first.
void Region::go_on(uint32_t number) {
    Guest& guest = guests_[number];
    const bool begins = guest.attempt == 0;
    const TimeNs now = executor_.now();
    const size_t first = begins ? 0 : size_t(guest.operation) + 1;
    const Row* next = nullptr;
    for (size_t i = first; i < kOperations && next == nullptr; ++i) {
        const Row& row = journey()[i];
        if (row.stage > Stage::Start) break;
        if (founder_.offers(row.operation) && row.wanted(guest.client)) next = &row;
    }
    const bool settled = next == nullptr || next->stage != Stage::SignIn;
    if (settled && !guest.settled_in) {
        guest.settled_in = true;
        const TimeNs waited = now + guest.visit.one_way - epoch_ - guest.visit.opened_at - guest.thought;
        if (guest.counted) counts_.sign_in_us.add(uint64_t(std::max<TimeNs>(0, waited) / kMicrosecond));
    }
    if (next == nullptr) {
        // A platform without playback: being signed in is all there is.
        guest.pressed_at = now + guest.visit.one_way;
        return grant(number);
    }
    if (begins) return send(number, next->operation);
    TimeNs thinks = 0;
    if (next->thinks && spec_.clients.think > 0) {
        RandomStream random = draw(guest);
        thinks = TimeNs(random.exponential(double(spec_.clients.think)));
        guest.thought += thinks;
    }
    if (next->stage == Stage::Start) {
        guest.pressed_at = now + guest.visit.one_way + thinks;
        if (guest.visit.patience < kNever)
            set_timer(std::max(now, guest.pressed_at + guest.visit.patience - guest.visit.one_way), number,
                      Wake::Impatient);
    }
    go_to(number, next->operation, thinks);
}

/// That call, `after` its client has heard of the last one.
void Region::go_to(uint32_t number, Operation operation, TimeNs after) {
    Guest& guest = guests_[number];
    guest.operation = operation;
    guest.attempt = 0;
    set_timer(executor_.now() + 2 * guest.visit.one_way + after, number, Wake::Send);
}

void Region::succeeded(uint32_t number, const std::string& data) {
    Guest& guest = guests_[number];
    const Row& row = row_of(guest.operation);
    if (row.learn != nullptr) row.learn(guest.client, data, executor_.now());
    if (guest.resume) {
        const Operation resumed = *guest.resume;
        guest.resume.reset();
        return go_to(number, resumed, 0);
    }
    if (guest.leaving) return free_guest(number);
    if (guest.granted) return;
    const bool pays = guest.operation == Operation::Subscribe || guest.operation == Operation::ReadSubscription;
    if (pays && guest.client.payment_pending) {
        if (++guest.polls > kMostPolls) return lose(number, Operation::Subscribe, Cause::pending());
        return go_to(number, Operation::ReadSubscription, kPoll);
    }
    if (pays && !guest.client.account.entitled)
        return lose(number, Operation::Subscribe, Cause::refused(ErrorCode::PaymentDeclined));
    if (guest.operation == Operation::StartPlayback) return grant(number);
    if (!founder_.offers(Operation::Subscribe)) guest.client.account.entitled = true;
    go_on(number);
}

void Region::failed(uint32_t number, Cause cause) {
    Guest& guest = guests_[number];
    const ClientSpec& policy = spec_.clients;
    const Reaction reaction = reaction_to(guest.operation, cause, guest.attempt > 1);
    if (reaction == Reaction::TryAgain && guest.operation != Operation::Heartbeat && guest.attempt < policy.attempts) {
        double wait = double(policy.backoff) * double(uint64_t(1) << std::min(guest.attempt - 1, 16u));
        RandomStream random = draw(guest);
        if (policy.jitter) wait *= random.uniform();
        return set_timer(executor_.now() + 2 * guest.visit.one_way + TimeNs(wait), number, Wake::Send);
    }
    if (guest.leaving) return free_guest(number);
    if (reaction == Reaction::LogIn) {
        guest.client.registers = false;
        guest.client.logs_in = true;
        return go_to(number, Operation::LogIn, 0);
    }
    if (reaction == Reaction::Refresh && !guest.resume && guest.operation != Operation::LogIn) {
        guest.resume = guest.operation;
        return go_to(number, Operation::RefreshToken, 0);
    }
    if (reaction == Reaction::Restart) return go_to(number, Operation::StartPlayback, 0);
    if (guest.granted) return guest.resume.reset();
    if (reaction == Reaction::GoOn) {
        guest.client.payment_pending = true;  // it had been asked for before: what came of it?
        return go_on(number);
    }
    if (row_of(guest.operation).essential) return lose(number, guest.operation, cause);
    go_on(number);
}

void Region::lose(uint32_t number, Operation operation, Cause cause) {
    Guest& guest = guests_[number];
    if (guest.counted) ++counts_.visits_lost[size_t(operation)][cause.index()];
    tell(guest, Verdict::What::Refused);
    free_guest(number);
}

void Region::grant(uint32_t number) {
    Guest& guest = guests_[number];
    const TimeNs now = executor_.now();
    guest.granted = true;
    if (guest.counted) {
        ++counts_.ready;
        counts_.start_us.add(uint64_t((now + guest.visit.one_way - guest.pressed_at) / kMicrosecond));
    }
    tell(guest, Verdict::What::Granted);
    if (guest.client.playback_token.empty()) return;
    set_timer(now + 2 * guest.visit.one_way + spec_.clients.heartbeat, number, Wake::Beat);
}

void Region::tell(const Guest& guest, Verdict::What what) {
    const Visit& visit = guest.visit;
    if (visit.midway) return;  // it plays already
    verdicts_.push_back({executor_.now() + visit.one_way - epoch_, visit.site, visit.slot, visit.session, what,
                         guest.pressed_at - epoch_});
}

}  // namespace matinee::services
