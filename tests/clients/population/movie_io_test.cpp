#include "clients/population/movie_io.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>

#include "system/base/errors.hpp"

namespace matinee::population {

namespace fs = std::filesystem;

namespace {

using Sizes = std::vector<std::vector<uint32_t>>;

std::vector<PensieveSizes> pensieve(const std::string& first, const std::string& others) {
    std::vector<PensieveSizes> rungs;
    for (size_t i = 0; i < PensieveShape{}.ladder.size(); ++i)
        rungs.push_back({"movie/video_size_" + std::to_string(i), i == 0 ? first : others});
    return rungs;
}

class MovieFolder : public testing::Test {
protected:
    void SetUp() override {
        root_ = fs::path(testing::TempDir()) / ("matinee_movie_" + std::to_string(getpid()));
        fs::create_directories(root_);
    }
    void TearDown() override { fs::remove_all(root_); }
    void write(const std::string& name, const std::string& text) {
        std::ofstream(root_ / name, std::ios::binary) << text;
    }
    void write_rungs(const std::string& prefix, int rungs) {
        for (int i = 0; i < rungs; ++i)
            write(prefix + "video_size_" + std::to_string(i), std::to_string(100 * (i + 1)) + "\n7\n");
    }
    std::string refusal(const fs::path& path) {
        try {
            read_movie(path);
        } catch (const InputError& error) {
            return error.what();
        }
        return "accepted";
    }
    fs::path root_;
};

}  // namespace

TEST(SabreMovie, BitsBecomeBytesRoundedUp) {
    const char* text = R"({"segment_duration_ms": 2002.5, "bitrates_kbps": [230, 6000],
                           "segment_sizes_bits": [[8, 16], [1, 17], [800, 8000000000]]})";
    const Movie movie = movie_of(parse_sabre_movie(text, "m.json"));
    EXPECT_EQ(movie.file, "m.json");
    EXPECT_EQ(movie.segment, 2'002'500 * kMicrosecond);
    EXPECT_EQ(movie.ladder, (std::vector<Kbps>{230, 6000}));
    EXPECT_EQ(movie.segment_bytes, (Sizes{{1, 2}, {1, 3}, {100, 1'000'000'000}}));
}

TEST(SabreMovie, DamagedMoviesAreRefusedWithPlaceAndReason) {
    struct Damaged {
        const char* duration;
        const char* ladder;
        const char* sizes;
        const char* path;
        const char* found;
    };
    const Damaged table[] = {
        {"0", "[1]", "[[8]]", "segment_duration_ms", "0"},
        {"-3000", "[1]", "[[8]]", "segment_duration_ms", "-3000"},
        {"60001", "[1]", "[[8]]", "segment_duration_ms", "60001"},
        {"\"3 s\"", "[1]", "[[8]]", "segment_duration_ms", "the string \"3 s\""},
        {"null", "[1]", "[[8]]", "segment_duration_ms", "null"},
        {"3000", "[]", "[[]]", "bitrates_kbps", "0 bitrates"},
        {"3000", "230", "[[8]]", "bitrates_kbps", "230"},
        {"3000", "[0]", "[[8]]", "bitrates_kbps[0]", "0"},
        {"3000", "[-1]", "[[8]]", "bitrates_kbps[0]", "-1"},
        {"3000", "[230.5]", "[[8]]", "bitrates_kbps[0]", "230.5"},
        {"3000", "[1, 10000001]", "[[8, 8]]", "bitrates_kbps[1]", "10000001"},
        {"3000", "[500, 400]", "[[8, 8]]", "bitrates_kbps[1]", "400 after 500"},
        {"3000", "[500, 500]", "[[8, 8]]", "bitrates_kbps[1]", "500 after 500"},
        {"3000", "[1]", "[]", "segment_sizes_bits", "no segments"},
        {"3000", "[1]", "{}", "segment_sizes_bits", "an object"},
        {"3000", "[1]", "[8]", "segment_sizes_bits[0]", "8"},
        {"3000", "[1, 2]", "[[8, 8], [8]]", "segment_sizes_bits[1]", "1 sizes"},
        {"3000", "[1]", "[[8, 8]]", "segment_sizes_bits[0]", "2 sizes"},
        {"3000", "[1, 2]", "[[8, 0]]", "segment_sizes_bits[0][1]", "0"},
        {"3000", "[1]", "[[-8]]", "segment_sizes_bits[0][0]", "-8"},
        {"3000", "[1]", "[[8], [8.5]]", "segment_sizes_bits[1][0]", "8.5"},
        {"3000", "[1]", "[[8000000001]]", "segment_sizes_bits[0][0]", "8000000001"},
        {"3000", "[1]", "[[99999999999999999999]]", "segment_sizes_bits[0][0]", "1e+20"},
        {"3000", "[1]", "[[1e999]]", "line 1", "number"},
        {"3000", "[1]", "[[true]]", "segment_sizes_bits[0][0]", "true"},
        {"3000", "[1]", "[[8]], \"title\": 1", "", "title"},
        {"3000", "[1]", "[[8]], \"bitrates_kbps\": [2]", "", "twice"},
        {"3000", "[1]", "[[8]", "line 1", "not JSON"},
    };
    for (const Damaged& d : table) {
        const std::string text = std::string("{\"segment_duration_ms\":") + d.duration +
                                 ",\"bitrates_kbps\":" + d.ladder + ",\"segment_sizes_bits\":" + d.sizes + "}";
        SCOPED_TRACE(text);
        try {
            parse_sabre_movie(text, "m.json");
            ADD_FAILURE() << "was accepted";
        } catch (const InputError& error) {
            EXPECT_EQ(error.where.file, "m.json");
            EXPECT_EQ(error.where.path, d.path);
            EXPECT_NE(error.where.found.find(d.found), std::string::npos) << error.what();
            EXPECT_FALSE(error.where.expected.empty());
        }
    }
}

TEST(SabreMovie, OtherThingsThanMovies) {
    for (const std::string& text :
         {std::string(), std::string("[]"), std::string("7"), std::string("{}"), std::string("181801\n155580\n"),
          std::string("{\"bitrates_kbps\":[1],\"segment_sizes_bits\":[[8]]}"), std::string("\xff\xfe"),
          std::string(100'000, '[')})
        EXPECT_THROW(parse_sabre_movie(text, "m.json"), InputError) << text.substr(0, 40);
    try {
        parse_sabre_movie(R"([{"duration_ms":1,"bandwidth_kbps":2,"latency_ms":3}])", "t.json");
        FAIL() << "was accepted";
    } catch (const InputError& error) {
        EXPECT_NE(error.where.suggestion.find("trace"), std::string::npos);
    }
}

TEST(PensieveMovie, OneFilePerRung) {
    const Movie movie = movie_of(parse_pensieve_movie(pensieve("10\n20", "30\r\n40\r\n\r\n"), "movie"));
    EXPECT_EQ(movie.file, "movie");
    EXPECT_EQ(movie.segment, 4 * kSecond);
    EXPECT_EQ(movie.ladder, (std::vector<Kbps>{300, 750, 1200, 1850, 2850, 4300}));
    EXPECT_EQ(movie.segment_bytes, (Sizes{{10, 30, 30, 30, 30, 30}, {20, 40, 40, 40, 40, 40}}));
}

TEST(PensieveMovie, DamagedFilesAreRefused) {
    const auto refused = [](const std::string& first, const std::string& others) {
        try {
            parse_pensieve_movie(pensieve(first, others), "movie");
        } catch (const InputError& error) {
            return error.where.file + "|" + error.where.path;
        }
        return std::string("accepted");
    };
    EXPECT_EQ(refused("1\n2\n", "1\n2\n"), "accepted");
    EXPECT_EQ(refused("", "1\n"), "movie/video_size_0|");
    EXPECT_EQ(refused("1\n", ""), "movie/video_size_1|");
    EXPECT_EQ(refused("1\n2\n", "1\n"), "movie/video_size_1|");
    EXPECT_EQ(refused("1\n0\n", "1\n1\n"), "movie/video_size_0|line 2");
    EXPECT_EQ(refused("1\n\n2\n", "1\n1\n"), "movie/video_size_0|line 2");
    for (const char* bad : {"-1", "1.5", "1000000001", "99999999999999999999", "x", "1 2", " 1", "nan", "+1"})
        EXPECT_EQ(refused("1\n" + std::string(bad), "1\n1\n"), "movie/video_size_0|line 2") << bad;
    EXPECT_THROW(parse_pensieve_movie({}, "movie"), InputError);
}

TEST_F(MovieFolder, ReadsSixFilesAmongOthers) {
    write_rungs("big_", 6);
    write("notes.txt", "not a size");
    write("video_size_", "not a size");
    write("video_size_00", "not a size");
    const Movie movie = read_movie(root_);
    EXPECT_EQ(movie.file, root_.string());
    EXPECT_EQ(movie.segment_bytes, (Sizes{{100, 200, 300, 400, 500, 600}, {7, 7, 7, 7, 7, 7}}));
}

TEST_F(MovieFolder, Refusals) {
    EXPECT_NE(refusal(root_).find("0 files named video_size_"), std::string::npos);
    write_rungs("", 5);
    EXPECT_NE(refusal(root_).find("5 files"), std::string::npos);
    write("video_size_7", "1\n");  // six files, but not 0 to 5
    EXPECT_NE(refusal(root_).find("6 files"), std::string::npos);
    fs::remove(root_ / "video_size_7");
    write("other_video_size_5", "1\n");
    EXPECT_NE(refusal(root_).find("several movies"), std::string::npos);
    EXPECT_NE(refusal(root_ / "absent.json").find("no such file"), std::string::npos);
    EXPECT_NE(refusal(root_ / "video_size_0").find("named by their folder"), std::string::npos);
    EXPECT_NE(refusal("/dev/null").find("not a file"), std::string::npos);
}

TEST(MovieText, ReadsBackAsTheSameMovie) {
    const RecordedMovie movie = {"m.json", 2002.5, {230, 331, 6000}, {{7, 800, 8'000'000'000}, {16, 24, 32}}};
    const RecordedMovie again = parse_sabre_movie(sabre_movie_text(movie), "m.json");
    EXPECT_EQ(again.segment_ms, movie.segment_ms);
    EXPECT_EQ(again.ladder, movie.ladder);
    EXPECT_EQ(again.segment_bits, movie.segment_bits);

    const std::vector<std::string> texts = pensieve_movie_texts(movie);
    EXPECT_EQ(texts, (std::vector<std::string>{"1\n2\n", "100\n3\n", "1000000000\n4\n"}));
    std::vector<PensieveSizes> files;
    for (const std::string& text : texts) files.push_back({"video_size", text});
    const RecordedMovie bytes = parse_pensieve_movie(files, "m", {movie.ladder, 2002.5});
    EXPECT_EQ(bytes.segment_ms, 2002.5);
    EXPECT_EQ(bytes.ladder, movie.ladder);
    EXPECT_EQ(bytes.segment_bits[0], (std::vector<uint64_t>{8, 800, 8'000'000'000})) << "rounded up to whole bytes";
    EXPECT_THROW(parse_pensieve_movie(files, "m"), InputError) << "three files for Pensieve's six rungs";
}

TEST(ScenarioMovie, IsWhatItsReadmeSays) {
    const Movie movie = read_movie(fs::path(MATINEE_SOURCE_DIR) / "scenarios/data/movie.json");
    EXPECT_EQ(movie.segment, 3 * kSecond);
    EXPECT_EQ(movie.ladder, (std::vector<Kbps>{235, 375, 560, 850, 1250, 1850, 2750, 4000, 6000}));
    ASSERT_EQ(movie.segment_bytes.size(), 100u);
    for (size_t rung = 0; rung < movie.ladder.size(); ++rung) {
        SCOPED_TRACE(rung);
        const double nominal = double(movie.ladder[rung]) * 3000 / 8;
        double mean = 0, square = 0, most = 0;
        for (const std::vector<uint32_t>& sizes : movie.segment_bytes) {
            const double size = double(sizes[rung]) / nominal;
            mean += size / 100;
            square += size * size / 100;
            most = std::max(most, size);
        }
        EXPECT_NEAR(mean, 1, 1e-5);
        EXPECT_NEAR(std::sqrt(square - mean * mean), .21, .016);
        EXPECT_NEAR(most, 1.7, .15);
    }
}

TEST(RealMovies, AsPublished) {
    const char* data = std::getenv("MATINEE_DATA");
    if (data == nullptr) GTEST_SKIP() << "MATINEE_DATA names no folder with movies";
    const fs::path folder = fs::path(data) / "abr";
    if (!fs::exists(folder / "bbb.json")) GTEST_SKIP() << "no bbb.json in " << folder;
    const Movie bunny = read_movie(folder / "bbb.json");
    EXPECT_EQ(bunny.segment, 3 * kSecond);
    EXPECT_EQ(bunny.ladder, (std::vector<Kbps>{230, 331, 477, 688, 991, 1427, 2056, 2962, 5027, 6000}));
    ASSERT_EQ(bunny.segment_bytes.size(), 199u);
    EXPECT_EQ(bunny.segment_bytes[0][0], 886'360u / 8);
    EXPECT_EQ(read_movie(folder / "bbb4k.json").ladder.size(), 6u);
    const Movie pensieve_movie = read_movie(folder);
    ASSERT_EQ(pensieve_movie.segment_bytes.size(), 49u);
    EXPECT_EQ(pensieve_movie.segment_bytes[0][0], 181'801u);
    EXPECT_EQ(pensieve_movie.segment_bytes[48][5], 1'433'658u);
}

}  // namespace matinee::population
