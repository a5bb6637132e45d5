// Cache-aside over the key-value store: copies of rows that SQL has, each under its key.
//
// The trap is the reader that looks into the database, sleeps while a writer commits and invalidates, and then puts its
// old row into the cache, where it stays. So an invalidation does not erase: it puts a mark, and a copy is kept only by
// compare-and-set against what the reader saw before it looked into the database. Whoever looked too early loses. The
// mark lives as long as a copy would, which is longer than any reader sleeps.
#pragma once

#include <optional>
#include <string>

#include "system/ports/clock.hpp"
#include "system/ports/kv.hpp"

namespace matinee {

class RowCache {
public:
    /// `prefix` begins every key: "video:metadata:".
    RowCache(Kv& kv, Clock& clock, std::string prefix, TimeNs lifetime)
        : kv_(kv), clock_(clock), prefix_(std::move(prefix)), lifetime_(lifetime) {}

    struct Look {
        std::optional<std::string> copy;
        uint64_t version = 0;  ///< what `keep` wants to hear; take it before the look into the database
    };
    Task<Look> find(std::string id);
    /// Keeps a copy (not an empty one) unless the key was written since the look.
    Task<> keep(std::string id, uint64_t version, std::string copy);
    /// After the commit. From when it comes back no older row is found, now or later.
    Task<> invalidate(std::string id);

private:
    Kv& kv_;
    Clock& clock_;
    std::string prefix_;
    TimeNs lifetime_;
};

}  // namespace matinee
