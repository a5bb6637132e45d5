#include "clients/player/abr/names.hpp"

#include <array>

namespace matinee::abr {

namespace {
constexpr std::array<RuleInfo, 13> kRules = {{
    {Rule::Constant, "constant", "always the same rung"},
    {Rule::Throughput, "throughput", "highest rung that 0.9 of the measured throughput carries"},
    {Rule::Bola, "bola", "BOLA: highest utility per bit at this buffer level, steps up capped by throughput"},
    {Rule::BolaE, "bolae", "BOLA-E: BOLA with a placeholder buffer that remembers throughput at start and after waits"},
    {Rule::Dynamic, "dynamic", "throughput below 10 s of buffer, BOLA above it once BOLA asks for no less"},
    {Rule::DynamicDash, "dynamicdash", "throughput below 5 s of buffer, BOLA-E above 10 s"},
    {Rule::Bba, "bba", "buffer-based: a straight line from the lowest rung at 5 s of buffer to the highest at 15 s"},
    {Rule::RobustMpc, "robust-mpc",
     "plans five segments for a cautious estimate of throughput: bitrate less stalls and changes"},
    {Rule::RateCheck, "rate-check", "document 000: measure every 6 s, up or down to what the bandwidth carries"},
    {Rule::Ratio15, "ratio-1.5", "document 002: up above 1.5 times the bitrate, down below 5 s of buffer"},
    {Rule::Bands, "bands", "document 003: lowest below 10 s, highest above 30 s, fixed bandwidth bands between"},
    {Rule::Halving, "halving",
     "document 004: halve the bitrate below 10 s, double it above 20 s with bandwidth to spare"},
    {Rule::LadderSteps, "ladder-steps", "document 004: lowest below 5 s, one rung down below 10 s, one up above 20 s"},
}};

constexpr bool in_order() {
    for (size_t i = 0; i < kRules.size(); ++i) {
        if (size_t(kRules[i].rule) != i) return false;
    }
    return true;
}
static_assert(in_order(), "name_of indexes the table by rule");
}  // namespace

std::span<const RuleInfo> rules() { return kRules; }

std::string_view name_of(Rule rule) { return kRules[size_t(rule)].name; }

std::optional<Rule> rule_named(std::string_view name) {
    for (const RuleInfo& info : kRules) {
        if (info.name == name) return info.rule;
    }
    return std::nullopt;
}

}  // namespace matinee::abr
