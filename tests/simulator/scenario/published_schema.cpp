#include "tests/simulator/scenario/published_schema.hpp"

#include <nlohmann/json.hpp>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

namespace matinee::scenario {

using valijson::adapters::NlohmannJsonAdapter;

struct PublishedSchema::Parsed {
    valijson::Schema schema;
};

PublishedSchema::PublishedSchema(const std::string& text) : parsed_(std::make_unique<Parsed>()) {
    const nlohmann::json document = nlohmann::json::parse(text);
    valijson::SchemaParser(valijson::SchemaParser::kDraft7)
        .populateSchema(NlohmannJsonAdapter(document), parsed_->schema);
}

PublishedSchema::~PublishedSchema() = default;

std::string PublishedSchema::errors(const std::string& text) const {
    const nlohmann::json document = nlohmann::json::parse(text, nullptr, true, true);
    valijson::Validator validator;
    valijson::ValidationResults results;
    if (validator.validate(parsed_->schema, NlohmannJsonAdapter(document), &results)) return {};
    valijson::ValidationResults::Error error;
    std::string all = "invalid:";
    while (results.popError(error)) {
        all += "\n";
        for (const std::string& step : error.context) all += step;
        all += ": " + error.description;
    }
    return all;
}

}  // namespace matinee::scenario
