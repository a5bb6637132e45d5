#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <vector>

#include "clients/cli/arguments.hpp"
#include "clients/cli/bench/bench.hpp"
#include "clients/cli/bench/scenarios_folder.hpp"
#include "clients/cli/command.hpp"
#include "clients/cli/exit_codes.hpp"
#include "clients/cli/layout.hpp"
#include "clients/player/abr/names.hpp"
#include "reports/format.hpp"
#include "reports/json_writer.hpp"
#include "simulator/network/access_generators.hpp"
#include "simulator/scenario/metrics.hpp"
#include "system/base/errors.hpp"
#include "system/base/text.hpp"
#include "system/cdn/cache/cache.hpp"

namespace matinee::cli {

namespace {

struct Item {
    std::string name;
    std::string summary;
};

struct Kind {
    std::string name;
    std::string title;
    std::vector<Item> (*items)();
};

std::string summary_of(cdn::Eviction eviction) {
    switch (eviction) {
        case cdn::Eviction::Lru:
            return "evict what was not used for the longest time";
        case cdn::Eviction::Fifo:
            return "evict what came first, used or not";
        case cdn::Eviction::Clock:
            return "FIFO with a second chance for what was used";
        case cdn::Eviction::Lfu:
            return "evict what was used least often";
        case cdn::Eviction::Sieve:
            return "one queue and a hand that sieves out what was not used";
        case cdn::Eviction::S3Fifo:
            return "three queues: a small one sieves out what is used once";
        case cdn::Eviction::Arc:
            return "adapts between recent and frequent use, by what it regrets";
        case cdn::Eviction::Gdsf:
            return "uses per byte, ageing: prefers small objects";
        case cdn::Eviction::WTinyLfu:
            return "a small LRU window, then only what is seen more often than its victim";
        case cdn::Eviction::Slru:
            return "four LRU segments: each hit lifts an object into the next";
        case cdn::Eviction::TwoQ:
            return "a FIFO for what is new, LRU for what comes back after it";
        case cdn::Eviction::Belady:
            return "evict what is needed last: knows the future, `matinee lab cache` only";
    }
    return "";
}

std::string summary_of(cdn::Admission admission) {
    switch (admission) {
        case cdn::Admission::Always:
            return "every miss enters the cache";
        case cdn::Admission::SecondHit:
            return "only what was requested before, within a window";
        case cdn::Admission::Size:
            return "only objects up to a size";
        case cdn::Admission::Probability:
            return "each miss with a probability";
        case cdn::Admission::Bloom:
            return "only what was requested before, by a Bloom filter";
    }
    return "";
}

std::vector<Item> policies() {
    std::vector<Item> items;
    for (const std::string& name : cdn::eviction_names())
        items.push_back({name, summary_of(*cdn::eviction_named(name))});
    return items;
}

std::vector<Item> admissions() {
    std::vector<Item> items;
    for (const std::string& name : cdn::admission_names())
        items.push_back({name, summary_of(*cdn::admission_named(name))});
    return items;
}

std::vector<Item> abr_rules() {
    std::vector<Item> items;
    for (const abr::RuleInfo& rule : abr::rules()) items.push_back({std::string(rule.name), std::string(rule.text)});
    return items;
}

std::vector<Item> access_generators() {
    std::vector<Item> items;
    for (const network::AccessGenerator& generator : network::access_generators())
        items.push_back({std::string(generator.name), std::string(generator.description)});
    return items;
}

std::vector<Item> metrics() {
    std::vector<Item> items;
    const auto add = [&](const std::string& prefix, const scenario::MetricInfo& metric) {
        items.push_back({prefix + metric.name, std::string(metric.text) + " (" + metric.unit +
                                                   (metric.distribution ? "; with a stat" : "") +
                                                   (metric.windowed ? "; window" : "") + ")"});
    };
    for (const scenario::MetricInfo& metric : scenario::metrics()) add("", metric);
    for (const scenario::MetricInfo& metric : scenario::group_metrics()) add("cdn.<group>.", metric);
    for (const scenario::MetricInfo& metric : scenario::operation_metrics()) add("api.<operation>.", metric);
    return items;
}

/// The comment on the first line of a file.
std::string first_comment(const std::filesystem::path& file) {
    std::string line;
    std::getline(std::ifstream(file), line);
    return line.starts_with("// ") ? line.substr(3) : "";
}

/// The files that scenarios include as presets/NAME.json.
std::vector<Item> presets() {
    std::vector<Item> items;
    std::error_code missing;
    for (const auto& entry : std::filesystem::directory_iterator(scenarios_folder() / "presets", missing))
        if (entry.path().extension() == ".json")
            items.push_back({entry.path().stem().string(), first_comment(entry.path())});
    std::sort(items.begin(), items.end(), [](const Item& a, const Item& b) { return a.name < b.name; });
    return items;
}

std::vector<Item> benches() {
    std::vector<Item> items;
    for (const bench::Benchmark& benchmark : bench::benchmarks())
        items.push_back({std::string(benchmark.name), std::string(benchmark.summary)});
    return items;
}

const std::vector<Kind>& kinds() {
    static const std::vector<Kind> all = {
        {"policies", "Cache policies (cdn.nodes[].cache.evict)", policies},
        {"admission", "Cache admission (cdn.nodes[].cache.admit)", admissions},
        {"abr", "ABR rules (populations[].abr)", abr_rules},
        {"access", "Access generators (populations[].access)", access_generators},
        {"metrics", "Metrics of thresholds: all of what follows the warm-up, cost too", metrics},
        {"presets", "Presets (include: presets/NAME.json)", presets},
        {"benches", "Benchmarks (matinee bench NAME)", benches},
    };
    return all;
}

std::string as_text(const Kind& kind) {
    std::string text = kind.title + '\n';
    size_t widest = 0;
    const std::vector<Item> items = kind.items();
    for (const Item& item : items) widest = std::max(widest, item.name.size());
    for (const Item& item : items)
        text += entry("  " + item.name, reports::clean_text(item.summary), std::min<size_t>(widest + 4, 32));
    return text;
}

std::string as_json(const Kind& kind) {
    std::string lines;
    for (const Item& item : kind.items()) {
        reports::JsonWriter json;
        json.object(true)
            .key("kind")
            .text(kind.name)
            .key("name")
            .text(item.name)
            .key("summary")
            .text(item.summary)
            .end();
        lines += json.take();
    }
    return lines;
}

}  // namespace

int list_command(Words words) {
    const Arguments arguments({.command = "list", .flags = {"--json"}, .word = "KIND", .most_words = 1}, words);
    std::vector<std::string> known;
    for (const Kind& kind : kinds()) known.push_back(kind.name);
    if (!arguments.words().empty() && std::find(known.begin(), known.end(), arguments.words()[0]) == known.end())
        throw InputError({.file = "command line",
                          .path = "",
                          .found = "`list " + arguments.words()[0] + "`",
                          .expected = one_of(known),
                          .suggestion = nearest_spelling(arguments.words()[0], known)});
    bool first = true;
    for (const Kind& kind : kinds()) {
        if (!arguments.words().empty() && kind.name != arguments.words()[0]) continue;
        if (arguments.has("--json")) {
            std::cout << as_json(kind);
        } else {
            std::cout << (first ? "" : "\n") << as_text(kind);
            first = false;
        }
    }
    return kDone;
}

}  // namespace matinee::cli
