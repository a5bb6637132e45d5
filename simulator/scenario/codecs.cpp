#include "simulator/scenario/codecs.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>

namespace matinee::scenario {

Value object_of(std::initializer_list<std::pair<const char*, Value>> members) {
    Value object = Value::object();
    for (const auto& [key, value] : members) object.set(key, value);
    return object;
}

ShapePtr scalar(std::string expected, Value schema) {
    auto shape = std::make_shared<Shape>();
    shape->kind = Shape::Kind::Scalar;
    shape->expected = std::move(expected);
    shape->schema = std::move(schema);
    return shape;
}

ShapePtr union_of(std::string expected, std::vector<ShapePtr> options) {
    auto shape = std::make_shared<Shape>();
    shape->kind = Shape::Kind::Union;
    shape->expected = std::move(expected);
    shape->options = std::move(options);
    return shape;
}

std::string number_text(double number) {
    if (std::floor(number) == number && std::fabs(number) < 1e15) return std::to_string(int64_t(number));
    char digits[32];
    const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
    return {digits, end};
}

std::string rounded_text(double number) { return number_text(std::floor(number * 1000 + 0.5) / 1000); }

namespace {

bool is_word(const Value& value, const std::string& word) {
    return !word.empty() && value.is(Value::Kind::Text) && value.text == word;
}

std::string or_word(const std::string& word) { return word.empty() ? "" : " or \"" + word + "\""; }

std::string quoted(const std::string& text) { return "\"" + text + "\""; }

Value string_schema(std::string pattern) {
    return object_of({{"type", Value::string("string")}, {"pattern", Value::string(pattern)}});
}

Value reference_to(const char* definition) {
    return object_of({{"$ref", Value::string(std::string("#/definitions/") + definition)}});
}

Value either_word(Value schema, const std::string& word) {
    if (word.empty()) return schema;
    return object_of(
        {{"anyOf", Value::list({std::move(schema), object_of({{"enum", Value::list({Value::string(word)})}})})}});
}

std::string example_of(Family family) {
    switch (family) {
        case Family::Duration:
            return "\"250 ms\", \"4 s\" or \"1h30m\"";
        case Family::Bitrate:
            return "\"235 kbps\", \"1.75 Mbps\" or \"100 Gbps\"";
        case Family::Size:
            return "\"64 GB\", \"16 TB\" or \"512 MiB\"";
        case Family::Percent:
            break;
    }
    return "\"90 %\"";
}

std::string number_expected(Bounds bounds, const std::string& what) {
    return what + (bounds.above_min ? " above " : " from ") + number_text(bounds.min) +
           (bounds.above_min ? " and up to " : " to ") + number_text(bounds.max);
}

Value number_schema(Bounds bounds) {
    return object_of({{"type", Value::string("number")},
                      {bounds.above_min ? "exclusiveMinimum" : "minimum", Value::number_of(bounds.min)},
                      {"maximum", Value::number_of(bounds.max)}});
}

}  // namespace

int64_t read_quantity(const Value& value, const std::string& path, Family family, bool sign,
                      const std::string& expected) {
    if (value.is_number())
        refuse_as(value.origin, path, shown(value) + ", a bare number", expected,
                  "a unit is needed: " + unit_list(family) + ", as in " + example_of(family));
    if (!value.is(Value::Kind::Text)) refuse(value, path, expected);
    const Quantity quantity = parse_quantity(value.text, family);
    switch (quantity.problem) {
        case Quantity::Problem::None:
            break;
        case Quantity::Problem::NoUnit:
            refuse(value, path, expected, "a unit is needed: " + unit_list(family));
        case Quantity::Problem::UnknownUnit: {
            const std::string nearest = nearest_unit(quantity.unit, family);
            refuse(
                value, path, expected,
                nearest.empty() ? "the units are " + unit_list(family) : "did you mean the unit \"" + nearest + "\"?");
        }
        case Quantity::Problem::OtherFamily:
            refuse_as(value.origin, path, shown(value) + ", " + family_name(quantity.other), expected,
                      "the units are " + unit_list(family));
        case Quantity::Problem::TooLarge:
            refuse_as(value.origin, path, shown(value) + ", too large", expected);
        case Quantity::Problem::Malformed:
            refuse(value, path, expected, "write it as in " + example_of(family));
    }
    if (quantity.negative && !sign && quantity.amount != 0)
        refuse_as(value.origin, path, shown(value) + ", which is negative", expected);
    return quantity.negative ? -int64_t(quantity.amount) : int64_t(quantity.amount);
}

uint64_t read_whole(const Value& value, const std::string& path, uint64_t min, uint64_t max,
                    const std::string& expected) {
    uint64_t number = 0;
    if (value.is(Value::Kind::Whole) && !value.negative)
        number = value.magnitude;
    else if (value.is(Value::Kind::Real) && value.number >= 0 && value.number < 0x1p53 &&
             std::floor(value.number) == value.number)
        number = uint64_t(value.number);  // 1e6 is a whole number too
    else
        refuse(value, path, expected);
    if (number < min || number > max) refuse(value, path, expected);
    return number;
}

double read_number(const Value& value, const std::string& path, Bounds bounds, bool percent,
                   const std::string& expected) {
    double number = 0;
    if (value.is_number()) {
        number = value.number;
    } else if (percent && value.is(Value::Kind::Text)) {
        const std::optional<double> parsed = parse_percent(value.text);
        if (!parsed) refuse(value, path, expected);
        number = *parsed;
    } else {
        refuse(value, path, expected);
    }
    if (!(number >= bounds.min && number <= bounds.max) || (bounds.above_min && number == bounds.min)) {
        const bool meant_percent = percent && bounds.max == 1 && number > 1 && number <= 100 && value.is_number();
        refuse(value, path, expected, meant_percent ? "did you mean \"" + number_text(number) + " %\"?" : "");
    }
    return number == 0 ? 0 : number;  // no negative zero, which prints otherwise
}

const std::string& read_text(const Value& value, const std::string& path, const std::string& expected) {
    if (!value.is(Value::Kind::Text)) refuse(value, path, expected);
    return value.text;
}

uint32_t read_name(const Value& value, const std::string& path, const std::vector<std::string>& known,
                   const std::string& what) {
    const std::string expected = known.empty() ? what : what + ": " + one_of(known);
    const std::string& name = read_text(value, path, expected);
    for (size_t i = 0; i < known.size(); ++i)
        if (known[i] == name) return uint32_t(i);
    refuse(value, path, expected, did_you_mean(name, known));
}

std::string read_path(const Value& value, const std::string& path, const std::string& expected) {
    const std::string& written = read_text(value, path, expected);
    if (written.empty() || written.find('\0') != written.npos) refuse(value, path, expected);
    const std::filesystem::path file(written);
    if (file.is_absolute() || !value.origin.source) return written;
    return (std::filesystem::path(value.origin.source->folder) / file).lexically_normal().string();
}

Codec<bool> flag() {
    return {scalar("true or false", object_of({{"type", Value::string("boolean")}})),
            [](const Value& value, const Place& place) {
                if (!value.is(Value::Kind::Bool)) refuse(value, place.path, "true or false");
                return value.truth;
            },
            [](const bool& truth, const Context&) { return Value::boolean(truth); }};
}

Codec<double> number(Bounds bounds) {
    const std::string expected = number_expected(bounds, "a number");
    return {
        scalar(expected, number_schema(bounds)),
        [=](const Value& value, const Place& place) { return read_number(value, place.path, bounds, false, expected); },
        [](const double& number, const Context&) { return Value::number_of(number); }};
}

static Codec<double> number_or_percent(Bounds bounds, const std::string& expected) {
    Value schema = object_of({{"anyOf", Value::list({number_schema(bounds), reference_to("percentage")})}});
    return {
        scalar(expected, std::move(schema)),
        [=](const Value& value, const Place& place) { return read_number(value, place.path, bounds, true, expected); },
        [](const double& number, const Context&) { return Value::number_of(number); }};
}

Codec<double> share(Bounds bounds) {
    return number_or_percent(bounds, number_expected(bounds, "a fraction") + ", or a percentage such as \"" +
                                         number_text(std::floor(bounds.max * 50)) + " %\"");
}

Codec<double> mix_part() {
    return number_or_percent({0, 1e9}, "a share such as 0.6 or \"60 %\", or a weight: a whole number");
}

Codec<TimeNs> duration(TimeNs min, TimeNs max, std::string word) {
    const std::string expected =
        "a duration from " + quoted(duration_text(min)) + " to " + quoted(duration_text(max)) + or_word(word);
    return {scalar(expected, unit_schema(Family::Duration, word)),
            [=](const Value& value, const Place& place) -> TimeNs {
                if (is_word(value, word)) return 0;
                const int64_t ns = read_quantity(value, place.path, Family::Duration, false, expected);
                if (ns < min || ns > max) refuse(value, place.path, expected);
                return ns;
            },
            [word](const TimeNs& ns, const Context&) {
                return Value::string(ns == 0 && !word.empty() ? word : duration_text(ns));
            }};
}

Codec<TimeNs> moment(TimeNs min, TimeNs max) {
    const std::string expected = std::string("a point in time such as \"T+4h\"") +
                                 (min < 0 ? ", or \"T-2h\" for before the start" : "") + " (T is the start of the run)";
    const std::string parts = unit_pattern(Family::Duration, false);
    const std::string pattern = "^T([-+]" + parts.substr(1, parts.size() - 2) + ")?$";
    return {scalar(expected, string_schema(pattern)),
            [=](const Value& value, const Place& place) -> TimeNs {
                const std::string& text = read_text(value, place.path, expected);
                if (text == "T") return 0;
                if (text.size() < 3 || text[0] != 'T' || (text[1] != '+' && text[1] != '-'))
                    refuse(value, place.path, expected,
                           parse_quantity(text, Family::Duration).problem == Quantity::Problem::None
                               ? "did you mean \"T+" + text + "\"?"
                               : "");
                Value rest = value;
                rest.text = text.substr(2);
                if (rest.text[0] == '+' || rest.text[0] == '-') refuse(value, place.path, expected);
                int64_t ns = 0;
                if (parse_quantity(rest.text, Family::Duration).problem == Quantity::Problem::None)
                    ns = read_quantity(rest, place.path, Family::Duration, false, expected);
                else
                    refuse(value, place.path, expected, "the units are " + unit_list(Family::Duration));
                if (text[1] == '-') ns = -ns;
                if (ns < min || ns > max) refuse(value, place.path, expected);
                return ns;
            },
            [](const TimeNs& ns, const Context&) {
                return Value::string(ns == 0 ? "T" : "T" + std::string(ns < 0 ? "" : "+") + duration_text(ns));
            }};
}

Codec<double> local_clock() {
    const std::string expected = "a local time such as \"20:30\"";
    return {scalar(expected, string_schema("^[0-9][0-9]:[0-9][0-9]$")),
            [=](const Value& value, const Place& place) {
                const std::optional<double> hours = parse_clock(read_text(value, place.path, expected));
                if (!hours) refuse(value, place.path, expected);
                return *hours;
            },
            [](const double& hours, const Context&) { return Value::string(clock_text(hours)); }};
}

Codec<double> utc_offset() {
    const std::string expected = "an offset from UTC such as \"+1h\", \"-5h\" or \"+5h30m\", from -12h to +14h";
    return {
        scalar(expected, string_schema(unit_pattern(Family::Duration, true))),
        [=](const Value& value, const Place& place) {
            const int64_t ns = read_quantity(value, place.path, Family::Duration, true, expected);
            if (ns < -12 * kHour || ns > 14 * kHour || ns % kMinute != 0) refuse(value, place.path, expected);
            return double(ns / kMinute) / 60;
        },
        [](const double& hours, const Context&) {
            const auto minutes = int64_t(std::floor(hours * 60 + 0.5));
            return Value::string(minutes == 0 ? "+0h" : (minutes < 0 ? "" : "+") + duration_text(minutes * kMinute));
        }};
}

Codec<int64_t> instant() {
    const std::string expected = "a date and time such as \"2026-11-20T17:00:00Z\"";
    return {scalar(expected, string_schema("^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}"
                                           "(Z|[-+][0-9]{2}:[0-9]{2})$")),
            [=](const Value& value, const Place& place) {
                const std::optional<int64_t> seconds = parse_instant(read_text(value, place.path, expected));
                if (!seconds)
                    refuse(value, place.path, expected,
                           value.text.size() == 19 ? "say the zone: Z for UTC, or an offset such as +01:00" : "");
                return *seconds;
            },
            [](const int64_t& seconds, const Context&) { return Value::string(instant_text(seconds)); }};
}

Codec<std::string> identifier(std::string what) {
    const std::string expected = what + ": 1 to 64 letters, digits, '-' and '_'";
    return {scalar(expected, string_schema("^[A-Za-z0-9_-]{1,64}$")),
            [=](const Value& value, const Place& place) {
                const std::string& id = read_text(value, place.path, expected);
                bool good = !id.empty() && id.size() <= 64;
                for (const char c : id)
                    good = good && ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                                    c == '-' || c == '_');
                if (!good) refuse(value, place.path, expected);
                return id;
            },
            [](const std::string& id, const Context&) { return id.empty() ? Value() : Value::string(id); }};
}

