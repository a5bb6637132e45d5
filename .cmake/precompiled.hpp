// What nearly every source includes of the standard library, compiled once: three tenths of the time that compiling a
// source takes. A source still includes what it uses; the debug build does without this and would notice.
#pragma once

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>
