#include "system/embedded/memory_kv.hpp"

namespace matinee {

const KvEntry* MemoryKv::find_now(std::string_view key) const {
    const auto found = entries_.find(key);
    return found == entries_.end() || found->second.expires_at <= clock_.now() ? nullptr : &found->second.entry;
}

/// What a write adds, its turn pays for: each looks at most at two whose time has come. A key that was written again
/// since is only put off, so that one that is written often costs no more than one that is written once.
void MemoryKv::drop_expired() {
    for (int i = 0; i < 2 && !expiries_.empty() && expiries_.top().first <= clock_.now(); ++i) {
        std::string key = expiries_.top().second;
        expiries_.pop();
        const auto found = entries_.find(key);
        if (found == entries_.end()) continue;
        if (found->second.expires_at <= clock_.now())
            entries_.erase(found);
        else
            expiries_.emplace(found->second.expires_at, std::move(key));
    }
}

void MemoryKv::put_now(std::string_view key, std::string value, TimeNs expires_at) {
    drop_expired();
    const auto found = entries_.find(key);
    const bool is_new = found == entries_.end();
    Entry& place = is_new ? entries_[std::string(key)] : found->second;
    place = {{std::move(value), next_version_++}, expires_at};
    if (is_new) expiries_.emplace(expires_at, key);
}

bool MemoryKv::compare_and_set_now(std::string_view key, uint64_t version, std::string value, TimeNs expires_at) {
    const auto found = entries_.find(key);
    const bool there = found != entries_.end() && found->second.expires_at > clock_.now();
    if ((there ? found->second.entry.version : 0) != version) return false;
    if (there)
        found->second = {{std::move(value), next_version_++}, expires_at};
    else
        put_now(key, std::move(value), expires_at);
    return true;
}

bool MemoryKv::erase_now(std::string_view key) {
    const bool there = find_now(key) != nullptr;
    if (const auto found = entries_.find(key); found != entries_.end()) entries_.erase(found);
    return there;
}

Task<std::optional<KvEntry>> MemoryKv::get(std::string_view key) {
    const KvEntry* const found = find_now(key);
    co_return found == nullptr ? std::nullopt : std::optional<KvEntry>(*found);
}

Task<> MemoryKv::put(std::string_view key, std::string value, TimeNs expires_at) {
    put_now(key, std::move(value), expires_at);
    co_return;
}

Task<bool> MemoryKv::compare_and_set(std::string_view key, uint64_t version, std::string value, TimeNs expires_at) {
    co_return compare_and_set_now(key, version, std::move(value), expires_at);
}

Task<bool> MemoryKv::erase(std::string_view key) { co_return erase_now(key); }

}  // namespace matinee
