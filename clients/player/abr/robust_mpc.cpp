// The search is the enumeration of all plans, from the last to the first, leaving out what an upper bound shows to be
// worse than a plan already known: the same plan comes out, bit for bit, in a fraction of the steps.
#include "clients/player/abr/robust_mpc.hpp"

#include <cmath>

namespace matinee::abr::mpc {

namespace {

constexpr double kWorst = -1e8;  ///< plans below it do not count: rung 0 then

/// The next segments as they would come in at the throughput expected.
struct Outlook {
    int segments = 0;
    int rungs = 0;
    double segment_s = 0;
    const Ladder* ladder = nullptr;
    double download_s[kHorizon][Ladder::kMaxRungs];
    double most_left[kHorizon + 1];  ///< the most that the segments from here on are worth if every second is a stall

    Outlook(const Ladder& of, const Observation& now, double throughput) : ladder(&of) {
        const uint32_t left = now.segments > now.segment ? now.segments - now.segment : 1;
        segments = int(std::min<uint32_t>(left, kHorizon));
        rungs = of.rungs();
        segment_s = of.segment_ms() / 1000;
        most_left[segments] = 0;
        for (int i = segments - 1; i >= 0; --i) {
            double most = -INFINITY;
            for (int q = 0; q < rungs; ++q) {
                const double bits = now.sizes != nullptr ? now.sizes->bits(now.segment + uint32_t(i), q)
                                                         : of.bitrate(q) * of.segment_ms();
                download_s[i][q] = bits / 8 / 1e6 / throughput;
                most = std::max(most, of.bitrate(q) / 1000.0 - kStallPenalty * download_s[i][q]);
            }
            most_left[i] = most_left[i + 1] + most;
        }
    }
};

/// A plan as far as it goes.
struct Prefix {
    double level_s = 0;
    double stall_s = 0;
    double bitrates = 0;  ///< sum, kbit/s
    double changes = 0;   ///< sum, kbit/s
    double last = 0;      ///< bitrate

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
        next.last = outlook.ladder->bitrate(rung);
        next.bitrates += next.last;
        next.changes += std::abs(next.last - last);
        return next;
    }
    double worth() const { return bitrates / 1000.0 - kStallPenalty * stall_s - changes / 1000.0; }
    /// No less than any plan that begins like this is worth: without stalls and by the shortest way to the top rung; or
    /// with every second of download a stall, less the seconds that the buffer has.
    double bound(const Outlook& outlook, int position) const {
        const int left = outlook.segments - position;
        const double top = outlook.ladder->bitrate(outlook.ladder->top());
        const double smooth = (left * top - (top - last)) / 1000.0;
        const double covered_s = level_s + outlook.segment_s * (left - 1);
        return worth() + std::min(smooth, outlook.most_left[position] + kStallPenalty * covered_s);
    }
};

class Search {
public:
    explicit Search(const Outlook& outlook) : outlook_(outlook) {}

    int best_first(const Prefix& now) {
        for (int rung = 0; rung < outlook_.rungs; ++rung) know_constant(now, rung);
        extend(now, 0);
        return std::max(best_first_, 0);
    }

private:
    /// A plan of one rung: what is worth less need not be looked at.
    void know_constant(Prefix plan, int rung) {
        for (int i = 0; i < outlook_.segments; ++i) plan = plan.then(outlook_, i, rung);
        best_ = std::max(best_, plan.worth());
    }

    void extend(const Prefix& plan, int position) {
        constexpr double kRounding = 1e-9;  // the bound adds in another order than the worth
        for (int rung = outlook_.rungs - 1; rung >= 0; --rung) {
            if (position == 0) first_ = rung;
            const Prefix next = plan.then(outlook_, position, rung);
            if (position + 1 >= outlook_.segments)
                consider(next.worth());
            else if (next.bound(outlook_, position + 1) >= best_ - kRounding * (1 + std::abs(best_)))
                extend(next, position + 1);
        }
    }

    void consider(double worth) {
        if (worth > best_ || (best_first_ < 0 && worth >= best_)) {
            best_ = worth;
            best_first_ = first_;
        }
    }

    const Outlook& outlook_;
    double best_ = kWorst;
    int best_first_ = -1;
    int first_ = 0;
};

}  // namespace

int best_first_rung(const Ladder& ladder, const Observation& now, double level_ms, double throughput) {
    const Outlook outlook(ladder, now, throughput);
    const int last = std::clamp(now.last_rung, 0, ladder.top());
    return Search(outlook).best_first({.level_s = level_ms / 1000.0, .last = ladder.bitrate(last)});
}

}  // namespace matinee::abr::mpc
