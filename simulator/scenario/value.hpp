// A JSON value that remembers where it was written. Reading, merging, messages and the canonical form all work on this
// tree; the JSON library itself stays inside json_text.cpp.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "system/base/errors.hpp"

namespace matinee::scenario {

/// A text that values come from.
struct Source {
    std::string name;    ///< as the user named it, or "--set"
    std::string folder;  ///< where the relative paths written in it start
};

struct Origin {
    std::shared_ptr<const Source> source;
    uint32_t line = 0;  ///< 0: none
    /// `scenarios/quickstart.json:12`.
    std::string shown() const;
};

struct Value {
    enum class Kind : uint8_t { Null, Bool, Whole, Real, Text, List, Object };

    Kind kind = Kind::Null;
    bool truth = false;             ///< Bool
    bool negative = false;          ///< Whole
    uint64_t magnitude = 0;         ///< Whole
    double number = 0;              ///< Whole and Real
    std::string text;               ///< Text
    std::vector<std::string> keys;  ///< Object: keys[i] names items[i]
    std::vector<Value> items;       ///< List and Object
    Origin origin;

    bool is(Kind k) const { return kind == k; }
    bool is_number() const { return kind == Kind::Whole || kind == Kind::Real; }
    const Value* find(std::string_view key) const;
    Value* find(std::string_view key);
    /// Adds or replaces a member.
    Value& set(std::string_view key, Value value);

    static Value boolean(bool truth);
    static Value whole(uint64_t magnitude);
    static Value real(double number);
    /// Whole where it is one: 1000, not 1000.0.
    static Value number_of(double number);
    static Value string(std::string_view text);
    static Value list(std::vector<Value> items = {});
    static Value object();
};

/// For messages: short, quoted, never more than about 60 letters.
std::string shown(const Value& value);

/// The path of a member or an item: `cdn.nodes[1].nic`.
std::string member_path(const std::string& path, std::string_view key);
std::string item_path(const std::string& path, size_t index);

/// Throws the InputError for the value at `path`.
[[noreturn]] void refuse(const Value& value, const std::string& path, std::string expected, std::string hint = {});
/// The same with other words for what was found.
[[noreturn]] void refuse_as(const Origin& origin, const std::string& path, std::string found, std::string expected,
                            std::string hint = {});

/// `did you mean "evict"?`, or empty: the nearest spelling, the same word in another case, or one that begins alike.
std::string did_you_mean(const std::string& word, const std::vector<std::string>& known);

/// Bounds that no honest scenario meets, so that hostile input costs neither stack nor memory.
inline constexpr uint32_t kMaxDepth = 64;
inline constexpr size_t kMaxTextBytes = 16u << 20;
inline constexpr size_t kMaxValues = 500'000;

}  // namespace matinee::scenario
