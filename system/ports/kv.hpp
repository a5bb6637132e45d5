// Port: small values by key that expire: caches, leases, counters. Fast, and not a place to keep things: everything may
// vanish at any moment (a restart), so what must survive is in SQL and only copied here.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "system/base/task.hpp"
#include "system/base/units.hpp"

namespace matinee {

struct KvEntry {
    std::string value;
    uint64_t version = 0;  ///< changes with every write of the key; never 0
};

/// Keys are only referred to: whoever asks keeps them until the answer is there, as `co_await kv.get(a + b)` does.
class Kv {
public:
    virtual ~Kv() = default;

    /// Nothing where the key was never put, was erased, or expired: at `expires_at` exactly it is gone.
    virtual Task<std::optional<KvEntry>> get(std::string_view key) = 0;
    virtual Task<> put(std::string_view key, std::string value, TimeNs expires_at) = 0;
    /// Puts only where the key still has that version, or, for version 0, is absent. True where it did. Among callers
    /// that race with one version, one wins.
    virtual Task<bool> compare_and_set(std::string_view key, uint64_t version, std::string value, TimeNs expires_at) = 0;
    /// True where there was something.
    virtual Task<bool> erase(std::string_view key) = 0;
};

}  // namespace matinee
