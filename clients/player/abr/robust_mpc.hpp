// RobustMPC (Yin, Jindal, Sekar, Sinopoli, "A Control-Theoretic Approach for Dynamic Adaptive Video Streaming over
// HTTP", SIGCOMM 2015) with the constants and the arithmetic of the Pensieve repository's test/mpc.py (Mao, Netravali,
// Alizadeh, SIGCOMM 2017): the next five segments are planned for the throughput expected, and the first of the best
// plan is asked for.
//
// Throughput: harmonic mean of the last five segments (size over the whole time of the request, latency included),
// divided by 1 + the greatest of the last five relative errors of that mean against the segment that followed.
// Worth of a plan: sum of bitrates in Mbit/s - 4.3 x stall in s - sum of the changes of bitrate in Mbit/s. Of equal
// plans the last in lexicographic order counts, as in an enumeration that takes `>=`.
//
// The search is that enumeration, from the last plan to the first, leaving out what an upper bound shows to be worse
// than a plan already known: the same plan comes out, bit for bit, at a fraction of the steps.
#pragma once

#include "clients/player/abr/estimator.hpp"

namespace matinee::abr {

namespace mpc {

inline constexpr int kHorizon = 5;            ///< segments planned
inline constexpr int kMemory = 5;             ///< segments that the estimate looks back
inline constexpr double kStallPenalty = 4.3;  ///< Mbit/s that a second of stall costs
inline constexpr double kWorst = -1e8;        ///< plans below it do not count: rung 0 then

/// The next segments as they would come in at the throughput expected.
struct Outlook {
    int segments = 0;
    int rungs = 0;
    double segment_s = 0;
    const Ladder* ladder = nullptr;
    double download_s[kHorizon][Ladder::kMaxRungs];
    double most_left[kHorizon + 1];  ///< most that the segments from here on are worth where every second is a stall
};

/// A plan as far as it goes.
struct Prefix {
    double level_s = 0;
    double stall_s = 0;
    double bitrates = 0;  ///< sum, kbit/s
    double changes = 0;   ///< sum, kbit/s
    int last = 0;

    Prefix then(const Outlook& outlook, int position, int rung) const {
        Prefix next = *this;
        const double download_s = outlook.download_s[position][rung];
        if (level_s < download_s) {
            next.stall_s += download_s - level_s;
            next.level_s = 0;
        } else {
            next.level_s -= download_s;
        }
        next.level_s += outlook.segment_s;
        const double bitrate = outlook.ladder->bitrate(rung);
        next.bitrates += bitrate;
        next.changes += std::abs(bitrate - outlook.ladder->bitrate(last));
        next.last = rung;
        return next;
    }
    double worth() const { return bitrates / 1000.0 - kStallPenalty * stall_s - changes / 1000.0; }
    /// No less than any plan that begins like this is worth: without stalls and by the shortest way to the top rung; or
    /// with every second of download a stall, less the seconds that the buffer has.
    double bound(const Outlook& outlook, int position) const {
        const int left = outlook.segments - position;
        const double top = outlook.ladder->bitrate(outlook.ladder->top());
        const double smooth = (left * top - (top - outlook.ladder->bitrate(last))) / 1000.0;
        const double covered_s = level_s + outlook.segment_s * (left - 1);
        return worth() + std::min(smooth, outlook.most_left[position] + kStallPenalty * covered_s);
    }
};

class Search {
public:
    explicit Search(const Outlook& outlook) : outlook_(outlook) {}

    int best_first(const Prefix& now) {
        for (int rung = 0; rung < outlook_.rungs; ++rung) know_constant(now, rung);
        for (int rung = outlook_.rungs - 1; rung >= 0; --rung) {
            first_ = rung;
            extend(now.then(outlook_, 0, rung), 1);
        }
        return std::max(best_first_, 0);
    }

private:
    /// A plan of one rung: what is worth less need not be looked at.
    void know_constant(Prefix plan, int rung) {
        for (int i = 0; i < outlook_.segments; ++i) plan = plan.then(outlook_, i, rung);
        best_ = std::max(best_, plan.worth());
    }
    void extend(const Prefix& plan, int position) {
        if (position == outlook_.segments) {
            const double worth = plan.worth();
            if (worth > best_ || (best_first_ < 0 && worth >= best_)) {
                best_ = worth;
                best_first_ = first_;
            }
            return;
        }
        constexpr double kRounding = 1e-9;  // the bound adds in another order than the worth
        if (plan.bound(outlook_, position) < best_ - kRounding * (1 + std::abs(best_))) return;
        for (int rung = outlook_.rungs - 1; rung >= 0; --rung)
            extend(plan.then(outlook_, position, rung), position + 1);
    }

    const Outlook& outlook_;
    double best_ = kWorst;
    int best_first_ = -1;
    int first_ = 0;
};

}  // namespace mpc

/// MB/s, as the samples of this rule are kept.
inline double mpc_throughput(const Download& done) {
    const double ms = std::min(std::max(kMinDownloadMs, done.download_ms + done.latency_ms), kMaxDownloadMs);
    return std::max(kNothing, done.bits / 8 / ms / 1000);
}

template <class Real>
void push_mpc(const Plan& plan, State<Real>& state, const Download& done) {
    const double actual = mpc_throughput(done);
    const double expected = double(state.expected);
    push_slot(plan, state, actual, expected > 0 ? std::abs(expected - actual) / actual : 0);
    const int count = std::min(mpc::kMemory, int(state.count));
    double reciprocals = 0;
    for_last(plan, state, count, 0, [&](double throughput) { reciprocals += 1 / throughput; });
    state.expected = Real(1.0 / (reciprocals / count));
}

template <class Real>
int rung_by_mpc(const Plan& plan, const State<Real>& state, const Observation& now, double level_ms) {
    double error = 0;
    for_last(plan, state, std::min(mpc::kMemory, int(state.count)), 1, [&](double e) { error = std::max(error, e); });
    const double throughput = double(state.expected) / (1 + error);
    const uint32_t left = std::max(now.segments, now.segment + 1) - now.segment;
    mpc::Outlook outlook;
    outlook.ladder = &plan.ladder;
    outlook.rungs = plan.ladder.rungs();
    outlook.segments = int(std::min<uint32_t>(left, mpc::kHorizon));
    outlook.segment_s = plan.ladder.segment_ms() / 1000;
    outlook.most_left[outlook.segments] = 0;
    for (int i = outlook.segments - 1; i >= 0; --i) {
        double most = -1e300;
        for (int q = 0; q < outlook.rungs; ++q) {
            const double bits = now.sizes ? now.sizes->bits(now.segment + uint32_t(i), q)
                                          : plan.ladder.bitrate(q) * plan.ladder.segment_ms();
            const double download_s = bits / 8 / 1e6 / throughput;
            outlook.download_s[i][q] = download_s;
            most = std::max(most, plan.ladder.bitrate(q) / 1000.0 - mpc::kStallPenalty * download_s);
        }
        outlook.most_left[i] = outlook.most_left[i + 1] + most;
    }
    const int last = std::clamp(now.last_rung, 0, plan.ladder.top());
    return mpc::Search(outlook).best_first({.level_s = level_ms / 1000.0, .last = last});
}

}  // namespace matinee::abr
