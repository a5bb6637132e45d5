#include "system/embedded/memory_kv.hpp"

namespace matinee {

MemoryKv::Entry* MemoryKv::find(const std::string& key) {
    const auto found = entries_.find(key);
    return found == entries_.end() || found->second.expires_at <= clock_.now() ? nullptr : &found->second;
}

/// What a write adds, its turn pays for: each takes at most two of the expired away.
void MemoryKv::drop_expired() {
    for (int i = 0; i < 2 && !expiries_.empty() && expiries_.top().first <= clock_.now(); ++i) {
        const auto found = entries_.find(expiries_.top().second);
        if (found != entries_.end() && found->second.expires_at <= clock_.now()) entries_.erase(found);
        expiries_.pop();
    }
}

void MemoryKv::set(std::string key, std::string value, TimeNs expires_at) {
    drop_expired();
    expiries_.emplace(expires_at, key);
    entries_[std::move(key)] = {{std::move(value), next_version_++}, expires_at};
}

Task<std::optional<KvEntry>> MemoryKv::get(std::string key) {
    const Entry* const found = find(key);
    co_return found == nullptr ? std::nullopt : std::optional<KvEntry>(found->entry);
}

Task<> MemoryKv::put(std::string key, std::string value, TimeNs expires_at) {
    set(std::move(key), std::move(value), expires_at);
    co_return;
}

Task<bool> MemoryKv::compare_and_set(std::string key, uint64_t version, std::string value, TimeNs expires_at) {
    const Entry* const found = find(key);
    if ((found == nullptr ? 0 : found->entry.version) != version) co_return false;
    set(std::move(key), std::move(value), expires_at);
    co_return true;
}

Task<bool> MemoryKv::erase(std::string key) {
    const bool there = find(key) != nullptr;
    entries_.erase(key);
    co_return there;
}

}  // namespace matinee
