#include "clients/cli/lab/cache_arguments.hpp"

#include <algorithm>
#include <charconv>

#include "clients/cli/arguments.hpp"
#include "clients/cli/lab/option_values.hpp"
#include "clients/cli/bench/machine.hpp"
#include "clients/cli/parallel.hpp"
#include "simulator/scenario/units.hpp"
#include "system/base/errors.hpp"
#include "system/base/text.hpp"
#include "system/cdn/cache/cache.hpp"

namespace matinee::cli {

namespace {

constexpr uint64_t kBillion = 1'000'000'000;
constexpr TimeNs kLongestWindow = 36'500 * kDay;

[[noreturn]] void refuse_missing(const std::string& option, const std::string& expected) {
    throw InputError({.file = "command line",
                      .path = "",
                      .found = "matinee lab cache without " + option,
                      .expected = option + " " + expected,
                      .suggestion = "matinee help lab cache"});
}

std::vector<std::string> strings(std::span<const std::string> names) { return {names.begin(), names.end()}; }

template <class Number>
bool reads_whole(std::string_view text, Number& value) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size() && !text.empty();
}

/// "12.5" of "12.5%" in billionths of the whole: 125,000,000. Digits beyond a ten millionth of a percent are refused.
std::optional<uint64_t> billionths_of_percent(std::string_view percent) {
    const size_t point = std::min(percent.find('.'), percent.size());
    const std::string_view digits = percent.substr(std::min(point + 1, percent.size()));
    uint64_t whole = 0, fraction = 0;
    if (!reads_whole(percent.substr(0, point), whole) || whole > 100) return std::nullopt;
    if (point < percent.size() && (digits.size() > 7 || !reads_whole(digits, fraction))) return std::nullopt;
    for (size_t i = digits.size(); i < 7; ++i) fraction *= 10;
    return whole * (kBillion / 100) + fraction;
}

Capacity capacity_of(const std::string& text, bool ignore_size) {
    Capacity capacity{.text = text};
    bool right = false;
    if (text.ends_with('%')) {
        const auto share = billionths_of_percent(std::string_view(text).substr(0, text.size() - 1));
        capacity.is_share = true;
        capacity.share_of_billion = share.value_or(0);
        right = share && *share > 0 && *share <= kBillion;
    } else if (reads_whole(text, capacity.bytes)) {
        right = capacity.bytes > 0;
    } else if (!ignore_size) {
        const scenario::Quantity quantity = scenario::parse_quantity(text, scenario::Family::Size);
        right = quantity.problem == scenario::Quantity::Problem::None && !quantity.negative && quantity.amount > 0;
        capacity.bytes = right ? Bytes(quantity.amount) : 0;
    }
    if (!right)
        refuse_option("--capacity", text,
                      ignore_size ? "objects, such as 1000, or a share of all objects, such as 10%"
                                  : "bytes, such as 1000000 or 20GB, or a share of the footprint, such as 10%");
    return capacity;
}

cdn::Eviction policy_of(const std::string& name) {
    if (const auto eviction = cdn::eviction_named(name)) return *eviction;
    const std::vector<std::string> known = strings(cdn::eviction_names());
    refuse_option("--policy", name, one_of(known), nearest_spelling(name, known));
}

/// always, size:BYTES, probability:P, second-hit[:WINDOW], bloom[:OBJECTS].
void read_admission(const std::string& text, cdn::CacheSpec& spec) {
    const size_t colon = std::min(text.find(':'), text.size());
    const std::string name = text.substr(0, colon);
    const std::string value = text.substr(std::min(colon + 1, text.size()));
    const bool valued = colon < text.size();
    const auto rule = cdn::admission_named(name);
    const std::vector<std::string> known = strings(cdn::admission_names());
    if (!rule) refuse_option("--admission", text, one_of(known), nearest_spelling(name, known));
    const auto refuse = [&](const char* expected) { refuse_option("--admission", text, expected); };
    const auto quantity_of = [&](scenario::Family family) -> uint64_t {
        const scenario::Quantity quantity = scenario::parse_quantity(value, family);
        const bool right = quantity.problem == scenario::Quantity::Problem::None && !quantity.negative;
        return right ? uint64_t(quantity.amount) : 0;
    };
    spec.admit = *rule;
    switch (spec.admit) {
        case cdn::Admission::Always:
            if (valued) refuse("always");
            break;
        case cdn::Admission::Size:
            if (!reads_whole(value, spec.admit_max_bytes)) spec.admit_max_bytes = quantity_of(scenario::Family::Size);
            if (spec.admit_max_bytes == 0) refuse("size:BYTES, such as size:1000000 or size:1MB");
            break;
        case cdn::Admission::Probability:
            if (!reads_whole(value, spec.admit_probability) ||
                !(spec.admit_probability >= 0 && spec.admit_probability <= 1))
                refuse("probability:P, such as probability:0.25");
            break;
        case cdn::Admission::SecondHit:
            spec.admit_window = valued ? TimeNs(quantity_of(scenario::Family::Duration)) : 0;
            if (valued && (spec.admit_window <= 0 || spec.admit_window > kLongestWindow))
                refuse("second-hit, or second-hit:WINDOW such as second-hit:30m");
            break;
        case cdn::Admission::Bloom:
            if (valued && (!reads_whole(value, spec.admit_objects) || spec.admit_objects == 0 ||
                           spec.admit_objects > cdn::kMostFilterObjects))
                refuse("bloom, or bloom:OBJECTS such as bloom:1000000");
            break;
    }
}

cdn::lab::TraceFormat format_of(const Arguments& arguments, const std::string& file) {
    const std::vector<std::string> names = strings(cdn::lab::trace_format_names());
    const auto guess = file.ends_with(".csv") ? cdn::lab::TraceFormat::Csv : cdn::lab::TraceFormat::OracleGeneral;
    return cdn::lab::TraceFormat(choice_of(arguments, "--format", names, size_t(guess)));
}

}  // namespace

