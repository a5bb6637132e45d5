#include "clients/population/behaviour.hpp"

#include <algorithm>

#include "clients/population/refuse.hpp"
#include "system/base/math.hpp"

namespace matinee::population {

namespace {

constexpr double kLongest_s = 1e9;

TimeNs from_drawn_seconds(double s) { return from_seconds(std::clamp(s, 0.0, kLongest_s)); }

TimeNs draw_gap(double per_hour, RandomStream& random) {
    if (!(per_hour > 0)) return kNever;
    return from_drawn_seconds(random.exponential(3600 / per_hour));
}

}  // namespace

TimeNs draw(const DurationLaw& law, RandomStream& random) {
    switch (law.kind) {
        case DurationLaw::Kind::Fixed:
            return from_drawn_seconds(law.a);
        case DurationLaw::Kind::Exponential:
            return from_drawn_seconds(random.exponential(law.a));
        case DurationLaw::Kind::Lognormal:
            return from_drawn_seconds(random.lognormal(law.a, law.b));
        case DurationLaw::Kind::Uniform:
            return from_drawn_seconds(law.a + (law.b - law.a) * random.uniform());
    }
    return 0;
}

double mean_s(const DurationLaw& law) {
    switch (law.kind) {
        case DurationLaw::Kind::Fixed:
        case DurationLaw::Kind::Exponential:
            return law.a;
        case DurationLaw::Kind::Lognormal:
            return law.a * math::exp(law.b * law.b / 2);
        case DurationLaw::Kind::Uniform:
            return (law.a + law.b) / 2;
    }
    return 0;
}

void check_law(const DurationLaw& law, const char* path) {
    require(law.a >= 0 && law.a <= kLongest_s, path, law.a, "seconds from 0 to 10^9");
    if (law.kind == DurationLaw::Kind::Uniform)
        require(law.b >= law.a && law.b <= kLongest_s && law.b > 0, path, law.b,
                "a greatest value above the least one");
    else
        require(law.a > 0, path, law.a, "a duration above 0");
    if (law.kind == DurationLaw::Kind::Lognormal)
        require(law.b >= 0 && law.b <= 10, path, law.b, "a sigma from 0 to 10");
}

TimeNs plan_watch(const Behaviour& behaviour, TimeNs duration, RandomStream& random) {
    TimeNs wanted = duration;
    if (behaviour.play_mix) {
        const double kind = random.uniform();
        if (kind < kBrowseShare)
            wanted = from_drawn_seconds(random.exponential(to_seconds(kBrowseMean)));
        else if (kind < kBrowseShare + kPartShare)
            wanted = TimeNs(random.uniform() * double(duration));
    } else {
        wanted = draw(behaviour.watch, random);
    }
    return std::clamp(wanted, std::min(kMillisecond, duration), duration);
}

bool goes_on(const Behaviour& behaviour, RandomStream& random) { return random.chance(behaviour.next_episode); }

TimeNs draw_startup_patience(const Patience& patience, RandomStream& random) {
    if (!patience.during_startup || !(patience.startup_leave_per_s > 0)) return kNever;
    return patience.startup_grace + from_drawn_seconds(random.uniform() / patience.startup_leave_per_s);
}

TimeNs draw_stall_patience(const Patience& patience, RandomStream& random) {
    if (!patience.during_stall) return kNever;
    return patience.stall_grace + draw(patience.stall, random);
}

TimeNs draw_time_to_seek(const Behaviour& behaviour, RandomStream& random) {
    return draw_gap(behaviour.seeks_per_hour, random);
}

TimeNs draw_time_to_pause(const Behaviour& behaviour, RandomStream& random) {
    return draw_gap(behaviour.pauses_per_hour, random);
}

TimeNs draw_seek(RandomStream& random) {
    const TimeNs far = kMinute + TimeNs(random.uniform() * double(9 * kMinute));
    const TimeNs by = random.chance(0.6) ? 10 * kSecond : far;
    return (random.next_u32() >> 31) != 0 ? by : -by;
}

TimeNs seek_target(TimeNs position, TimeNs by, TimeNs duration) {
    return std::clamp<TimeNs>(position + by, 0, duration);
}

TimeNs draw_pause(RandomStream& random) { return from_drawn_seconds(random.lognormal(kPauseMedian_s, kPauseSigma)); }

double pause_factor(const Behaviour& behaviour) {
    const double mean_pause_s = mean_s({DurationLaw::Kind::Lognormal, kPauseMedian_s, kPauseSigma});
    return 1 + std::max(behaviour.pauses_per_hour, 0.0) / 3600 * mean_pause_s;
}

void check_behaviour(const Behaviour& behaviour) {
    const auto rate = [](double x) { return x >= 0 && x <= 1e6; };
    if (!behaviour.play_mix) check_law(behaviour.watch, "behaviour.watch");
    require(behaviour.next_episode >= 0 && behaviour.next_episode <= 1, "behaviour.next_episode",
            behaviour.next_episode, "a chance from 0 to 1");
    require(rate(behaviour.pauses_per_hour), "behaviour.pauses_per_hour", behaviour.pauses_per_hour, "a rate from 0");
    require(rate(behaviour.seeks_per_hour), "behaviour.seeks_per_hour", behaviour.seeks_per_hour, "a rate from 0");
    const Patience& patience = behaviour.patience;
    require(patience.startup_grace >= 0, "behaviour.patience.startup_grace", to_seconds(patience.startup_grace),
            "a time from 0");
    require(rate(patience.startup_leave_per_s), "behaviour.patience.startup_leave_per_s", patience.startup_leave_per_s,
            "a share from 0");
    require(patience.stall_grace >= 0, "behaviour.patience.stall_grace", to_seconds(patience.stall_grace),
            "a time from 0");
    if (patience.during_stall) {
        // 0 beyond the grace is a law with sense here: everybody leaves when the grace is over.
        const DurationLaw& stall = patience.stall;
        const bool leaves_at_grace = stall.kind == DurationLaw::Kind::Fixed && stall.a == 0;
        if (!leaves_at_grace) check_law(stall, "behaviour.patience.stall");
    }
}

}  // namespace matinee::population
