#include "reports/cost.hpp"

#include <gtest/gtest.h>

#include "system/base/errors.hpp"

namespace matinee::reports {

static const std::string kSource = "\"source\": \"a contract\", \"date\": \"2026-11\", \"checked\": true";

static std::string price_file(const std::string& sections) {
    return "{\n  // comment\n  \"name\": \"test\", \"date\": \"2026-11\",\n" + sections + "\n}";
}

/// Edge by gigabyte, transit and server, the other roles free.
static std::string plain_prices(const std::string& rate = "p95") {
    const std::string free = "{\"usd_per_gb\": 0, " + kSource + "}";
    return price_file(
        "\"egress\": {\"edge\": {\"usd_per_gb\": 0.002, \"source\": \"a contract\", \"date\": \"2024\", "
        "\"checked\": false}, \"regional\": " +
        free + ", \"shield\": " + free + ", \"origin\": " + free +
        "}, \"transit\": {\"edge\": {\"usd_per_mbps_month\": 0.5, \"rate\": \"" + rate + "\", " + kSource +
        "}}, \"servers\": {\"edge\": {\"usd_per_hour\": 0.25, " + kSource + "}}");
}

/// 100 five-minute means of 1 to 100 Gb/s: the peak is 100, and without the highest five, 95 remains.
static Result climbing_result() {
    Result result;
    result.sample_s = 150;
    result.simulated_s = 100 * 300;
    result.viewer_hours = 1000;
    CdnGroup edge;
    edge.id = "pop";
    edge.role = "edge";
    edge.servers = 12;
    edge.egress_bytes = 500'000'000'000;
    edge.peak_egress_gbps = 100;
    result.cdn = {edge};
    Series series{"egress_gbps.pop", "Gb/s", {}};
    for (int i = 100; i >= 1; --i) {
        series.values.emplace_back(i + 3);
        series.values.emplace_back(i - 3);
    }
    result.series = {series};
    return result;
}

TEST(Cost, ByHand) {
    const Cost cost = price(parse_prices(plain_prices(), "prices.json"), climbing_result());
    ASSERT_EQ(cost.lines.size(), 3u);
    EXPECT_EQ(cost.lines[0].item, "egress");
    EXPECT_DOUBLE_EQ(cost.lines[0].quantity, 500);  // GB
    EXPECT_DOUBLE_EQ(cost.lines[0].usd, 1.0);
    EXPECT_EQ(cost.lines[0].source, "a contract (2024, unchecked)");
    const double hours = 30'000.0 / 3600;
    EXPECT_EQ(cost.lines[1].item, "transit");
    EXPECT_DOUBLE_EQ(cost.lines[1].quantity, 95'000 * hours / 730);
    EXPECT_DOUBLE_EQ(cost.lines[1].usd, 95'000 * hours / 730 * 0.5);
    EXPECT_EQ(cost.lines[1].source, "a contract (2026-11)");
    EXPECT_DOUBLE_EQ(cost.lines[2].quantity, 12 * hours);
    EXPECT_DOUBLE_EQ(cost.lines[2].usd, 12 * hours * 0.25);
    EXPECT_DOUBLE_EQ(cost.total_usd, cost.lines[0].usd + cost.lines[1].usd + cost.lines[2].usd);
    EXPECT_DOUBLE_EQ(cost.usd_per_viewer_hour.value(), cost.total_usd / 1000);
    EXPECT_EQ(cost.prices, "test, 2026-11");
}

TEST(Cost, PeakBillsTheHighestFiveMinutes) {
    const Cost cost = price(parse_prices(plain_prices("peak"), "prices.json"), climbing_result());
    EXPECT_DOUBLE_EQ(cost.lines[1].quantity, 100'000 * (30'000.0 / 3600) / 730);
}

TEST(Cost, FewSamplesAndNoSeriesMeanThePeak) {
    Result result = climbing_result();
    result.series[0].values.resize(2 * 19);
    EXPECT_DOUBLE_EQ(egress_rate(result, result.cdn[0]).p95_gbps, 100);
    result.series.clear();
    EXPECT_DOUBLE_EQ(egress_rate(result, result.cdn[0]).p95_gbps, 100);
}

TEST(Cost, NobodyWatchedAndUnknownRoles) {
    Result result = climbing_result();
    result.viewer_hours = 0;
    result.cdn[0].role = "satellite";
    const Cost cost = price(parse_prices(plain_prices(), "prices.json"), result);
    ASSERT_EQ(cost.lines.size(), 1u);
    EXPECT_EQ(cost.lines[0].source, "no price for the role satellite");
    EXPECT_EQ(cost.total_usd, 0);
    EXPECT_EQ(cost.usd_per_viewer_hour, std::nullopt);
}

TEST(Cost, IsOfWhatFollowsTheWarmUp) {
    Result result = climbing_result();
    result.warmup_s = 50 * 300;  // of its means, 50 to 1 Gb/s are left
    result.cdn[0].peak_egress_gbps = 50;
    const Cost cost = price(parse_prices(plain_prices(), "prices.json"), result);
    EXPECT_DOUBLE_EQ(cost.lines[1].quantity, 48'000 * (15'000.0 / 3600) / 730) << "50 means less the highest two";
    EXPECT_DOUBLE_EQ(cost.lines[2].quantity, 12 * (15'000.0 / 3600));
    EXPECT_EQ(cost_scope(result), "of what follows the warm-up");
}

TEST(Cost, SaysThatServicesHaveNoPrice) {
    Result result = climbing_result();
    EXPECT_EQ(cost_scope(result), "");
    result.services.emplace();
    result.services->regions.resize(2);
    result.services->regions[0].machine_hours = 10;
    result.services->regions[1].machine_hours = 2.5;
    EXPECT_EQ(cost_scope(result), "of the CDN alone: the services' 12.5 machine hours have no price");
}

TEST(Cost, ThePriceFilesOfTheProjectLoad) {
    for (const char* name : {"default.json", "contract_cdn.json"}) {
        const Prices prices = load_prices(std::string(MATINEE_SOURCE_DIR) + "/scenarios/prices/" + name);
        for (const auto* section : {&prices.egress, &prices.transit, &prices.servers})
            for (const auto& [role, entry] : *section) EXPECT_GE(entry.source.size(), 10u) << name << " " << role;
    }
    const Prices own = load_prices(std::string(MATINEE_SOURCE_DIR) + "/scenarios/prices/default.json");
    EXPECT_TRUE(own.transit.contains("edge") && own.servers.contains("edge") && own.egress.contains("origin"));
}

static InputError refusal(const std::string& text) {
    try {
        parse_prices(text, "prices.json");
    } catch (const InputError& error) {
        return error;
    }
    ADD_FAILURE() << "accepted: " << text;
    return InputError({});
}

static std::string changed(const std::string& from, const std::string& to) {
    std::string text = plain_prices();
    return text.replace(text.find(from), from.size(), to);
}

TEST(Cost, WrongPriceFilesAreRefused) {
    EXPECT_EQ(refusal("{").where.path, "line 1");
    EXPECT_EQ(refusal("[]").where.expected, "an object");
    EXPECT_EQ(refusal(changed("0.002", "-0.002")).where.path, "egress.edge.usd_per_gb");
    EXPECT_EQ(refusal(changed("0.002", "1e400")).where.file, "prices.json");
    EXPECT_EQ(refusal(changed("0.002", "\"cheap\"")).where.expected, "a number");
    EXPECT_EQ(refusal(changed("usd_per_mbps_month", "usd_per_mbps_mont")).where.suggestion,
              "did you mean \"usd_per_mbps_month\"?");
    EXPECT_EQ(refusal(changed("\"transit\"", "\"transits\"")).where.suggestion, "did you mean \"transit\"?");
    EXPECT_EQ(refusal(changed("\"p95\"", "\"p90\"")).where.expected, "\"p95\" or \"peak\"");
    EXPECT_EQ(refusal(changed("\"source\": \"a contract\", ", "")).where.found, "no key \"source\"");
    EXPECT_EQ(refusal(changed("\"a contract\"", "\"\"")).where.path, "egress.edge.source");
    EXPECT_EQ(refusal(changed("\"checked\": false", "\"checked\": 0")).where.expected, "true or false");
    EXPECT_EQ(refusal(changed("\"shield\"", "\"edges\"")).where.path, "egress.edges");
    EXPECT_EQ(refusal(changed("\"shield\"", "\"origin\"")).where.found, "this key twice in one object");
    const InputError missing = refusal(price_file("\"egress\": {}"));
    EXPECT_EQ(missing.where.found, "no price for the role \"edge\"");
    EXPECT_THROW(load_prices("/nonexistent/prices.json"), InputError);
    EXPECT_THROW(load_prices(MATINEE_SOURCE_DIR), InputError);
}

}  // namespace matinee::reports