Codec<std::string> text(size_t max_bytes) {
    const std::string expected = "text of at most " + std::to_string(max_bytes) + " bytes";
    return {scalar(expected, object_of({{"type", Value::string("string")}})),
            [=](const Value& value, const Place& place) {
                const std::string& text = read_text(value, place.path, expected);
                if (text.size() > max_bytes) refuse(value, place.path, expected);
                return text;
            },
            [](const std::string& text, const Context&) { return Value::string(text); }};
}

Codec<uint32_t> reference(std::vector<std::string> Context::* known, std::string what) {
    return {scalar(what, object_of({{"type", Value::string("string")}})),
            [=](const Value& value, const Place& place) {
                return read_name(value, place.path, place.context.*known, what);
            },
            [=](const uint32_t& index, const Context& context) {
                const std::vector<std::string>& names = context.*known;
                return index < names.size() ? Value::string(names[index]) : Value();
            }};
}

std::string bitrate_expected(uint64_t min_kbps, uint64_t max_kbps, const std::string& word) {
    return "a bitrate from " + quoted(bitrate_text(min_kbps)) + " to " + quoted(bitrate_text(max_kbps)) + or_word(word);
}

uint64_t read_bitrate(const Value& value, const std::string& path, uint64_t min_kbps, uint64_t max_kbps,
                      const std::string& word, const std::string& expected) {
    if (is_word(value, word)) return 0;
    const auto bps = uint64_t(read_quantity(value, path, Family::Bitrate, false, expected));
    const uint64_t kbps = (bps + 500) / 1000;
    if (kbps < min_kbps || kbps > max_kbps) refuse(value, path, expected);
    if (bps % 1000 != 0)
        refuse(value, path, "a whole number of kbit/s", "did you mean \"" + bitrate_text(kbps) + "\"?");
    return kbps;
}

