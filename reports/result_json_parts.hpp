// What the parts of result.json share; for the .cpp files that write and read it.
#pragma once

#include "reports/json_writer.hpp"
#include "reports/result.hpp"

namespace matinee::reports {

class JsonNode;

void write(JsonWriter& json, const Distribution& distribution);
Distribution read_distribution(const JsonNode& node);

void write_services(JsonWriter& json, const Services& services);
Services read_services(const JsonNode& node);

}  // namespace matinee::reports
