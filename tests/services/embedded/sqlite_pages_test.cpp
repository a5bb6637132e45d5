#include "system/embedded/sqlite_pages.hpp"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "system/base/random.hpp"

namespace matinee {
namespace {

constexpr int kPageBytes = 512, kExtraBytes = 100;
/// Where the page at 1 GiB would be, which SQLite uses as a place to put pages for a moment.
constexpr unsigned kFar = (1u << 30) / kPageBytes + 1;

class Cache {
public:
    Cache(bool purgeable, int pages) : cache_(methods().xCreate(kPageBytes, kExtraBytes, purgeable)) {
        hold_at_most(pages);
    }
    Cache(const Cache&) = delete;
    Cache& operator=(const Cache&) = delete;
    ~Cache() { methods().xDestroy(cache_); }

    sqlite3_pcache_page* fetch(unsigned number, int create) { return methods().xFetch(cache_, number, create); }
    void unpin(sqlite3_pcache_page* page, bool discard) { methods().xUnpin(cache_, page, discard); }
    void rekey(sqlite3_pcache_page* page, unsigned from, unsigned to) { methods().xRekey(cache_, page, from, to); }
    void truncate(unsigned first) { methods().xTruncate(cache_, first); }
    void hold_at_most(int pages) { methods().xCachesize(cache_, pages); }
    void shrink() { methods().xShrink(cache_); }
    size_t count() { return size_t(methods().xPagecount(cache_)); }

private:
    static const sqlite3_pcache_methods2& methods() { return sqlite_pages(); }
    sqlite3_pcache* cache_;
};

bool is_new(const sqlite3_pcache_page* page) {
    void* first = nullptr;
    std::memcpy(&first, page->pExtra, sizeof first);
    return first == nullptr;
}

/// As SQLite does; the bytes must stay what they are for as long as the page does.
void mark(sqlite3_pcache_page* page, unsigned stamp) {
    std::memset(page->pExtra, 1, kExtraBytes);
    std::memset(page->pBuf, int(stamp & 255), kPageBytes);
}

bool has_mark(const sqlite3_pcache_page* page, unsigned stamp) {
    const auto* const bytes = static_cast<const unsigned char*>(page->pBuf);
    return !is_new(page) && std::all_of(bytes, bytes + kPageBytes, [&](auto b) { return b == (stamp & 255); });
}

/// What a cache must have: a map, and a list of what is idle, the one that has been so longest first.
struct Model {
    struct Held {
        sqlite3_pcache_page* page;
        unsigned stamp;
        bool in_use;
    };
    std::map<unsigned, Held> held;
    std::vector<unsigned> idle;

