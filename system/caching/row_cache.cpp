#include "system/caching/row_cache.hpp"

namespace matinee {

static const std::string kInvalid;  // no copy is empty

Task<RowCache::Look> RowCache::find(std::string id) {
    std::optional<KvEntry> entry = co_await kv_.get(prefix_ + id);
    Look look;
    if (!entry) co_return look;
    look.version = entry->version;
    if (entry->value != kInvalid) look.copy = std::move(entry->value);
    co_return look;
}

Task<> RowCache::keep(std::string id, uint64_t version, std::string copy) {
    co_await kv_.compare_and_set(prefix_ + id, version, std::move(copy), clock_.now() + lifetime_);
}

Task<> RowCache::invalidate(std::string id) { co_await kv_.put(prefix_ + id, kInvalid, clock_.now() + lifetime_); }

}  // namespace matinee
