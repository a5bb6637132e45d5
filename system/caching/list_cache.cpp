#include "system/caching/list_cache.hpp"

#include "system/base/encoding.hpp"

namespace matinee {

Task<std::string> ListCache::generation() {
    const std::string key = prefix_ + "generation";
    for (;;) {
        std::optional<KvEntry> current = co_await kv_.get(key);
        if (current) co_return std::move(current->value);
        const std::string fresh = to_hex(random_.bytes(8));
        const bool first = co_await kv_.compare_and_set(key, 0, fresh, kNever);
        if (first) co_return fresh;
    }
}

Task<> ListCache::invalidate() { co_await kv_.put(prefix_ + "generation", to_hex(random_.bytes(8)), kNever); }

Task<std::optional<std::string>> ListCache::find(std::string generation, std::string key) {
    std::optional<KvEntry> entry = co_await kv_.get(prefix_ + generation + ":" + key);
    if (!entry) co_return std::nullopt;
    co_return std::move(entry->value);
}

Task<> ListCache::keep(std::string generation, std::string key, std::string value, TimeNs expires_at) {
    co_await kv_.put(prefix_ + generation + ":" + key, std::move(value), expires_at);
}

}  // namespace matinee
