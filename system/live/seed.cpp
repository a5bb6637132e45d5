#include "system/live/seed.hpp"

#include "system/demo/demo.hpp"
#include "system/embedded/memory_kv.hpp"
#include "system/embedded/sandbox_provider.hpp"
#include "system/embedded/sqlite_database.hpp"
#include "system/embedded/sqlite_event_log.hpp"
#include "system/embedded/sqlite_search.hpp"
#include "system/live/data_folder.hpp"
#include "system/live/event_loop.hpp"
#include "system/live/startup.hpp"

namespace matinee::live {

namespace {

Task<> import_all(catalog::Catalog& catalog, std::vector<catalog::Details> batch, size_t& added) {
    added += co_await catalog.import(std::move(batch));
}

}  // namespace

Seeded seed_demo(const Config& config) {
    const FolderLock folder(config.data);
    EventLoop loop;
    WorkerPool workers(loop, 1, 1);
    SodiumRandom random;
    SodiumCrypto crypto(workers, config.password_cost);
    // Lost power costs nothing here: seeding again repeats what is missing.
    SqliteDatabase database(database_file(config.data, kMainDatabase), SqliteDatabase::Durability::Process);
    SqliteDatabase search_database(database_file(config.data, kSearchDatabase), SqliteDatabase::Durability::Process);
    SqliteSql sql(database);
    MemoryKv kv(loop);
    SqliteEventLog events(database);
    SqliteDatabase no_payments;
    SandboxProvider provider(loop, no_payments, "", {});
    SqliteSearch search(search_database);
    platform::Platform platform({loop, random, sql, kv, events, crypto, provider, search}, config.platform);
    prepare(platform, database, config.data);
    Seeded seeded;
    std::vector<catalog::Details> batch;
    for (std::vector<catalog::Details>& group : demo::catalogue()) {
        ++seeded.titles;
        seeded.episodes += group.size() - 1;
        for (catalog::Details& title : group) batch.push_back(std::move(title));
        if (batch.size() < 200) continue;
        run_to_end(import_all(platform.catalog(), std::move(batch), seeded.added));
        batch.clear();
    }
    run_to_end(import_all(platform.catalog(), std::move(batch), seeded.added));
    run_to_end(platform.catch_up());
    return seeded;
}

}  // namespace matinee::live
