// The kinds of value a scenario is made of. Each says what it accepts, how it is written in canonical form and what its
// JSON Schema is. A `word` is what people write for "no limit" or "the usual": it stands for 0 in the target.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "clients/population/spec.hpp"
#include "simulator/scenario/shape.hpp"
#include "simulator/scenario/units.hpp"
#include "system/base/units.hpp"

namespace matinee::scenario {

/// Builds a JSON object for a schema.
Value object_of(std::initializer_list<std::pair<const char*, Value>> members);
ShapePtr scalar(std::string expected, Value schema);
ShapePtr union_of(std::string expected, std::vector<ShapePtr> options);

/// For messages: the shortest text of the number, and of the number rounded to three decimals.
std::string number_text(double number);
std::string rounded_text(double number);

struct Bounds {
    double min = 0;
    double max = 1;
    bool above_min = false;  ///< min itself is refused
};

// --- reading of single values, shared by the codecs
// -------------------------------------------------------------------
int64_t read_quantity(const Value& value, const std::string& path, Family family, bool sign,
                      const std::string& expected);
uint64_t read_whole(const Value& value, const std::string& path, uint64_t min, uint64_t max,
                    const std::string& expected);
double read_number(const Value& value, const std::string& path, Bounds bounds, bool percent,
                   const std::string& expected);
const std::string& read_text(const Value& value, const std::string& path, const std::string& expected);
/// The index of a name in `known`; refused with the nearest spelling.
uint32_t read_name(const Value& value, const std::string& path, const std::vector<std::string>& known,
                   const std::string& what);
/// A path, relative to where it was written.
std::string read_path(const Value& value, const std::string& path, const std::string& expected);

// --- codecs
// -------------------------------------------------------------------------------------------------------------
Codec<bool> flag();
Codec<double> number(Bounds bounds);
/// A fraction of 1, as a number or a percentage.
Codec<double> share(Bounds bounds = {});
/// A part of a mix: see `shares_of`.
Codec<double> mix_part();
Codec<TimeNs> duration(TimeNs min, TimeNs max, std::string word = {});
/// A point on the scenario's time axis: "T+4h", "T-2h".
Codec<TimeNs> moment(TimeNs min, TimeNs max);
/// "20:30" as hours.
Codec<double> local_clock();
/// "+1h" as hours.
Codec<double> utc_offset();
/// "2026-11-20T17:00:00Z" as seconds since 1970.
Codec<int64_t> instant();
/// Letters, digits, '-', '_' and '.', as ids are part of paths and metric names.
Codec<std::string> identifier(std::string what);
Codec<std::string> text(size_t max_bytes);
Codec<population::DurationLaw> duration_law(TimeNs max);
/// An id of regions[] or cdn.nodes[], as index.
Codec<uint32_t> reference(std::vector<std::string> Context::* known, std::string what);

uint64_t read_bitrate(const Value& value, const std::string& path, uint64_t min_kbps, uint64_t max_kbps,
                      const std::string& word, const std::string& expected);
std::string bitrate_expected(uint64_t min_kbps, uint64_t max_kbps, const std::string& word);
Value unit_schema(Family family, const std::string& word);

template <class T>
Codec<T> bitrate(uint64_t min_kbps, uint64_t max_kbps, std::string word = {}) {
    const std::string expected = bitrate_expected(min_kbps, max_kbps, word);
    return {scalar(expected, unit_schema(Family::Bitrate, word)),
            [=](const Value& value, const Place& place) {
                return T(read_bitrate(value, place.path, min_kbps, max_kbps, word, expected));
            },
            [word](const T& kbps, const Context&) {
                return Value::string(kbps == 0 && !word.empty() ? word : bitrate_text(kbps));
            }};
}

std::string size_expected(Bytes min, Bytes max, const std::string& word);
Bytes read_size(const Value& value, const std::string& path, Bytes min, Bytes max, const std::string& word,
                const std::string& expected);

template <class T = Bytes>
Codec<T> size(Bytes min, Bytes max, std::string word = {}) {
    const std::string expected = size_expected(min, max, word);
    return {scalar(expected, unit_schema(Family::Size, word)),
            [=](const Value& value, const Place& place) {
                return T(read_size(value, place.path, min, max, word, expected));
            },
            [word](const T& bytes, const Context&) {
                return Value::string(bytes == 0 && !word.empty() ? word : size_text(bytes));
            }};
}

std::string whole_expected(uint64_t min, uint64_t max, const std::string& word);
Value whole_schema(uint64_t min, uint64_t max, const std::string& word);

template <class T = uint32_t>
Codec<T> whole(uint64_t min, uint64_t max, std::string word = {}) {
    const std::string expected = whole_expected(min, max, word);
    return {scalar(expected, whole_schema(min, max, word)),
            [=](const Value& value, const Place& place) -> T {
                if (!word.empty() && value.is(Value::Kind::Text) && value.text == word) return 0;
                return T(read_whole(value, place.path, min, max, expected));
            },
            [word](const T& count, const Context&) {
                return count == 0 && !word.empty() ? Value::string(word) : Value::whole(uint64_t(count));
            }};
}

/// One of a set of names. The table of names comes from the room that owns them.
template <class E>
Codec<E> choice(std::vector<std::pair<std::string, E>> names, std::string what) {
    std::vector<std::string> known;
    std::vector<Value> values;
    for (const auto& [name, value] : names) {
        known.push_back(name);
        values.push_back(Value::string(name));
    }
    return {scalar(what + ": " + one_of(known), object_of({{"enum", Value::list(std::move(values))}})),
            [names, known, what](const Value& value, const Place& place) {
                return names[read_name(value, place.path, known, what)].second;
            },
            [names](const E& wanted, const Context&) {
                for (const auto& [name, value] : names)
                    if (value == wanted) return Value::string(name);
                return Value();
            }};
}

template <class T>
Codec<std::optional<T>> maybe(Codec<T> codec) {
    return {
        codec.shape,
        [read = codec.read](const Value& value, const Place& place) { return std::optional<T>(read(value, place)); },
        [write = codec.write](const std::optional<T>& value, const Context& context) {
            return value ? write(*value, context) : Value();
        }};
}

std::string list_expected(size_t min, size_t max, const std::string& what);

template <class T>
Codec<std::vector<T>> list_of(Codec<T> codec, size_t min, size_t max, const std::string& what) {
    const std::string expected = list_expected(min, max, what);
    auto shape = std::make_shared<Shape>();
    shape->kind = Shape::Kind::List;
    shape->expected = expected;
    shape->item = codec.shape;
    return {shape,
            [=, read = codec.read](const Value& value, const Place& place) {
                if (!value.is(Value::Kind::List) || value.items.size() < min || value.items.size() > max)
                    refuse(value, place.path, expected);
                std::vector<T> items;
                for (size_t i = 0; i < value.items.size(); ++i) items.push_back(read(value.items[i], place.item(i)));
                return items;
            },
            [write = codec.write](const std::vector<T>& items, const Context& context) {
                Value list = Value::list();
                for (const T& item : items) list.items.push_back(write(item, context));
                return list;
            }};
}

/// One part of a mix as it stands in the file.
struct MixPart {
    double amount = 1;
    const Value* written = nullptr;  ///< none: left out
};

/// What each part of a mix gets of the whole. Fractions and percentages are shares: they may not sum to more than 1
/// (rounding aside), what is missing is made up in proportion, and parts that say nothing divide what the others leave.
/// Whole numbers alone are weights, 1 where it is left out.
std::vector<double> shares_of(const std::vector<MixPart>& parts, const Value& where, const std::string& path);

/// Divides by the sum, which must be above 0. Shares that already sum to 1 within 1e-9 stay bit for bit what they are,
/// so that the canonical form is a fixed point.
void normalise(std::vector<double>& shares, const Value& where, const std::string& path);

}  // namespace matinee::scenario
