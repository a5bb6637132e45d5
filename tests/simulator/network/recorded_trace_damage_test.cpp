// Damaged traces: each must be refused with the place and the reason.
#include <gtest/gtest.h>

#include "simulator/network/recorded_trace_io.hpp"
#include "system/base/errors.hpp"

namespace matinee::network {

namespace {

using namespace std::string_literals;

struct Damaged {
    const char* what;
    std::string text;
    std::string path;   ///< exact, where the error points
    std::string found;  ///< a part of what the error says stands there
    TraceFormat format = TraceFormat::Auto;
};

std::string period(const std::string& duration, const std::string& bandwidth, const std::string& latency) {
    return "{\"duration_ms\":" + duration + ",\"bandwidth_kbps\":" + bandwidth + ",\"latency_ms\":" + latency + "}";
}

const std::string kGood = period("1000", "500", "20");
const std::string kNines(309, '9');

const std::vector<Damaged> kDamaged = {
    {"empty file", "", "", "an empty file"},
    {"blank file", " \r\n\n", "", "an empty file"},
    {"comments only", "# nothing\n", "", "nothing but comments"},
    {"prose", "This is a text.\n", "line 1", "This is a text."},
    {"three columns of numbers", "# x\n1 2 3\n", "line 2", "1 2 3"},
    {"gzip", "\x1f\x8b\x08"s, "line 1", "byte 0x8b"},
    {"UTF-16", "0\0 \0001\0\n\0"s, "line 1", "byte 0x00"},
    {"Latin-1 comment", "0 1\n1 2\n# caf\xe9\n", "line 3", "byte 0xe9"},
    {"overlong UTF-8", "# \xc0\x80\n0 1\n", "line 1", "byte 0xc0"},
    {"UTF-8 surrogate", "# \xed\xa0\x80\n0 1\n", "line 1", "byte 0xed"},

    {"JSON cut short", "[\n" + kGood, "line 2", "unexpected end"},
    {"JSON with a missing comma", "[" + kGood + "\n" + kGood + "]", "line 2", "syntax error"},
    {"JSON with NaN", "[" + period("1000", "NaN", "20") + "]", "line 1", "invalid literal"},
    {"JSON with a number beyond double", "[" + period("1000", "1e999", "20") + "]", "line 1", "number overflow"},
    {"JSON object", "{\"duration_ms\": 1}", "", "an object"},
    {"a movie", "{\"segment_sizes_bits\": []}", "", "an object"},
    {"empty JSON array", "[]", "", "no rows"},
    {"JSON number", "17", "", "17", TraceFormat::Sabre},
    {"JSON array of numbers", "[1, 2]", "[0]", "1"},
    {"an array for a number", "[" + period("[1]", "1", "1") + "]", "[0].duration_ms", "an array"},
    {"an object for a number", "[" + period("{}", "1", "1") + "]", "[0].duration_ms", "an object"},
    {"two JSON texts", "[" + kGood + "][]", "line 1", "syntax error"},
    {"nested JSON arrays", std::string(100'000, '['), "[0]", "an array"},
    {"missing key", R"([{"duration_ms":1,"bandwidth_kbps":2}])", "[0]", "no key latency_ms"},
    {"misspelt key", R"([{"duration_ms":1,"bandwith_kbps":2,"latency_ms":3}])", "[0]", "bandwith_kbps"},
    {"key twice", R"([{"duration_ms":1,"duration_ms":2,"bandwidth_kbps":2,"latency_ms":3}])", "[0]", "twice"},
    {"string for a number", "[" + kGood + "," + period("\"1000\"", "1", "1") + "]", "[1].duration_ms", "the string"},
    {"null for a number", "[" + period("1000", "null", "1") + "]", "[0].bandwidth_kbps", "null"},
    {"boolean for a number", "[" + period("1000", "true", "1") + "]", "[0].bandwidth_kbps", "true"},
    {"zero duration", "[" + period("0", "1", "1") + "]", "[0].duration_ms", "0"},
    {"negative duration", "[" + period("-5", "1", "1") + "]", "[0].duration_ms", "-5"},
    {"negative bandwidth", "[" + period("1", "-1", "1") + "]", "[0].bandwidth_kbps", "-1"},
    {"negative latency", "[" + period("1", "1", "-0.1") + "]", "[0].latency_ms", "-0.1"},
    {"absurd duration", "[" + period("1e12", "1", "1") + "]", "[0].duration_ms", "1e12"},
    {"absurd bandwidth", "[" + period("1", kNines.substr(0, 40), "1") + "]", "[0].bandwidth_kbps", "9999"},
    {"absurd latency", "[" + period("1", "1", "60001") + "]", "[0].latency_ms", "60001"},
    {"less than a bit a second", "[" + period("1", "1e-9", "1") + "]", "[0].bandwidth_kbps", "1e-9"},
    {"Sabre dead for ever", "[" + period("1", "0", "1") + "," + period("1", "-0.0", "1") + "]", "", "bandwidth of 0"},
    {"longer than a month", "[" + period("2e9", "1", "1") + "," + period("2e9", "1", "1") + "]", "", "31 days"},

    {"CSV of one row", "0,1\n", "", "one row"},
    {"CSV header only", "time_s,kbps\n", "", "no rows"},
    {"CSV cut short", "time_s,kbps\n0,1\n1\n", "line 3", "1 fields"},
    {"CSV row too long", "0,1\n1,2,3\n", "line 2", "3 fields"},
    {"CSV of four columns without header", "0,1,2,3\n", "line 1", "4 fields"},
    {"CSV unknown column", "time_s,kbps,los\n0,1,2\n", "line 1", "los"},
    {"CSV without rates", "time_s,latency_ms\n0,1\n", "line 1", "no column kbps"},
    {"CSV without times", "kbps,latency_ms\n0,1\n", "line 1", "no column of times", TraceFormat::Csv},
    {"CSV with both times", "time_s,time_ms,kbps\n0,1,2\n", "line 1", "both"},
    {"CSV column twice", "time_s,kbps,kbps\n0,1,2\n", "line 1", "twice"},
    {"CSV empty field", "0,1\n1,\n2,3\n", "line 2", "nothing"},
    {"CSV NaN", "0,1\n1,nan\n", "line 2", "nan"},
    {"CSV infinity", "0,1\n1,inf\n", "line 2", "inf"},
    {"CSV negative time", "-1,1\n1,2\n", "line 1", "-1"},
    {"CSV decreasing time", "5,1\n4.5,2\n", "line 2", "earlier"},
    {"CSV standing time", "5,1\n5,2\n", "line 2", "the same"},
    {"CSV words", "0,1\n1,fast\n", "line 2", "fast"},
    {"CSV trailing unit", "0,1\n1,5Mbps\n", "line 2", "5Mbps"},
    {"CSV absurd time", "0,1\n1e300,5\n", "line 2", "1e300"},
    {"CSV dead for ever", "0,0\n1,0\n", "", "bandwidth of 0"},

    {"Mahimahi fraction", "1\n2.5\n", "line 2", "2.5"},
    {"Mahimahi negative", "-1\n", "line 1", "-1"},
    {"Mahimahi decreasing", "1\n1\n\n0\n", "line 4", "after 1"},
    {"Mahimahi zero cycle", "0\n0\n", "line 2", "a last time of 0"},
    {"Mahimahi overflow", "99999999999999999999\n", "line 1", "9999"},
    {"Mahimahi absurd", "2678400001\n", "line 1", "2678400001"},
    {"Mahimahi word", "1\nx\n", "line 2", "x"},
    {"Mahimahi two numbers", "1\n2 3\n", "line 2", "2 3"},

    {"Pensieve one row", "0 1\n", "", "one row"},
    {"Pensieve cut short", "0 1\n1 2\n3\n", "line 3", "3"},
    {"Pensieve third field", "0 1\n1 2 3\n", "line 2", "1 2 3"},
    {"Pensieve decreasing", "0 1\n2 1\n1 1\n", "line 3", "earlier"},
    {"Pensieve negative rate", "0 1\n1 -2\n", "line 2", "-2"},
    {"Pensieve NaN", "0 1\n1 nan\n", "line 2", "nan"},
    {"Pensieve negative NaN", "0 1\n1 -nan\n", "line 2", "-nan"},
    {"Pensieve infinite time", "0 1\ninf 1\n", "line 2", "inf"},
    {"Pensieve absurd rate", "0 1\n1 1e6\n", "line 2", "1e6"},
    {"Pensieve rate of thousands of digits", "0 1\n1 " + kNines + kNines + "\n", "line 2", "..."},
    {"Pensieve tiny rate", "0 1\n1 1e-400\n", "line 2", "1e-400"},
    {"Pensieve rate in the first row only", "0 1\n1 0\n2 0\n", "", "bandwidth of 0"},
};

}  // namespace

TEST(DamagedTraces, AreRefusedWithPlaceAndReason) {
    for (const Damaged& damaged : kDamaged) {
        SCOPED_TRACE(damaged.what);
        try {
            parse_trace(damaged.text, "trace", damaged.format);
            ADD_FAILURE() << "was accepted";
        } catch (const InputError& error) {
            EXPECT_EQ(error.where.file, "trace");
            EXPECT_EQ(error.where.path.substr(0, error.where.path.find(',')), damaged.path);
            EXPECT_NE(error.where.found.find(damaged.found), std::string::npos) << error.what();
            EXPECT_FALSE(error.where.expected.empty());
            EXPECT_LT(std::string(error.what()).size(), 500u);
        }
    }
}

TEST(DamagedTraces, Suggestions) {
    const auto hint = [](const std::string& text) {
        try {
            parse_trace(text, "trace");
        } catch (const InputError& error) {
            return error.where.suggestion;
        }
        return "accepted"s;
    };
    EXPECT_EQ(hint(R"([{"duration_ms":1,"bandwith_kbps":2,"latency_ms":3}])"), "bandwidth_kbps");
    EXPECT_EQ(hint("time_s,kpbs\n0,1\n"), "kbps");
    EXPECT_NE(hint("\x1f\x8b\x08").find("gzip"), std::string::npos);
    EXPECT_NE(hint("{\"segment_sizes_bits\": []}").find("movie"), std::string::npos);
}

TEST(DamagedTraces, ErrorsQuoteNoControlCharacters) {
    try {
        parse_trace("0 1\n1 \x1b[31mred\n", "trace");
        FAIL() << "was accepted";
    } catch (const InputError& error) {
        EXPECT_EQ(std::string(error.what()).find('\x1b'), std::string::npos);
    }
}

}  // namespace matinee::network
