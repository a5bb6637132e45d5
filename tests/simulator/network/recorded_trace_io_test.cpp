#include "simulator/network/recorded_trace_io.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>

#include "system/base/errors.hpp"

namespace matinee::network {

namespace fs = std::filesystem;

namespace {

using Row = std::array<double, 3>;  // duration_ms, bandwidth_kbps, latency_ms

std::vector<Row> rows(const RecordedTrace& trace) {
    std::vector<Row> out;
    for (const RecordedTrace::Period& p : trace.periods) out.push_back({p.duration_ms, p.bandwidth_kbps, p.latency_ms});
    return out;
}

double duration_ms(const RecordedTrace& trace) {
    double sum = 0;
    for (const RecordedTrace::Period& p : trace.periods) sum += p.duration_ms;
    return sum;
}

double bits(const RecordedTrace& trace) {
    double sum = 0;
    for (const RecordedTrace::Period& p : trace.periods) sum += p.duration_ms * p.bandwidth_kbps;
    return sum;
}

/// A folder that exists as long as the test.
class Folder : public testing::Test {
protected:
    void SetUp() override {
        const auto* info = testing::UnitTest::GetInstance()->current_test_info();
        root_ = fs::path(testing::TempDir()) / ("matinee_" + std::to_string(getpid()) + "_" + info->name());
        fs::create_directories(root_);
    }
    void TearDown() override { fs::remove_all(root_); }
    void write(const std::string& name, const std::string& text) {
        fs::create_directories((root_ / name).parent_path());
        std::ofstream(root_ / name, std::ios::binary) << text;
    }
    std::string refusal(const fs::path& path) {
        try {
            read_traces(path);
        } catch (const InputError& error) {
            return error.what();
        }
        return "accepted";
    }
    fs::path root_;
};

using TraceFolder = Folder;

std::vector<std::string> names(const std::vector<RecordedTrace>& traces) {
    std::vector<std::string> out;
    for (const RecordedTrace& trace : traces) out.push_back(trace.name);
    return out;
}

constexpr const char* kPensieve = "0 1\n1 2\n";

}  // namespace

TEST(TraceParser, Sabre) {
    const char* text = R"([{"duration_ms": 1013, "bandwidth_kbps": 1285, "latency_ms": 100},
                           {"latency_ms": 0, "duration_ms": 0.5, "bandwidth_kbps": 0}])";
    const RecordedTrace trace = parse_trace(text, "a.json");
    EXPECT_EQ(trace.name, "a.json");
    EXPECT_EQ(rows(trace), (std::vector<Row>{{1013, 1285, 100}, {0.5, 0, 0}}));
}

TEST(TraceParser, PensieveRateHoldsSinceTheRowBefore) {
    const RecordedTrace trace = parse_trace("5.0 9.9\n6.013 1.285\n7.021\t1.693 \r\n", "cooked");
    EXPECT_EQ(rows(trace), (std::vector<Row>{{1013, 1285, 0}, {1008, 1693, 0}}));
}

TEST(TraceParser, CsvWithoutHeader) {
    EXPECT_EQ(rows(parse_trace("0,800,20\n0.5,400,30\n2.5,100,40\n", "x")),
              (std::vector<Row>{{500, 800, 20}, {2000, 400, 30}, {2000, 100, 40}}));
    EXPECT_EQ(rows(parse_trace("3;800\n4;0\n", "x")), (std::vector<Row>{{1000, 800, 0}, {1000, 0, 0}}));
}

TEST(TraceParser, CsvWithHeaderInAnyOrderAndCase) {
    const char* text = "# from a router\nlatency_ms, KBPS, Time_ms\n\n7, 800, 1000\n8, 900, 1250\n";
    EXPECT_EQ(rows(parse_trace(text, "x.csv")), (std::vector<Row>{{250, 800, 7}, {250, 900, 8}}));
    // Epoch milliseconds are fine: only differences count.
    EXPECT_EQ(rows(parse_trace("time_ms,kbps\n1700000000000,1\n1700000000100,2\n", "x")),
              (std::vector<Row>{{100, 1, 0}, {100, 2, 0}}));
}