Bytes Capacity::of(Bytes footprint) const {
    if (!is_share) return bytes;
    // In two parts, because the product alone may not fit.
    return footprint / kBillion * share_of_billion + footprint % kBillion * share_of_billion / kBillion;
}

CacheTask read_cache_task(Words words) {
    const Arguments arguments(
        {.command = "lab cache",
         .flags = {"--ignore-size", "--json", "--mrc"},
         .valued = {"--trace", "--format", "--policy", "--capacity", "--admission", "--sample-rate", "--threads"},
         .word = "FILE.html",
         .most_words = 1},
        words);
    CacheTask task;
    task.ignore_size = arguments.has("--ignore-size");
    task.json = arguments.has("--json");
    if (!arguments.has("--trace")) refuse_missing("--trace", "FILE");
    if (!arguments.has("--policy")) refuse_missing("--policy", "lru,sieve,s3-fifo");
    task.trace_file = *arguments.value("--trace");
    task.format = format_of(arguments, task.trace_file);
    cdn::CacheSpec spec;
    if (const auto admission = arguments.value("--admission")) read_admission(*admission, spec);
    for (const std::string& name : list_of(arguments, "--policy")) {
        spec.evict = policy_of(name);
        task.specs.push_back(spec);
    }
    for (const std::string& text : list_of(arguments, "--capacity"))
        task.capacities.push_back(capacity_of(text, task.ignore_size));
    if (arguments.has("--mrc"))
        task.curve_file = arguments.words().empty() ? "mrc.html" : arguments.words()[0];
    else if (!arguments.words().empty())
        refuse_option(arguments.words()[0], "", "--mrc " + arguments.words()[0], "matinee help lab cache");
    if (!task.curve_file && task.capacities.empty()) refuse_missing("--capacity", "1GB,10%");
    if (!task.curve_file && arguments.has("--sample-rate"))
        refuse_option("--sample-rate", *arguments.value("--sample-rate"), "--mrc with it");
    task.sample_rate = decimal_of(arguments, "--sample-rate", 1e-6, 1);
    task.threads = uint32_t(arguments.number("--threads", 1, kMostThreads).value_or(bench::machine_threads()));
    return task;
}

}  // namespace matinee::cli