std::string size_expected(Bytes min, Bytes max, const std::string& word) {
    return "a size from " + quoted(size_text(min)) + " to " + quoted(size_text(max)) + or_word(word);
}

Bytes read_size(const Value& value, const std::string& path, Bytes min, Bytes max, const std::string& word,
                const std::string& expected) {
    if (is_word(value, word)) return 0;
    const auto bytes = Bytes(read_quantity(value, path, Family::Size, false, expected));
    if (bytes < min || bytes > max) refuse(value, path, expected);
    return bytes;
}

static Value duration_value(double seconds) {
    return Value::string(duration_text(TimeNs(std::floor(seconds * double(kSecond) + 0.5))));
}

Codec<population::DurationLaw> duration_law(TimeNs max) {
    using Law = population::DurationLaw;
    const Codec<TimeNs> one = duration(kMillisecond, max);
    const std::string expected =
        "a duration such as \"38m\", {\"exponential\": \"2m\"} (mean), {\"lognormal\": [\"38m\", "
        "0.8]} (median, sigma) or {\"uniform\": [\"22m\", \"60m\"]}";
    const auto pair_schema = [](Value second) {
        return object_of({{"type", Value::string("array")},
                          {"items", Value::list({reference_to("duration"), std::move(second)})},
                          {"minItems", Value::whole(2)},
                          {"maxItems", Value::whole(2)}});
    };
    const Bounds sigma{0, 5, true};
    const Value schema = object_of(
        {{"anyOf", Value::list({reference_to("duration"),
                                object_of({{"type", Value::string("object")},
                                           {"minProperties", Value::whole(1)},
                                           {"maxProperties", Value::whole(1)},
                                           {"additionalProperties", Value::boolean(false)},
                                           {"properties",
                                            object_of({{"exponential", reference_to("duration")},
                                                       {"lognormal", pair_schema(number_schema(sigma))},
                                                       {"uniform", pair_schema(reference_to("duration"))}})}})})}});
    const auto read = [=](const Value& value, const Place& place) -> Law {
        if (value.is(Value::Kind::Text)) return {Law::Kind::Fixed, to_seconds(one.read(value, place)), 0};
        if (!value.is(Value::Kind::Object) || value.keys.size() != 1) refuse(value, place.path, expected);
        const std::string& kind = value.keys[0];
        const Value& inner = value.items[0];
        const Place inside = place.member(kind);
        if (kind == "exponential") return {Law::Kind::Exponential, to_seconds(one.read(inner, inside)), 0};
        if (kind != "lognormal" && kind != "uniform")
            refuse_as(inner.origin, inside.path, "an unknown law", "exponential, lognormal or uniform",
                      did_you_mean(kind, {"exponential", "lognormal", "uniform"}));
        if (!inner.is(Value::Kind::List) || inner.items.size() != 2)
            refuse(inner, inside.path,
                   kind == "uniform" ? "two durations: least and most" : "a duration and a number: median and sigma");
        const double a = to_seconds(one.read(inner.items[0], inside.item(0)));
        if (kind == "lognormal")
            return {Law::Kind::Lognormal, a,
                    read_number(inner.items[1], inside.item(1).path, sigma, false, number_expected(sigma, "a number"))};
        const double b = to_seconds(one.read(inner.items[1], inside.item(1)));
        if (b < a) refuse(inner.items[1], inside.item(1).path, "a duration not below the first one");
        return {Law::Kind::Uniform, a, b};
    };
    const auto write = [](const Law& law, const Context&) {
        switch (law.kind) {
            case Law::Kind::Fixed:
                return law.a > 0 ? duration_value(law.a) : Value();
            case Law::Kind::Exponential:
                return object_of({{"exponential", duration_value(law.a)}});
            case Law::Kind::Lognormal:
                return object_of({{"lognormal", Value::list({duration_value(law.a), Value::number_of(law.b)})}});
            case Law::Kind::Uniform:
                break;
        }
        return object_of({{"uniform", Value::list({duration_value(law.a), duration_value(law.b)})}});
    };
    return {scalar(expected, schema), read, write};
}

