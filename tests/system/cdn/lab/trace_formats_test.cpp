#include "system/cdn/lab/trace_formats.hpp"

#include <gtest/gtest.h>

#include "system/base/errors.hpp"
#include "tests/system/cdn/lab/traces.hpp"

namespace matinee::cdn::lab {
namespace {

Trace oracle(const std::vector<OracleRecord>& records) { return trace_of(records); }
Trace csv(const std::string& text) { return parse_trace(text, "t.csv", TraceFormat::Csv); }

InputError::Where refusal(const std::string& content, TraceFormat format) {
    try {
        parse_trace(content, "t", format);
    } catch (const InputError& error) {
        EXPECT_FALSE(error.where.expected.empty());
        EXPECT_EQ(error.where.file, "t");
        return error.where;
    }
    ADD_FAILURE() << "accepted";
    return {};
}

TEST(OracleGeneral, IsTwentyFourBytesLittleEndian) {
    const std::string bytes(
        "\x01\x02\x00\x00\x08\x07\x06\x05\x04\x03\x02\x01\xff\x00\x00\x00\xfe\xff\xff\xff\x00\x00\x00\x00", 24);
    const OracleRecord record = decode_oracle_record(bytes.data());
    EXPECT_EQ(record.time_s, 0x201u);
    EXPECT_EQ(record.id, 0x0102030405060708u);
    EXPECT_EQ(record.size, 255u);
    EXPECT_EQ(record.next, 0xfffffffe);
    std::string written;
    append_oracle_record(written, record);
    EXPECT_EQ(written, bytes);
}

TEST(OracleGeneral, NumbersObjectsAsTheyAppear) {
    const uint64_t huge = UINT64_MAX;
    const Trace trace = oracle({{5, huge, 10, 2}, {5, 0, 0, -1}, {3, huge, 12, INT64_MAX}, {9, 7, UINT32_MAX, -1}});
    ASSERT_EQ(trace.requests(), 4u);
    EXPECT_EQ(trace.objects(), 3u);
    EXPECT_EQ(trace.object_of(2), 0u);
    EXPECT_EQ(trace.object_of(3), 2u);
    EXPECT_EQ(trace.id_of(0), huge);
    EXPECT_EQ(trace.size_of(2), 12u);
    EXPECT_EQ(trace.size_of(3), Bytes(UINT32_MAX)) << "no size stands for another";
    EXPECT_EQ(trace.time_of(2), 5 * kSecond) << "time does not go back";
    EXPECT_EQ(trace.requested_bytes(), 22 + Bytes(UINT32_MAX));
    EXPECT_EQ(trace.footprint_bytes(), 10 + Bytes(UINT32_MAX)) << "an object counts with its first size";
}

TEST(OracleGeneral, ForeseesWhatTheTraceShows) {
    const Trace trace = oracle({{0, 1, 1, 0}, {0, 2, 1, -1}, {0, 1, 1, -1}, {0, 2, 1, -1}, {0, 3, 1, 3}});
    EXPECT_EQ(trace.future(), (std::vector<uint32_t>{2, 3, kNeverAgain, kNeverAgain, kNeverAgain}))
        << "whatever the records say of it";
}

TEST(OracleGeneral, BelievesTheRecordsBeyondTheEnd) {
    const Trace trace =
        oracle({{0, 1, 1, 900}, {0, 2, 1, 70}, {0, 1, 1, 8000}, {0, 3, 1, 6'000'000'000}, {0, 4, 1, -1}});
    EXPECT_EQ(trace.future(), (std::vector<uint32_t>{2, 5, 6, 7, kNeverAgain})) << "in the recorded order";
}

TEST(OracleGeneral, RefusesDamage) {
    const std::string file = oracle_file(random_records(1, {.requests = 10}));
    for (size_t cut = 1; cut < kOracleRecordBytes; ++cut) {
        const auto where = refusal(file.substr(0, file.size() - cut), TraceFormat::OracleGeneral);
        EXPECT_EQ(where.path, "record 9");
    }
    EXPECT_EQ(refusal("", TraceFormat::OracleGeneral).found, "no requests");
    EXPECT_EQ(refusal(oracle_file({{0, 1, 1, -1}, {0, 1, 1, -2}}), TraceFormat::OracleGeneral).path, "record 1");
    EXPECT_EQ(refusal(oracle_file({{0, 1, 1, INT64_MIN}}), TraceFormat::OracleGeneral).path, "record 0");
    EXPECT_EQ(refusal("\x28\xb5\x2f\xfd...", TraceFormat::OracleGeneral).suggestion, "zstd -d");
}

TEST(CsvTrace, ReadsNumbersAndTexts) {
    const Trace trace =
        csv("\xef\xbb\xbftime,obj,size\r\n# a comment\n\n0.75, 18446744073709551615 "
            ",10\r\n3,/a/b.m4s,0\n3,/a/b.m4s,5000000000");
    ASSERT_EQ(trace.requests(), 3u);
    EXPECT_EQ(trace.objects(), 2u);
    EXPECT_EQ(trace.id_of(0), UINT64_MAX);
    EXPECT_EQ(trace.object_of(1), trace.object_of(2));
    EXPECT_EQ(trace.time_of(0), 0);
    EXPECT_EQ(trace.time_of(1), 3 * kSecond);
    EXPECT_EQ(trace.size_of(2), 5'000'000'000u);
    EXPECT_EQ(trace.requested_bytes(), 5'000'000'010u);
}

TEST(CsvTrace, IsTheSameTraceAsOracleGeneral) {
    const auto records = random_records(4, {.requests = 2000, .stable = false});
    std::string text;
    for (const OracleRecord& record : records)
        text +=
            std::to_string(record.time_s) + "," + std::to_string(record.id) + "," + std::to_string(record.size) + "\n";
    const Trace a = csv(text), b = oracle(records);
    ASSERT_EQ(a.requests(), b.requests());
    for (size_t i = 0; i < a.requests(); ++i) {
        ASSERT_EQ(a.object_of(i), b.object_of(i));
        ASSERT_EQ(a.size_of(i), b.size_of(i));
        ASSERT_EQ(a.time_of(i), b.time_of(i));
    }
    EXPECT_EQ(a.future(), b.future());
    EXPECT_EQ(a.footprint_bytes(), b.footprint_bytes());
}

TEST(CsvTrace, RefusesDamage) {
    const char* const damaged[] = {
        "1,a",
        "1,a,2,3",
        "-1,a,2",
        "1,a,-2",
        "nan,a,2",
        "1,a,nan",
        "inf,a,inf",
        "nan,obj,nan",
        "1e3,a,2",
        "1,a,2.5",
        "1.x,a,2",
        "4294967296,a,2",
        "1,,2",
        "1,a,",
        ",a,1",
        "1;a;2",
        "1,a,2kB",
        "+1,a,2",
        "1,a,2 3",
        "a",
        "time,obj,size",
        "1,a,1125899906842625",
        "time,obj,size\ntime,obj,size\n1,a,2",
        "1,a,99999999999999999999999",
    };
    for (const char* text : damaged) {
        SCOPED_TRACE(text);
        refusal(text, TraceFormat::Csv);
        if (std::string(text).find("time") != std::string::npos) continue;
        EXPECT_EQ(refusal("0,x,1\n\n" + std::string(text) + "\n0,x,1", TraceFormat::Csv).path, "line 3");
    }
    refusal(std::string("1,a\0b,2", 7), TraceFormat::Csv);
    EXPECT_EQ(refusal("1,a", TraceFormat::Csv).suggestion, "--format oracle-general, if this is not text");
}

TEST(CsvTrace, RefusesMoreBytesThanCanBeCounted) {
    std::string text;
    for (int i = 0; i < (1 << 14) - 1; ++i) text += "0,a,1125899906842624\n";
    EXPECT_EQ(csv(text).requested_bytes(), ((Bytes(1) << 14) - 1) << 50);
    EXPECT_EQ(refusal(text + "0,a,1125899906842624\n", TraceFormat::Csv).path, "line 16384");
}

TEST(TraceSample, KeepsObjectsWholeAndAboutTheShare) {
    const Trace trace = oracle(random_records(9, {.requests = 20'000, .objects = 5000}));
    const Trace half = trace.sample(0.5);
    EXPECT_NEAR(double(half.objects()), trace.objects() * 0.5, trace.objects() * 0.04);
    size_t next = 0;
    for (size_t i = 0; i < trace.requests(); ++i) {
        if (next == half.requests() || half.id_of(half.object_of(next)) != trace.id_of(trace.object_of(i))) continue;
        EXPECT_EQ(half.size_of(next), trace.size_of(i));
        ++next;
    }
    EXPECT_EQ(next, half.requests()) << "in the order of the trace";
    EXPECT_EQ(trace.sample(1).requests(), trace.requests());
    EXPECT_EQ(trace.sample(0).requests(), 0u);
}

}  // namespace
}  // namespace matinee::cdn::lab