    void forget(unsigned number) {
        held.erase(number);
        std::erase(idle, number);
    }
};

/// Random calls; `most` 0: of a database in memory.
void compare_with_model(uint64_t seed, size_t most) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    RandomStream random(seed, Purpose::Session, 0);
    Cache cache(most > 0, int(std::max<size_t>(most, 1)));
    Model model;
    unsigned stamps = 0;
    for (int i = 0; i < 4000; ++i) {
        const auto number = unsigned(1 + random.below(600));
        const auto known = model.held.find(number);
        switch (random.below(8)) {
            case 0:
            case 1:
            case 2:
            case 3: {
                const int create = int(random.below(3));
                const size_t in_use = model.held.size() - model.idle.size();
                const bool may = create == 2 || (create == 1 && (most == 0 || in_use < most / 10 * 9));
                sqlite3_pcache_page* const page = cache.fetch(number, create);
                if (known != model.held.end()) {
                    ASSERT_EQ(page, known->second.page);
                    ASSERT_TRUE(has_mark(page, known->second.stamp));
                    known->second.in_use = true;
                    std::erase(model.idle, number);
                    break;
                }
                ASSERT_EQ(page != nullptr, may) << create << " " << in_use;
                if (!may) break;
                ASSERT_TRUE(is_new(page));
                if (most > 0 && model.held.size() >= most && !model.idle.empty()) {
                    const unsigned oldest = model.idle.front();
                    model.forget(oldest);
                }
                mark(page, ++stamps);
                model.held[number] = {page, stamps, true};
                break;
            }
            case 4:
            case 5: {
                if (known == model.held.end() || !known->second.in_use) break;
                const bool discard = random.below(4) == 0;
                cache.unpin(known->second.page, discard);
                if (discard || (most > 0 && model.held.size() > most)) {
                    model.forget(number);
                } else {
                    known->second.in_use = false;
                    model.idle.push_back(number);
                }
                break;
            }
            case 6: {
                // Two pages change places, by way of the far one, or one moves over an idle one.
                const auto other = model.held.find(unsigned(1 + random.below(600)));
                if (known == model.held.end() || !known->second.in_use || other == model.held.end() || other == known)
                    break;
                if (other->second.in_use) {
                    cache.rekey(known->second.page, number, kFar);
                    ASSERT_EQ(cache.fetch(kFar, 0), known->second.page);
                    cache.rekey(other->second.page, other->first, number);
                    cache.rekey(known->second.page, kFar, other->first);
                    std::swap(known->second, other->second);
                } else {
                    const unsigned to = other->first;
                    cache.rekey(known->second.page, number, to);
                    const Model::Held moved = known->second;
                    model.forget(to);
                    model.forget(number);
                    model.held[to] = moved;
                }
                break;
            }
            default:
                if (random.below(40) != 0) break;
                if (random.below(4) == 0) {
                    cache.shrink();
                    for (const unsigned idle : std::vector(model.idle)) model.forget(idle);
                    break;
                }
                cache.truncate(number);
                while (!model.held.empty() && model.held.rbegin()->first >= number)
                    model.forget(model.held.rbegin()->first);
        }
        ASSERT_EQ(cache.count(), model.held.size());
    }
    for (const auto& [number, held] : model.held) {
        ASSERT_EQ(cache.fetch(number, 0), held.page);
        ASSERT_TRUE(has_mark(held.page, held.stamp));
    }
}

TEST(SqlitePages, OfAFileBehaveAsAModel) {
    for (uint64_t seed = 0; seed < 40; ++seed) compare_with_model(seed, 10 + 30 * seed % 300);
}

TEST(SqlitePages, OfADatabaseInMemoryBehaveAsAModel) {
    for (uint64_t seed = 100; seed < 140; ++seed) compare_with_model(seed, 0);
}

TEST(SqlitePages, APageAsideIsForgottenWithThoseBehindTheEnd) {
    Cache cache(false, 1);
    sqlite3_pcache_page* const page = cache.fetch(3, 2);
    mark(page, 7);
    cache.rekey(page, 3, kFar);
    EXPECT_EQ(cache.fetch(3, 0), nullptr);
    EXPECT_EQ(cache.fetch(kFar, 2), page);
    sqlite3_pcache_page* const second = cache.fetch(4, 2);
    cache.rekey(second, 4, kFar + 9);  // there is room aside for one; this one has a table
    EXPECT_EQ(cache.fetch(kFar + 9, 0), second);
    EXPECT_EQ(cache.count(), 2u);
    cache.truncate(2);
    EXPECT_EQ(cache.count(), 0u);
    EXPECT_EQ(cache.fetch(kFar, 0), nullptr);
    EXPECT_EQ(cache.fetch(kFar + 9, 0), nullptr);
}

TEST(SqlitePages, FewerPagesAreHeldOnceFewerAreWanted) {
    Cache cache(true, 20);
    std::vector<sqlite3_pcache_page*> pages;
    for (unsigned number = 1; number <= 15; ++number) pages.push_back(cache.fetch(number, 2));
    for (sqlite3_pcache_page* const page : pages) cache.unpin(page, false);
    EXPECT_EQ(cache.count(), 15u);
    cache.hold_at_most(5);
    EXPECT_EQ(cache.count(), 5u);
    EXPECT_EQ(cache.fetch(10, 0), nullptr);  // the ones idle longest went
    EXPECT_NE(cache.fetch(11, 0), nullptr);
}

}  // namespace
}  // namespace matinee
