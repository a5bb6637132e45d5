// The services' part of result.json, written and read.
#include "reports/json_reader.hpp"
#include "reports/result_json_parts.hpp"

namespace matinee::reports {

static void write_operation(JsonWriter& json, const ApiOperation& operation) {
    json.object().key("calls").integer(operation.calls).key("ok").integer(operation.ok);
    json.key("failed").integer(operation.failed);
    json.key("causes").object();
    for (const auto& [cause, count] : operation.causes) json.key(cause).integer(count);
    json.end();
    write(json.key("latency_ms"), operation.latency_ms);
    json.end();
}

static void write_region(JsonWriter& json, const ServiceRegion& region) {
    json.object().key("calls").integer(region.calls).key("failed").integer(region.failed);
    write(json.key("latency_ms"), region.latency_ms);
    json.key("instances_most").integer(region.instances_most).key("machine_hours").number(region.machine_hours);
    json.key("scaled_up").integer(region.scaled_up).key("scaled_down").integer(region.scaled_down).end();
}

void write_services(JsonWriter& json, const Services& services) {
    json.object();
    json.key("visits").integer(services.visits).key("ready").integer(services.ready);
    json.key("left").integer(services.left).key("refused").integer(services.refused);
    json.key("calls").integer(services.calls).key("failed").integer(services.failed);
    write(json.key("latency_ms"), services.latency_ms);
    write(json.key("sign_in_ms"), services.sign_in_ms);
    write(json.key("start_ms"), services.start_ms);
    json.key("operations").object();
    for (const ApiOperation& operation : services.operations) write_operation(json.key(operation.name), operation);
    json.end().key("lost").array();
    for (const LostVisits& lost : services.lost)
        json.object()
            .key("operation")
            .text(lost.operation)
            .key("cause")
            .text(lost.cause)
            .key("visits")
            .integer(lost.visits)
            .end();
    json.end().key("regions").object();
    for (const ServiceRegion& region : services.regions) write_region(json.key(region.id), region);
    json.end().end();
}

static ApiOperation read_operation(const std::string& name, const JsonNode& node) {
    ApiOperation operation;
    operation.name = name;
    operation.calls = node.at("calls").whole();
    operation.ok = node.at("ok").whole();
    operation.failed = node.at("failed").whole();
    for (const auto& [cause, count] : node.at("causes").members()) operation.causes.emplace_back(cause, count.whole());
    operation.latency_ms = read_distribution(node.at("latency_ms"));
    return operation;
}

static ServiceRegion read_region(const std::string& id, const JsonNode& node) {
    ServiceRegion region;
    region.id = id;
    region.calls = node.at("calls").whole();
    region.failed = node.at("failed").whole();
    region.latency_ms = read_distribution(node.at("latency_ms"));
    region.instances_most = node.at("instances_most").whole();
    region.machine_hours = node.at("machine_hours").any_number();
    region.scaled_up = node.at("scaled_up").whole();
    region.scaled_down = node.at("scaled_down").whole();
    return region;
}

Services read_services(const JsonNode& node) {
    Services services;
    services.visits = node.at("visits").whole();
    services.ready = node.at("ready").whole();
    services.left = node.at("left").whole();
    services.refused = node.at("refused").whole();
    services.calls = node.at("calls").whole();
    services.failed = node.at("failed").whole();
    services.latency_ms = read_distribution(node.at("latency_ms"));
    services.sign_in_ms = read_distribution(node.at("sign_in_ms"));
    services.start_ms = read_distribution(node.at("start_ms"));
    for (const auto& [name, operation] : node.at("operations").members())
        services.operations.push_back(read_operation(name, operation));
    for (const JsonNode& lost : node.at("lost").items())
        services.lost.push_back({lost.at("operation").text(), lost.at("cause").text(), lost.at("visits").whole()});
    for (const auto& [id, region] : node.at("regions").members()) services.regions.push_back(read_region(id, region));
    return services;
}

}  // namespace matinee::reports
