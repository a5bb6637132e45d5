#include "clients/player/lab/trace_network.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>

#include "system/base/errors.hpp"

namespace matinee::lab {

namespace {
constexpr double kProgressBits = 12'000;
constexpr double kProgressMs = 50;

[[noreturn]] void refuse(const std::string& path, const std::string& found, const std::string& expected) {
    throw InputError({.file = "trace", .path = path, .found = found, .expected = expected, .suggestion = ""});
}

void require(double value, double most, size_t period, const char* name) {
    if (value >= 0 && value <= most) return;
    std::string path = std::to_string(period);
    path += '.';
    path += name;
    refuse(path, std::to_string(value), "0 to " + std::to_string(int64_t(most)));
}

void check_trace(std::span<const Period> trace, double multiplier) {
    if (!(multiplier > 0 && multiplier <= 1e6))
        refuse("multiplier", std::to_string(multiplier), "above 0, at most 1e6");
    bool delivers = false;
    for (size_t i = 0; i < trace.size(); ++i) {
        require(trace[i].duration_ms, 1e10, i, "duration_ms");
        require(trace[i].bandwidth_kbps, 1e9, i, "bandwidth_kbps");
        require(trace[i].latency_ms, 1e6, i, "latency_ms");
        delivers = delivers || trace[i].duration_ms * trace[i].bandwidth_kbps >= 1;
    }
    if (!delivers) refuse("", "nothing is ever delivered", "a period with some duration and bandwidth");
}
}  // namespace

TraceNetwork::TraceNetwork(std::span<const Period> trace, double multiplier, std::span<const double> bitrates,
                           double segment_ms, OnQuality on_quality)
    : trace_(trace.begin(), trace.end()),
      bitrates_(bitrates.begin(), bitrates.end()),
      segment_ms_(segment_ms),
      on_quality_(std::move(on_quality)) {
    check_trace(trace, multiplier);
    for (Period& p : trace_) p.bandwidth_kbps *= multiplier;
    begin_period();
}

void TraceNetwork::begin_period() {
    left_ms_ = period().duration_ms;
    const double latency_factor = 1 - period().latency_ms / segment_ms_;
    const double effective_kbps = period().bandwidth_kbps * latency_factor;
    const int before = sustainable_;
    sustainable_ = 0;
    while (size_t(sustainable_ + 1) < bitrates_.size() && bitrates_[size_t(sustainable_ + 1)] <= effective_kbps)
        ++sustainable_;
    if (before >= 0 && sustainable_ != before) on_quality_(sustainable_, before);
}

void TraceNetwork::next_period() {
    if (++index_ == trace_.size()) index_ = 0;
    begin_period();
}

void TraceNetwork::pass(double ms) {
    left_ms_ -= ms;
    now_ms_ += ms;
}

double TraceNetwork::skip_rest_of_period() {
    const double ms = left_ms_;
    now_ms_ += ms;
    next_period();
    return ms;
}

void TraceNetwork::idle(double ms) {
    while (ms > left_ms_) ms -= skip_rest_of_period();
    pass(ms);
}

// One unit of delay: a period of latency c takes c ms for the whole unit.
double TraceNetwork::latency() {
    double total = 0;
    double units = 1;
    while (units > 0) {
        const double c = period().latency_ms;
        const double ms = units * c;
        if (ms <= left_ms_) {
            pass(ms);
            return total + ms;
        }
        units -= left_ms_ / c;
        total += skip_rest_of_period();
    }
    return total;
}

double TraceNetwork::download(double bits) {
    double total = 0;
    while (bits > 0) {
        const double kbps = period().bandwidth_kbps;
        if (bits <= left_ms_ * kbps) {
            const double ms = bits / kbps;
            pass(ms);
            return total + ms;
        }
        bits -= left_ms_ * kbps;
        total += skip_rest_of_period();
    }
    return total;
}

TraceNetwork::Part TraceNetwork::download_some(double bits, double least_bits, double least_ms) {
    Part total;
    while (bits > 0 && (least_bits > 0 || least_ms > 0)) {
        const double kbps = period().bandwidth_kbps;
        Part part;
        if (kbps > 0) {
            const double wanted = std::max(least_bits, least_ms * kbps);
            const double in_period = left_ms_ * kbps;
            if (bits <= wanted && bits <= in_period) {
                part = {bits, bits / kbps};
                pass(part.ms);
            } else if (wanted <= in_period) {
                part = {wanted, wanted / kbps};
                least_bits = least_ms = 0;  // rounding must not ask for another round
                pass(part.ms);
            } else {
                part.bits = in_period;
                part.ms = skip_rest_of_period();
            }
        } else if (least_bits > 0 || least_ms > left_ms_) {
            part.ms = skip_rest_of_period();
        } else {
            part.ms = least_ms;
            pass(part.ms);
        }
        total.bits += part.bits;
        total.ms += part.ms;
        bits -= part.bits;
        least_bits -= part.bits;
        least_ms -= part.ms;
    }
    return total;
}

Fetched TraceNetwork::fetch(double bits, const Check& check) {
    if (check) return fetch_checked(bits, check);
    const double latency_ms = latency();
    return {.bits = bits, .time_ms = latency_ms + download(bits), .latency_ms = latency_ms};
}

Fetched TraceNetwork::fetch_checked(double bits, const Check& check) {
    Fetched got;
    got.latency_ms = latency();
    got.time_ms += got.latency_ms;
    double least_ms = kProgressMs - got.latency_ms;
    while (got.bits < bits && got.abandoned_to < 0) {
        const Part part = download_some(bits - got.bits, kProgressBits, least_ms);
        got.time_ms += part.ms;
        got.bits += part.bits;
        if (got.bits < bits) got.abandoned_to = check(got.time_ms, got.latency_ms, got.bits);
        least_ms = kProgressMs;
    }
    return got;
}

}  // namespace matinee::lab