Value unit_schema(Family family, const std::string& word) {
    const char* name = family == Family::Duration  ? "duration"
                       : family == Family::Bitrate ? "bitrate"
                       : family == Family::Size    ? "size"
                                                   : "percentage";
    return either_word(reference_to(name), word);
}

std::string whole_expected(uint64_t min, uint64_t max, const std::string& word) {
    return "a whole number from " + std::to_string(min) + " to " + std::to_string(max) + or_word(word);
}

Value whole_schema(uint64_t min, uint64_t max, const std::string& word) {
    Value schema = object_of({{"type", Value::string("integer")}, {"minimum", Value::whole(min)}});
    if (max <= 1ull << 53) schema.set("maximum", Value::whole(max));  // validators count in doubles
    return either_word(std::move(schema), word);
}

std::string list_expected(size_t min, size_t max, const std::string& what) {
    if (min == max) return "a list of exactly " + std::to_string(min) + ": " + what;
    return "a list of " + what + (min == 0 ? ", at most " : ", " + std::to_string(min) + " to ") + std::to_string(max);
}

static bool is_fraction(const MixPart& part) {
    return part.written != nullptr && (part.written->is(Value::Kind::Text) || part.amount != std::floor(part.amount));
}

static void refuse_sum(const std::vector<double>& shares, double sum, const Value& where, const std::string& path) {
    std::string divided;
    for (size_t i = 0; i < shares.size() && i < 8; ++i) divided += (i == 0 ? "" : ", ") + rounded_text(shares[i] / sum);
    refuse_as(where.origin, path, "shares that sum to " + rounded_text(sum),
              "shares that sum to 1 (100 %) at most, or whole numbers as weights",
              "divided by their sum they are " + divided + (shares.size() > 8 ? ", ..." : ""));
}

