#include "simulator/services/process.hpp"

namespace matinee::services {

PlatformProcess::PlatformProcess(Executor& executor, Clock& clock, StoreAccess& stores, uint64_t seed, uint64_t who,
                                 const CryptoModel& crypto, const platform::Settings& settings)
    : random_(seed, who),
      crypto_(executor, random_, crypto),
      platform_({clock, random_, stores.sql, stores.kv, stores.log, crypto_}, settings) {}

}  // namespace matinee::services
