// Cache of what was computed from many rows: lists, pages, search results. Any change may concern any of them, so all
// die together: their keys contain a generation, and an invalidation begins a new one. A reader asks for the generation
// before it looks into the database; what it keeps under an old one is never found again and expires by itself.
#pragma once

#include <optional>
#include <string>

#include "system/ports/clock.hpp"
#include "system/ports/kv.hpp"
#include "system/ports/random.hpp"

namespace matinee {

class ListCache {
public:
    /// `prefix` begins every key: "search:results:".
    ListCache(Kv& kv, Random& random, std::string prefix) : kv_(kv), random_(random), prefix_(std::move(prefix)) {}

    /// Never the same again after an invalidation, or after the store forgot it.
    Task<std::string> generation();
    /// After the commit. From when it comes back nothing older is found.
    Task<> invalidate();

    Task<std::optional<std::string>> find(std::string generation, std::string key);
    Task<> keep(std::string generation, std::string key, std::string value, TimeNs expires_at);

private:
    Kv& kv_;
    Random& random_;
    std::string prefix_;
};

}  // namespace matinee