TEST(TraceParser, MahimahiByHand) {
    // First step (0, 1000]: the opportunities at 0, 1, 1000, 1000; (1000, 2000]: 1001; (2000, 4000]: none;
    // (4000, 4500]: two, over half a second.
    const RecordedTrace trace = parse_trace("0\n1\n1000\n1000\n1001\n4001\n4500\n", "x");
    const double one = 1504 * 8 / 1000.0;  // kbit/s of one opportunity a second
    EXPECT_EQ(rows(trace), (std::vector<Row>{{1000, 4 * one, 0}, {1000, one, 0}, {2000, 0, 0}, {500, 4 * one, 0}}));
    EXPECT_DOUBLE_EQ(bits(trace), 7 * 1504 * 8);
}

TEST(TraceParser, MahimahiConstantLinkIsOnePeriod) {
    std::string text;
    for (int ms = 1; ms <= 5000; ++ms) text += std::to_string(ms) + "\n";
    EXPECT_EQ(rows(parse_trace(text, "12mbps.up")), (std::vector<Row>{{5000, 12032, 0}}));
    EXPECT_EQ(rows(parse_trace("250\n", "x")), (std::vector<Row>{{250, 12032 / 250.0, 0}}));
    // A month of silence takes one period, not millions.
    EXPECT_EQ(parse_trace("1\n2678400000\n", "x").periods.size(), 3u);
}

TEST(TraceParser, ByteOrderMarkBlankLinesAndMissingLastNewline) {
    EXPECT_EQ(rows(parse_trace("\xef\xbb\xbf\n# caf\xc3\xa9\n\n0 1\r\n\r\n2 3", "x")),
              (std::vector<Row>{{2000, 3000, 0}}));
    const RecordedTrace json =
        parse_trace("\xef\xbb\xbf[{\"duration_ms\":1,\"bandwidth_kbps\":2,\"latency_ms\":3}]", "x");
    EXPECT_EQ(rows(json), (std::vector<Row>{{1, 2, 3}}));
}

TEST(TraceParser, TheFormatCanBeForced) {
    EXPECT_EQ(parse_trace("1 2\n3 4\n", "x.json", TraceFormat::Pensieve).periods.size(), 1u);
    EXPECT_THROW(parse_trace("1 2\n3 4\n", "x.json"), InputError);
    EXPECT_THROW(parse_trace("1 2\n3 4\n", "x", TraceFormat::Mahimahi), InputError);
    EXPECT_EQ(parse_trace("1,2\n3,4\n", "x", TraceFormat::Csv).periods.size(), 2u);
}

TEST(TraceParser, EveryPrefixIsReadOrRefused) {
    const std::string_view texts[] = {R"([{"duration_ms": 1013, "bandwidth_kbps": 1285, "latency_ms": 100}])",
                                      "time_s,kbps,latency_ms\n0,1,2\n1,3,4\n", "0\n1\n1000\n4500\n",
                                      "0.0 1.285\n1.013 1.285\n2.021 1.693\n"};
    for (const std::string_view text : texts) {
        EXPECT_NO_THROW(parse_trace(text, "x"));
        int refused = 0;
        for (size_t length = 0; length < text.size(); ++length) {
            try {
                parse_trace(text.substr(0, length), "x");
            } catch (const InputError&) {
                ++refused;
            }
        }
        EXPECT_GT(refused, 0);
    }
}

TEST_F(TraceFolder, SortedRecursiveAndHiddenFilesSkipped) {
    for (const char* name : {"b.txt", "a/z", "a/y", "B", "a.txt", ".hidden", ".git/config", "a/.b", "README",
                             "README.txt", "a/notes.md", "License.txt"})
        write(name, kPensieve);
    EXPECT_EQ(names(read_traces(root_)), (std::vector<std::string>{"B", "a.txt", "y", "z", "b.txt"}));
    EXPECT_EQ(names(read_traces(root_ / "a" / "z")), (std::vector<std::string>{"z"}));
    EXPECT_EQ(read_trace(root_ / "README").name, "README");  // named by hand, so read
}

