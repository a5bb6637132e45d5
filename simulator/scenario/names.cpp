#include "simulator/scenario/names.hpp"

#include "clients/player/abr/names.hpp"
#include "clients/population/movie_io.hpp"
#include "simulator/network/access_generators.hpp"
#include "simulator/network/recorded_trace_io.hpp"
#include "system/cdn/cache/cache.hpp"

namespace matinee::scenario {

std::vector<std::pair<std::string, cdn::Eviction>> eviction_choices() {
    std::vector<std::pair<std::string, cdn::Eviction>> choices;
    for (const std::string& name : cdn::eviction_names())
        if (cdn::eviction_named(name) != cdn::Eviction::Belady) choices.emplace_back(name, *cdn::eviction_named(name));
    return choices;
}

std::string oracle_eviction() { return cdn::name_of(cdn::Eviction::Belady); }

std::vector<std::pair<std::string, cdn::Admission>> admission_choices() {
    std::vector<std::pair<std::string, cdn::Admission>> choices;
    for (const std::string& name : cdn::admission_names()) choices.emplace_back(name, *cdn::admission_named(name));
    return choices;
}

std::vector<std::pair<std::string, abr::Rule>> rule_choices() {
    std::vector<std::pair<std::string, abr::Rule>> choices;
    for (const abr::RuleInfo& rule : abr::rules()) choices.emplace_back(rule.name, rule.rule);
    return choices;
}

std::vector<std::string> generator_names() {
    std::vector<std::string> names;
    for (const network::AccessGenerator& generator : network::access_generators()) names.emplace_back(generator.name);
    return names;
}

std::vector<network::RecordedTrace> traces_from(const std::string& path) { return network::read_traces(path); }

population::Movie movie_from(const std::string& path) { return population::read_movie(path); }

}  // namespace matinee::scenario
