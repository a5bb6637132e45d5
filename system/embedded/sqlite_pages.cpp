#include "system/embedded/sqlite_pages.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <utility>
#include <vector>

#include "system/base/frame_pool.hpp"
#include "system/memory/blocks.hpp"
#include "system/memory/prefetch.hpp"

namespace matinee {

namespace {

using Number = unsigned;

/// Between its bytes and those that SQLite wants for itself.
struct Page {
    sqlite3_pcache_page seen;  ///< what SQLite has a pointer to
    Number number;
    bool in_slab;
    // Its neighbours among the idle; nothing while it is in use.
    Page* newer;
    Page* older;

    bool is_idle() const { return newer != nullptr; }
};

class PageCache {
public:
    PageCache(int page_bytes, int extra_bytes, bool purgeable)
        : page_bytes_(size_t(page_bytes)), rest_bytes_(sizeof(Page) + size_t(extra_bytes)), purgeable_(purgeable) {}
    PageCache(const PageCache&) = delete;
    PageCache& operator=(const PageCache&) = delete;
    ~PageCache() { truncate(0); }

    size_t count() const { return count_; }

    void hold_at_most(int pages) {
        most_ = size_t(std::max(pages, 1));
        if (purgeable_)
            while (count_ > most_ && count_idle_ > 0) drop(*idle_.newer);
    }

    /// In use from now on. Nothing where there is no such page and none may be made: `create` 0 never makes one, 1 not
    /// if nine tenths of what the cache holds are in use, 2 always. std::bad_alloc.
    Page* fetch(Number number, int create) {
        if (Page* const page = find(number)) {
            approach(*page);
            if (page->is_idle()) take_from_idle(*page);
            return page;
        }
        if (create == 0) return nullptr;
        if (create == 1 && purgeable_ && count_ - count_idle_ >= most_ / 10 * 9) return nullptr;
        Table& table = make_table(number);
        Page* const page = make_page();
        page->number = number;
        put(table, *page);
        ++count_;
        return page;
    }

    /// Nobody uses it any more.
    void let_go(Page& page, bool discard) {
        if (discard || (purgeable_ && count_ > most_)) return drop(page);
        page.older = idle_.older;
        page.newer = &idle_;
        idle_.older->newer = &page;
        idle_.older = &page;
        ++count_idle_;
    }

    void rename(Page& page, Number number) noexcept {
        if (Page* const other = find(number)) drop(*other);
        take_out(page);
        page.number = number;
        if (Table* const table = table_of(number))
            put(*table, page);
        else if (aside_ == nullptr)
            aside_ = &page;
        else
            put(make_table(number), page);
    }

    /// Forgets the pages from this number on, in use or not.
    void truncate(Number first) {
        if (aside_ != nullptr && aside_->number >= first) drop(*aside_);
        if (first >= end_) return;
        end_ = first;
        for (size_t i = first / kTable; i < tables_.size(); ++i) {
            if (tables_[i] == nullptr) continue;
            for (Page*& page : tables_[i]->pages)
                if (page != nullptr && page->number >= first) drop(*page);
            if (tables_[i]->count == 0) tables_[i].reset();
        }
        while (!tables_.empty() && tables_.back() == nullptr) tables_.pop_back();
    }

    void drop_idle() {
        while (count_idle_ > 0) drop(*idle_.newer);
    }

private:
    static constexpr size_t kTable = 256;
    /// Pages. Under the address sanitizer all of them come from the heap, where it finds uses of what is gone.
    static constexpr size_t kFew = internal::kFrameSizes == 0 ? SIZE_MAX : 32, kOfSlab = 32;
    struct Table {
        std::array<Page*, kTable> pages{};
        size_t count = 0;
    };

    Table* table_of(Number number) const {
        const size_t place = number / kTable;
        return place < tables_.size() ? tables_[place].get() : nullptr;
    }
    Table& make_table(Number number) {
        const size_t place = number / kTable;
        if (place >= tables_.size()) tables_.resize(place + 1);
        if (tables_[place] == nullptr) tables_[place] = std::make_unique<Table>();
        return *tables_[place];
    }
    Page* find(Number number) const {
        const Table* const table = table_of(number);
        Page* const page = table == nullptr ? nullptr : table->pages[number % kTable];
        if (page != nullptr || aside_ == nullptr || aside_->number != number) return page;
        return aside_;
    }
    void put(Table& table, Page& page) {
        end_ = std::max(end_, page.number + 1);
        table.pages[page.number % kTable] = &page;
        ++table.count;
    }
    void take_out(Page& page) {
        if (&page == aside_) return void(aside_ = nullptr);
        Table& table = *table_of(page.number);
        table.pages[page.number % kTable] = nullptr;
        --table.count;
    }

    /// Asks at once for what SQLite is going to look at: its notes, and the page's head, behind which cells are listed.
    void approach(const Page& page) const {
        const char* const at = reinterpret_cast<const char*>(&page);
        for (size_t line = 64; line < rest_bytes_; line += 64) prefetch(at + line);
        prefetch(at - page_bytes_);
        prefetch(at - page_bytes_ + 64);
    }

