// The port Kv in the memory of the process.
#pragma once

#include <queue>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

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

    /// The same at once, for adapters that do the waiting themselves. The entry is good until the next write.
    const KvEntry* find_now(std::string_view key) const;
    void put_now(std::string_view key, std::string value, TimeNs expires_at);
    bool compare_and_set_now(std::string_view key, uint64_t version, std::string value, TimeNs expires_at);
    bool erase_now(std::string_view key);

    /// Keys held, of which some may have expired since the last call.
    size_t size() const { return entries_.size(); }

private:
    struct Entry {
        KvEntry entry;
        TimeNs expires_at = 0;
    };
    using Expiry = std::pair<TimeNs, std::string>;

    void drop_expired();

    const Clock& clock_;
    struct Hash {
        using is_transparent = void;
        size_t operator()(std::string_view key) const { return std::hash<std::string_view>()(key); }
    };
    std::unordered_map<std::string, Entry, Hash, std::equal_to<>> entries_;
    /// When to look at a key again. It may live longer by then, or be gone.
    std::priority_queue<Expiry, std::vector<Expiry>, std::greater<>> expiries_;
    uint64_t next_version_ = 1;
};

}  // namespace matinee
