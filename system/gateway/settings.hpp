// What can be set about the gateway: how much of it anybody may have. Figures of the specification by their ids in its
// list of features; where it gives none, ours, and so marked.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "system/base/units.hpp"

namespace matinee::gateway {

/// Who gives way when there is too much to do: a class is refused once a share of the places is taken, the last first.
enum class Priority : uint8_t {
    Operations,  ///< health, metrics: never refused
    Playback,    ///< starting, heartbeats, stopping
    Account,     ///< logging in, paying, profiles
    Browse,      ///< home rows, titles
    Search,
};
inline constexpr size_t kPriorities = 5;

/// Requests that anybody may send; each is a token bucket (GWY-8) that holds so many and fills evenly in the time
/// named. 0: no limit. A bucket that is full lets all of it through at once, so that an hour may see up to twice the
/// figure. Buckets are the process's own: n instances behind a balancer let n times as much through.
struct Limits {
    // Of a user (GWY-6).
    int64_t api_per_hour = 1'000;  ///< everything that is not one of the next three
    int64_t playback_starts_per_hour = 100;
    int64_t searches_per_hour = 500;
    /// Ours: heartbeats and stops have their own, because four screens at one heartbeat in 30 s, 480 an hour, would eat
    /// half of the API's. This is four screens at one in 2 s.
    int64_t heartbeats_per_hour = 7'200;
    // Of a client's address (GWY-7, SEC-17).
    int64_t registrations_per_hour = 10;
    int64_t logins_per_hour = 20;
    /// GWY-8 gives one bucket without saying whose (and contradicts GWY-6: 10/s are 36,000/h). It is what a device,
    /// that is a session, may send at once (GWY-9), and an address that shows no token or one that is worth nothing.
    int64_t bucket = 100;
    int64_t bucket_fills_per_second = 10;
    /// Of one route, all callers together. Ours: none.
    int64_t route_per_second = 0;
    /// Buckets kept at most, 16 bytes each; beyond, those nearest to full are forgotten.
    size_t most_buckets = size_t(1) << 20;

    static Limits none() {
        Limits limits;
        limits.api_per_hour = limits.playback_starts_per_hour = limits.searches_per_hour = 0;
        limits.heartbeats_per_hour = limits.registrations_per_hour = limits.logins_per_hour = limits.bucket = 0;
        return limits;
    }
};

struct Settings {
    Limits limits;
    /// Requests under way at once, and per cent of them at which a class is refused (GWY-12 asks that browsing cannot
    /// starve streaming, without figures: ours).
    int64_t concurrency = 1'000;
    std::array<int64_t, kPriorities> share_percent = {0, 100, 80, 60, 50};
    /// How long a request may take where its route does not say and its caller does not ask for less. Ours; an
    /// account's has to wait for passwords and providers.
    std::array<TimeNs, kPriorities> timeout = {5 * kSecond, 5 * kSecond, 30 * kSecond, 10 * kSecond, 10 * kSecond};
};

}  // namespace matinee::gateway