    /// One that has been idle longest, where the cache is full; else new memory.
    Page* make_page() {
        Page* page = nullptr;
        if (purgeable_ && count_ >= most_ && count_idle_ > 0) {
            page = idle_.newer;
            forget(*page);
        } else {
            page = take_memory();
        }
        char* const bytes = reinterpret_cast<char*>(page) - page_bytes_;
        char* const extra = reinterpret_cast<char*>(page + 1);
        page->seen = {.pBuf = bytes, .pExtra = extra};
        page->newer = page->older = nullptr;
        std::memset(extra, 0, sizeof(void*));  // by which SQLite knows that the page is a new one
        return page;
    }

    /// Pages are looked up at random: those of all but the smallest databases lie in huge pages of the system's.
    Page* take_memory() {
        if (unused_ == nullptr && count_ >= kFew) open_slab();
        if (unused_ != nullptr) return std::exchange(unused_, unused_->newer);
        char* const memory = static_cast<char*>(sqlite3_malloc64(page_bytes_ + rest_bytes_));
        if (memory == nullptr) throw std::bad_alloc();
        Page* const page = new (memory + page_bytes_) Page;
        page->in_slab = false;
        return page;
    }
    void open_slab() {
        const size_t stride = (page_bytes_ + rest_bytes_ + 63) / 64 * 64;
        slabs_.emplace_back(kOfSlab * stride);
        for (size_t i = 0; i < kOfSlab; ++i) {
            Page* const page = new (slabs_.back().data() + i * stride + page_bytes_) Page;
            page->in_slab = true;
            page->newer = std::exchange(unused_, page);
        }
    }
    void give_memory(Page& page) {
        if (page.in_slab)
            page.newer = std::exchange(unused_, &page);
        else
            sqlite3_free(reinterpret_cast<char*>(&page) - page_bytes_);
    }

    void take_from_idle(Page& page) {
        page.newer->older = page.older;
        page.older->newer = page.newer;
        page.newer = page.older = nullptr;
        --count_idle_;
    }
    void forget(Page& page) {
        if (page.is_idle()) take_from_idle(page);
        take_out(page);
        --count_;
    }
    void drop(Page& page) {
        forget(page);
        give_memory(page);
    }

    size_t page_bytes_, rest_bytes_;
    bool purgeable_;
    std::vector<BlockArray<char>> slabs_;
    Page* unused_ = nullptr;  ///< of slabs, linked by `newer`
    size_t most_ = 1;
    size_t count_ = 0, count_idle_ = 0;
    std::vector<std::unique_ptr<Table>> tables_;
    Number end_ = 0;  ///< greater than the numbers of all pages in the tables
    /// A page whose number lies, for a moment, far behind all others.
    Page* aside_ = nullptr;
    /// The ring of the idle: behind it, by `newer`, the one that has been so longest.
    Page idle_{.seen = {}, .number = 0, .newer = &idle_, .older = &idle_};
};

PageCache& cache_of(sqlite3_pcache* cache) { return *reinterpret_cast<PageCache*>(cache); }
Page& page_of(sqlite3_pcache_page* page) { return *reinterpret_cast<Page*>(page); }

sqlite3_pcache_page* fetch(sqlite3_pcache* cache, Number number, int create) noexcept {
    try {
        Page* const page = cache_of(cache).fetch(number, create);
        return page == nullptr ? nullptr : &page->seen;
    } catch (const std::bad_alloc&) {
        return nullptr;  // SQLite says so itself
    }
}

constexpr sqlite3_pcache_methods2 kMethods = {
    .iVersion = 1,
    .pArg = nullptr,
    .xInit = [](void*) { return SQLITE_OK; },
    .xShutdown = [](void*) {},
    .xCreate =
        [](int page_bytes, int extra_bytes, int purgeable) {
            return reinterpret_cast<sqlite3_pcache*>(new (std::nothrow)
                                                         PageCache(page_bytes, extra_bytes, purgeable != 0));
        },
    .xCachesize = [](sqlite3_pcache* cache, int pages) { cache_of(cache).hold_at_most(pages); },
    .xPagecount = [](sqlite3_pcache* cache) { return int(cache_of(cache).count()); },
    .xFetch = fetch,
    .xUnpin = [](sqlite3_pcache* cache, sqlite3_pcache_page* page,
                 int discard) { cache_of(cache).let_go(page_of(page), discard != 0); },
    .xRekey = [](sqlite3_pcache* cache, sqlite3_pcache_page* page, Number,
                 Number number) { cache_of(cache).rename(page_of(page), number); },
    .xTruncate = [](sqlite3_pcache* cache, Number first) { cache_of(cache).truncate(first); },
    .xDestroy = [](sqlite3_pcache* cache) { delete &cache_of(cache); },
    .xShrink = [](sqlite3_pcache* cache) { cache_of(cache).drop_idle(); },
};

}  // namespace

const sqlite3_pcache_methods2& sqlite_pages() { return kMethods; }

}  // namespace matinee
