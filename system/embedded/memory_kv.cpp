#include "system/embedded/memory_kv.hpp"

#include <algorithm>

namespace matinee {

const MemoryKv::Record* MemoryKv::living(std::string_view key) const {
    const Record* const found = entries_.find(key);
    return found == nullptr || found->head.expires_at <= clock_.now() ? nullptr : found;
}

std::optional<KvEntry> MemoryKv::get_now(std::string_view key) const {
    const Record* const found = living(key);
    if (found == nullptr) return std::nullopt;
    return KvEntry{std::string(found->value()), found->head.version};
}

/// What a write adds, its turn pays for: each looks at most at two whose time has come. A key that was written again
/// since is only put off, so that one that is written often costs no more than one that is written once.
void MemoryKv::drop_expired() {
    const TimeNs now = clock_.now();
    for (int i = 0; i < 2 && !expiries_.empty() && expiries_.top().at <= now; ++i) {
        const uint64_t hash = expiries_.top().hash;
        expiries_.pop();
        TimeNs again = kNever;
        entries_.erase_where(hash, [&](const Record& record) {
            if (record.head.expires_at > now) again = std::min(again, record.head.expires_at);
            return record.head.expires_at <= now;
        });
        if (again < kNever) expiries_.push({again, hash});
    }
}

void MemoryKv::put_now(std::string_view key, std::string_view value, TimeNs expires_at) {
    drop_expired();
    const size_t before = entries_.size();
    entries_.put(key, value, {next_version_++, expires_at});
    if (entries_.size() > before) expiries_.push({expires_at, Entries::hash_of(key)});
}

bool MemoryKv::compare_and_set_now(std::string_view key, uint64_t version, std::string_view value, TimeNs expires_at) {
    const Record* const found = living(key);
    if ((found == nullptr ? 0 : found->head.version) != version) return false;
    put_now(key, value, expires_at);
    return true;
}

bool MemoryKv::erase_now(std::string_view key) {
    const bool there = living(key) != nullptr;
    entries_.erase(key);
    return there;
}

Task<std::optional<KvEntry>> MemoryKv::get(std::string_view key) { co_return get_now(key); }

Task<> MemoryKv::put(std::string_view key, std::string value, TimeNs expires_at) {
    put_now(key, value, expires_at);
    co_return;
}

Task<bool> MemoryKv::compare_and_set(std::string_view key, uint64_t version, std::string value, TimeNs expires_at) {
    co_return compare_and_set_now(key, version, value, expires_at);
}

Task<bool> MemoryKv::erase(std::string_view key) { co_return erase_now(key); }

}  // namespace matinee