std::vector<double> shares_of(const std::vector<MixPart>& parts, const Value& where, const std::string& path) {
    // Published tables are rounded: 33.4 % of each of three.
    static constexpr double kRounding = 0.005;
    std::vector<double> shares;
    for (const MixPart& part : parts) shares.push_back(part.amount);
    if (std::any_of(parts.begin(), parts.end(), is_fraction)) {
        double sum = 0;
        size_t silent = 0;
        for (const MixPart& part : parts) {
            sum += part.written == nullptr ? 0 : part.amount;
            silent += part.written == nullptr;
        }
        if (sum > 1 + kRounding) refuse_sum(shares, sum, where, path);
        if (silent > 0 && sum > 1 - 1e-9)
            refuse_as(where.origin, path, "shares that sum to 1, and parts without a share",
                      "something left for those without a share");
        for (size_t i = 0; i < parts.size(); ++i)
            if (parts[i].written == nullptr) shares[i] = (1 - sum) / double(silent);
    }
    normalise(shares, where, path);
    return shares;
}

void normalise(std::vector<double>& shares, const Value& where, const std::string& path) {
    double sum = 0;
    for (const double one : shares) sum += one;
    if (!(sum > 0)) refuse_as(where.origin, path, "shares that sum to 0", "at least one share above 0");
    if (std::fabs(sum - 1) < 1e-9) return;
    for (double& one : shares) one /= sum;
}

}  // namespace matinee::scenario
