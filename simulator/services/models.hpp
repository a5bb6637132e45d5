// What stores and cryptography cost, as data: the adapters charge it, scenarios set it.
#pragma once

#include "system/base/units.hpp"

namespace matinee::services {

struct StoreModel {
    TimeNs round_trip = 500 * kMicrosecond;  ///< within a data centre
    TimeNs read = 100 * kMicrosecond;        ///< service time of a transaction that reads
    TimeNs write = 1 * kMillisecond;         ///< of one that writes: it waits for the disk
    uint32_t servers = 16;                   ///< connections
};

/// What cryptography costs on the live host: `hash` from the note on argon2id in system/live/crypto.hpp, the rest the
/// time of libsodium's Ed25519 on a core of 2020. Hashes queue for `servers` cores; what waits longer than `patience`
/// is refused.
struct CryptoModel {
    TimeNs hash = 19 * kMillisecond;
    TimeNs sign = 30 * kMicrosecond;
    TimeNs verify = 70 * kMicrosecond;
    uint32_t servers = 2;
    TimeNs patience = 5 * kSecond;
};

}  // namespace matinee::services
