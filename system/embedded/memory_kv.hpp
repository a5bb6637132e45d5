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

    Task<std::optional<KvEntry>> get(std::string key) override;
    Task<> put(std::string key, std::string value, TimeNs expires_at) override;
    Task<bool> compare_and_set(std::string key, uint64_t version, std::string value, TimeNs expires_at) override;
    Task<bool> erase(std::string key) override;

    /// Keys held, of which some may have expired since the last call.
    size_t size() const { return entries_.size(); }

private:
    struct Entry {
        KvEntry entry;
        TimeNs expires_at = 0;
    };
    using Expiry = std::pair<TimeNs, std::string>;

    Entry* find(const std::string& key);
    void set(std::string key, std::string value, TimeNs expires_at);
    void drop_expired();

    const Clock& clock_;
    std::unordered_map<std::string, Entry> entries_;
    std::priority_queue<Expiry, std::vector<Expiry>, std::greater<>> expiries_;  // some of keys that live longer by now
    uint64_t next_version_ = 1;
};

}  // namespace matinee
