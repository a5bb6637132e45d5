// Sabre's traces. Read event by event: a document of a whole trace is many times its text, and the library's own way to
// see keys that stand twice (the parser's callback) takes a time that grows with the square of the periods.
#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>

#include "simulator/network/trace_parsers.hpp"
#include "system/base/text.hpp"

namespace matinee::network::parsers {

namespace {

using Json = nlohmann::json;

constexpr const char* kPeriod = "{duration_ms, bandwidth_kbps, latency_ms}";
const std::array<std::string, 3> kKeys{"duration_ms", "bandwidth_kbps", "latency_ms"};
constexpr std::array<Quantity, 3> kQuantities{kDurationMs, kBandwidthKbps, kLatencyMs};

class SabreReader : public Json::json_sax_t {
public:
    SabreReader(std::string_view text, const std::string& file) : text_(text), file_(file) {}

    Periods periods;

    bool null() override { return unwanted("null"); }
    bool boolean(bool value) override { return unwanted(value ? "true" : "false"); }
    bool string(std::string& value) override { return unwanted("the string " + shown(value)); }
    bool binary(Json::binary_t&) override { return unwanted("bytes"); }
    bool number_integer(int64_t value) override { return number(double(value), std::to_string(value)); }
    bool number_unsigned(uint64_t value) override { return number(double(value), std::to_string(value)); }
    bool number_float(double value, const std::string& text) override { return number(value, text); }

    bool start_array(size_t) override {
        if (place_ != Place::Root) unwanted("an array");
        place_ = Place::Trace;
        return true;
    }
    bool end_array() override { return true; }

    bool start_object(size_t) override {
        if (place_ == Place::Root)
            refuse({file_, ""}, "an object", std::string("an array of ") + kPeriod,
                   "an object is what a movie's segment sizes are in");
        if (place_ != Place::Trace) unwanted("an object");
        place_ = Place::Period;
        values_ = {};
        return true;
    }
    bool key(std::string& name) override {
        const auto known = std::find(kKeys.begin(), kKeys.end(), name);
        if (known == kKeys.end())
            refuse(here(), "the key " + shown(name), one_of(kKeys), nearest_spelling(name, kKeys));
        key_ = size_t(known - kKeys.begin());
        if (values_[key_]) refuse(here(), "the key " + shown(name) + " twice", "each key once");
        place_ = Place::Value;
        return true;
    }
    bool end_object() override {
        for (size_t i = 0; i < kKeys.size(); ++i)
            if (!values_[i]) refuse(here(), "no key " + kKeys[i], kPeriod);
        periods.push_back({*values_[0], *values_[1], *values_[2]});
        place_ = Place::Trace;
        return true;
    }

    bool parse_error(size_t position, const std::string&, const Json::exception& error) override {
        const auto end = text_.begin() + std::ptrdiff_t(std::min(position, text_.size()));
        const size_t line = size_t(std::count(text_.begin(), end, '\n')) + 1;
        // "[json.exception.parse_error.101] parse error at line 3, column 7: syntax error ...": keep the last part.
        std::string_view what = error.what();
        for (const std::string_view before : {"] ", "column ", ": "})
            if (const size_t at = what.find(before); at != what.npos) what.remove_prefix(at + before.size());
        constexpr size_t kMost = 160;
        refuse({file_, line_path(line)}, std::string(what.substr(0, kMost)), "a Sabre trace in JSON",
               "the file may be cut short or damaged");
    }

private:
    enum class Place : uint8_t { Root, Trace, Period, Value };

    At here() const {
        At at{file_, ""};
        if (place_ == Place::Root) return at;
        at.path.append("[").append(std::to_string(periods.size())).append("]");
        if (place_ == Place::Value) at.path.append(".").append(kKeys[key_]);
        return at;
    }

    bool number(double value, const std::string& text) {
        if (place_ != Place::Value) unwanted(text);
        in_range(value, text, kQuantities[key_], here());
        if (kKeys[key_] == "bandwidth_kbps") checked_kbps(value, here(), text);
        values_[key_] = value;
        place_ = Place::Period;
        return true;
    }

    [[noreturn]] bool unwanted(const std::string& found) const {
        refuse(here(), found,
               place_ == Place::Root    ? std::string("an array of ") + kPeriod
               : place_ == Place::Value ? std::string(kQuantities[key_].expected)
                                        : std::string(kPeriod));
    }

    std::string_view text_;
    const std::string& file_;
    Place place_ = Place::Root;
    size_t key_ = 0;
    std::array<std::optional<double>, 3> values_;
};

}  // namespace

Periods parse_sabre(std::string_view text, const std::string& file) {
    SabreReader reader(text, file);
    Json::sax_parse(text, &reader);
    return std::move(reader.periods);
}

}  // namespace matinee::network::parsers
