// What every fuzzer does: the parser may refuse its input with InputError, and with nothing else.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "system/base/errors.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace matinee::fuzz {

inline std::string_view text_of(const uint8_t* data, size_t size) {
    return {reinterpret_cast<const char*>(data), size};
}

/// Anything but a value or an InputError leaves the fuzzer as a crash. A refusal has to say something.
template <class Parse>
int try_parse(Parse parse) {
    try {
        parse();
    } catch (const InputError& error) {
        if (error.where.expected.empty() || error.where.file.empty()) __builtin_trap();
    }
    return 0;
}

}  // namespace matinee::fuzz