TEST_F(TraceFolder, Refusals) {
    EXPECT_NE(refusal(root_).find("a folder without traces"), std::string::npos);
    write("README", "words");
    EXPECT_NE(refusal(root_).find("a folder without traces"), std::string::npos);
    EXPECT_NE(refusal(root_ / "absent").find("no such file"), std::string::npos);
    write("sub/notes.txt", "These traces were recorded on a tram.\n");
    write("good", kPensieve);
    const std::string message = refusal(root_);
    EXPECT_NE(message.find((root_ / "sub/notes.txt").string() + ": line 1"), std::string::npos) << message;
    EXPECT_THROW(read_trace(root_), InputError);
}

TEST_F(TraceFolder, LinksAndThingsThatAreNoFiles) {
    write("real/good", kPensieve);
    fs::create_directories(root_ / "links");
    fs::create_symlink(root_ / "real/good", root_ / "links/one");
    EXPECT_EQ(names(read_traces(root_ / "links")), (std::vector<std::string>{"one"}));
    fs::create_directory_symlink(root_ / "real", root_ / "links/folder");
    EXPECT_NE(refusal(root_ / "links").find("a link to a folder"), std::string::npos);
    EXPECT_NE(refusal("/dev/null").find("something that is not a file"), std::string::npos);
    fs::remove(root_ / "links/folder");
    fs::create_symlink(root_ / "nowhere", root_ / "links/dangling");
    EXPECT_NE(refusal(root_ / "links").find("no such file"), std::string::npos);
}

class RealTraces : public testing::Test {
protected:
    void SetUp() override {
        const char* data = std::getenv("MATINEE_DATA");
        if (data == nullptr) GTEST_SKIP() << "MATINEE_DATA names no folder with recorded traces";
        root_ = data;
        if (!fs::exists(root_ / "traces") || !fs::exists(root_ / "abr")) GTEST_SKIP() << "no traces in " << root_;
    }
    fs::path root_;
};

TEST_F(RealTraces, MeansOfBothSets) {
    const std::vector<RecordedTrace> traces = read_traces(root_ / "traces");
    ASSERT_EQ(traces.size(), 126u);  // 86 in 3g, then 40 in 4g
    EXPECT_EQ(traces[0].name.substr(0, 11), "report.2010");
    EXPECT_EQ(traces[86].name, "report_bicycle_0001.json");
    const auto hours_and_mean = [&](size_t from, size_t to) {
        double ms = 0;
        double total = 0;
        for (size_t i = from; i < to; ++i) {
            ms += duration_ms(traces[i]);
            total += bits(traces[i]);
        }
        return std::array<double, 2>{ms / 3.6e6, total / ms};
    };
    EXPECT_NEAR(hours_and_mean(0, 86)[0], 31.2, 0.05);
    EXPECT_NEAR(hours_and_mean(0, 86)[1], 1004, 1);
    EXPECT_NEAR(hours_and_mean(86, 126)[0], 5.0, 0.05);
    EXPECT_NEAR(hours_and_mean(86, 126)[1], 30214, 30);
}

TEST_F(RealTraces, OneLogInTwoFormatsGivesTheSamePeriods) {
    for (const char* log : {"2010-09-13_1003CEST", "2010-09-21_0742CEST", "2011-02-14_2032CET"}) {
        const RecordedTrace sabre = read_trace(root_ / "abr" / ("3Glogs__report." + std::string(log) + ".json"));
        const RecordedTrace cooked = read_trace(root_ / "abr" / ("pensieve_" + std::string(log) + ".txt"));
        ASSERT_EQ(sabre.periods.size(), cooked.periods.size());
        for (size_t i = 0; i < sabre.periods.size(); ++i) {
            EXPECT_EQ(sabre.periods[i].duration_ms, cooked.periods[i].duration_ms) << log << " period " << i;
            // Whoever cooked these logs for Pensieve wrote 0.001 Mbit/s for 0.
            EXPECT_NEAR(std::max(1.0, sabre.periods[i].bandwidth_kbps), cooked.periods[i].bandwidth_kbps, 1e-9)
                << log << " period " << i;
        }
    }
}

}  // namespace matinee::network
