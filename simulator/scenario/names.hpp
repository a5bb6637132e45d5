// The names a scenario may use that belong to other rooms: cache policies, ABR rules, access generators. Asked for here
// and nowhere else in this folder.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "clients/player/abr/rule.hpp"
#include "clients/population/spec.hpp"
#include "simulator/network/recorded_trace.hpp"
#include "system/cdn/cache/spec.hpp"

namespace matinee::scenario {

std::vector<std::pair<std::string, cdn::Eviction>> eviction_choices();
/// The policy that is known and not a choice, because it has to be told the future.
std::string oracle_eviction();
std::vector<std::pair<std::string, cdn::Admission>> admission_choices();
std::vector<std::pair<std::string, abr::Rule>> rule_choices();
std::vector<std::string> generator_names();

/// Throw InputError.
std::vector<network::RecordedTrace> traces_from(const std::string& path);
population::Movie movie_from(const std::string& path);

}  // namespace matinee::scenario
