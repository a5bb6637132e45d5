#include "clients/population/arrivals.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "clients/population/refuse.hpp"
#include "system/base/math.hpp"

namespace matinee::population {

namespace {

/// `x` modulo one day, never negative.
TimeNs within_day(TimeNs x) {
    const TimeNs rest = x % kDay;
    return rest < 0 ? rest + kDay : rest;
}

double burst_factor(const Burst& burst, TimeNs now) {
    if (now < burst.at) return 1;
    const TimeNs since = now - burst.at;
    double shape = 1;
    if (since < burst.rise)
        shape = double(since) / double(burst.rise);
    else if (burst.decay > 0)
        shape = math::exp(-double(since - burst.rise) / double(burst.decay));
    return 1 + (burst.multiplier - 1) * shape;
}

void check(const Arrivals& spec, double mean_session_s, double share) {
    const auto finite_from_0 = [](double x) { return x >= 0 && x <= 1e12; };
    require(finite_from_0(spec.viewers), "arrivals.viewers", spec.viewers, "a number from 0");
    require(finite_from_0(share), "populations.share", share, "a share from 0");
    require(mean_session_s > 0 && mean_session_s <= 1e12, "behaviour", mean_session_s, "a mean visit above 0 seconds");
    require(spec.trough_ratio >= 0 && spec.trough_ratio <= 1, "arrivals.trough_ratio", spec.trough_ratio,
            "a share from 0 to 1");
    require(spec.peak_at_h >= 0 && spec.peak_at_h <= 24, "arrivals.peak_at_h", spec.peak_at_h, "a local hour, 0 to 24");
    if (!spec.hours.empty()) {
        require(spec.hours.size() == 24, "arrivals.hours", double(spec.hours.size()), "24 factors, one per local hour");
        for (const double factor : spec.hours)
            require(finite_from_0(factor), "arrivals.hours", factor, "factors from 0");
        require(*std::max_element(spec.hours.begin(), spec.hours.end()) > 0, "arrivals.hours", 0,
                "at least one factor above 0");
    }
    for (size_t i = 0; i < spec.bursts.size(); ++i) {
        const Burst& burst = spec.bursts[i];
        const std::string path = "arrivals.bursts[" + std::to_string(i) + "]";
        require(burst.multiplier >= 0 && burst.multiplier <= 1e6, (path + ".multiplier").c_str(), burst.multiplier,
                "a factor from 0 to 10^6");
        require(burst.at >= 0 && burst.at <= kNever, (path + ".at").c_str(), to_seconds(burst.at), "a time from 0");
        require(burst.rise >= 0 && burst.rise <= kNever, (path + ".rise").c_str(), to_seconds(burst.rise),
                "a time from 0");
        require(burst.decay >= 0, (path + ".decay").c_str(), to_seconds(burst.decay), "a time from 0 (it stays)");
    }
}

}  // namespace

ArrivalRate::ArrivalRate(const Arrivals& spec, int64_t start_unix_s, double utc_offset_h, double mean_session_s,
                         double share)
    : spec_(spec), level_(spec.viewers * share), mean_session_s_(mean_session_s) {
    check(spec, mean_session_s, share);
    require(utc_offset_h >= -24 && utc_offset_h <= 24, "regions.utc_offset", utc_offset_h, "hours from -24 to 24");
    day_offset_ = within_day(start_unix_s % 86400 * kSecond + TimeNs(utc_offset_h * double(kHour)));
    if (!spec_.hours.empty()) {
        const double largest = *std::max_element(spec_.hours.begin(), spec_.hours.end());
        for (double& factor : spec_.hours) factor /= largest;
    }
}

double ArrivalRate::local_day(TimeNs now) const { return double(within_day(day_offset_ + now)) / double(kDay); }

double ArrivalRate::curve(TimeNs now) const {
    return spec_.curve == Arrivals::Curve::Constant ? 1 : curve_at(local_day(now));
}

double ArrivalRate::curve_at(double day) const {
    if (spec_.hours.empty()) {
        const double wave = 0.5 + 0.5 * math::cos_turns(day - spec_.peak_at_h / 24);
        return spec_.trough_ratio + (1 - spec_.trough_ratio) * wave;
    }
    const double place = day * 24 + 23.5;  // in hours since the middle of hour 0, a day later
    const double whole = std::floor(place);
    const double left = spec_.hours[size_t(whole) % 24];
    const double right = spec_.hours[size_t(whole + 1) % 24];
    return left + (right - left) * (place - whole);
}

double ArrivalRate::max_curve(TimeNs from, TimeNs to) const {
    if (spec_.curve == Arrivals::Curve::Constant || to - from >= kDay) return 1;
    const double start = local_day(from);
    const double length = double(to - from) / double(kDay);
    double largest = std::max(curve_at(start), curve(to));
    const auto take = [&](double day, double value) {  // if that time of day lies within
        const double after = day - start - std::floor(day - start);
        if (after <= length) largest = std::max(largest, value);
    };
    if (spec_.hours.empty()) {
        take(spec_.peak_at_h / 24, 1);
    } else {
        for (int hour = 0; hour < 24; ++hour) take((hour + 0.5) / 24, spec_.hours[size_t(hour)]);
    }
    return largest;
}

double ArrivalRate::bursts(TimeNs now) const {
    double factor = 1;
    for (const Burst& burst : spec_.bursts) factor *= burst_factor(burst, now);
    return factor;
}

double ArrivalRate::max_per_second(TimeNs from, TimeNs to) const {
    double bound = level_ / mean_session_s_ * max_curve(from, to);
    for (const Burst& burst : spec_.bursts) {
        // A rise has its crest inside, a dip only falls and recovers: its largest values are at the ends.
        const TimeNs crest = burst.at + burst.rise;
        double largest = std::max(burst_factor(burst, from), burst_factor(burst, to));
        if (from <= crest && crest <= to) largest = std::max(largest, burst.multiplier);
        bound *= largest;
    }
    return bound * (1 + 1e-12);  // rounding must not put the rate above its bound
}

TimeNs ArrivalRate::next_arrival(TimeNs after, RandomStream& random) const {
    if (!(level_ > 0)) return kNever;
    // Spends an exponential of mean 1 on the integral of the bound, window by window. Windows double while nothing
    // happens, so that hours of no arrivals cost a few steps, and start small again at a rejected candidate.
    double unspent = random.exponential(1);
    TimeNs now = after;
    TimeNs window = kMinute;
    while (now < kNever) {
        const TimeNs end = std::min(now + window, kNever);
        const double bound = max_per_second(now, end);
        const double cost = bound * to_seconds(end - now);
        if (unspent >= cost) {
            unspent -= cost;
            now = end;
            window = std::min(window * 2, kNever);
            continue;
        }
        now += std::max<TimeNs>(TimeNs(unspent / bound * 1e9), 1);
        if (random.uniform() * bound < per_second(now)) return now;
        unspent = random.exponential(1);
        window = kMinute;
    }
    return kNever;
}

}  // namespace matinee::population
