// The adaptive-bitrate rules by name.
#pragma once

#include <cstdint>

namespace matinee::abr {

enum class Rule : uint8_t {
    Constant,
    Throughput,
    Bola,
    BolaE,
    Dynamic,
    DynamicDash,
    Bba,
    RobustMpc,
    RateCheck,    ///< rule of source document 000
    Ratio15,      ///< 002
    Bands,        ///< 003
    Halving,      ///< 004, core components
    LadderSteps,  ///< 004, deep dive
};

}  // namespace matinee::abr
