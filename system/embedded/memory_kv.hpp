// The port Kv in the memory of the process.
#pragma once

#include <functional>
#include <optional>
#include <queue>
#include <string>
#include <string_view>
#include <vector>

#include "system/memory/packed_map.hpp"
#include "system/ports/clock.hpp"
#include "system/ports/kv.hpp"

namespace matinee {

class MemoryKv : public Kv {
public:
    explicit MemoryKv(const Clock& clock) : clock_(clock) {}

    Task<std::optional<KvEntry>> get(std::string_view key) override;
    Task<> put(std::string_view key, std::string value, TimeNs expires_at) override;
    Task<bool> compare_and_set(std::string_view key, uint64_t version, std::string value, TimeNs expires_at) override;
    Task<bool> erase(std::string_view key) override;

    /// The same at once, for adapters that do the waiting themselves.
    std::optional<KvEntry> get_now(std::string_view key) const;
    void put_now(std::string_view key, std::string_view value, TimeNs expires_at);
    bool compare_and_set_now(std::string_view key, uint64_t version, std::string_view value, TimeNs expires_at);
    bool erase_now(std::string_view key);
    /// A hint that one of these follows soon.
    void approach(std::string_view key) const { entries_.approach(key); }

    /// Keys held, of which some may have expired since the last call.
    size_t size() const { return entries_.size(); }

private:
    struct Head {
        uint64_t version;
        TimeNs expires_at;
    };
    /// Clients choose a part of some keys (what they search for), at the rate that their limits allow: where hashes
    /// meet, a look-up takes longer and finds the same.
    using Entries = PackedMap<Head>;
    using Record = Entries::Record;
    /// When to look at the keys of a hash again. They may live longer by then, or be gone.
    struct Expiry {
        TimeNs at;
        uint64_t hash;
        bool operator>(const Expiry& other) const { return at > other.at; }
    };

    const Record* living(std::string_view key) const;
    void drop_expired();

    const Clock& clock_;
    Entries entries_;
    std::priority_queue<Expiry, std::vector<Expiry>, std::greater<>> expiries_;
    uint64_t next_version_ = 1;
};

}  // namespace matinee
