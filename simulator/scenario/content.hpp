// Names for the content of files, so that a scenario's hash does not depend on where its files lie.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "clients/population/spec.hpp"
#include "simulator/network/recorded_trace.hpp"

namespace matinee::scenario {

std::string content_of(const std::vector<network::RecordedTrace>& traces);
std::string content_of(const population::Movie& movie);
std::string content_of(std::string_view text);

}  // namespace matinee::scenario
