#include "reports/outputs.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>

#include "reports/html.hpp"
#include "reports/result_json.hpp"
#include "system/base/errors.hpp"
#include "tests/reports/sample_result.hpp"

namespace matinee::reports {

namespace fs = std::filesystem;

class Outputs : public testing::Test {
protected:
    void SetUp() override {
        dir_ = fs::path(testing::TempDir()) /
               ("matinee-outputs-" + std::string(testing::UnitTest::GetInstance()->current_test_info()->name()));
        fs::remove_all(dir_);
    }
    void TearDown() override { fs::remove_all(dir_); }
    std::set<std::string> names() const {
        std::set<std::string> found;
        for (const auto& entry : fs::directory_iterator(dir_)) found.insert(entry.path().filename().string());
        return found;
    }
    std::string read(const char* name) const {
        std::ifstream file(dir_ / name, std::ios::binary);
        return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    }
    fs::path dir_;
};

TEST_F(Outputs, WritesTheFilesAndNothingElse) {
    const Result result = sample_result();
    write_outputs(result, dir_ / "deep", false);
    dir_ /= "deep";
    EXPECT_EQ(names(), (std::set<std::string>{"report.html", "result.json"}));
    EXPECT_EQ(read("result.json"), result_json(result));
    EXPECT_EQ(read("report.html"), report_html(result));
    write_outputs(result, dir_, true);
    EXPECT_EQ(names(),
              (std::set<std::string>{"breakdowns.csv", "report.html", "result.json", "series.csv", "summary.csv"}));
    dir_ = dir_.parent_path();
}

TEST_F(Outputs, ARefusingDiskIsAnErrorOfTheMachineAndLeavesNoScraps) {
    fs::create_directories(dir_);
    std::ofstream(dir_ / "file") << "not a folder";
    EXPECT_THROW(write_outputs(sample_result(), dir_ / "file" / "out", false), MachineError);
    fs::create_directories(dir_ / "report.html" / "occupied");  // a folder where the report should go
    EXPECT_THROW(write_outputs(sample_result(), dir_, false), MachineError);
    for (const std::string& name : names()) EXPECT_FALSE(name.ends_with(".partial")) << name;
}

TEST_F(Outputs, AFullDiskIsAnErrorOfTheMachine) {
    if (!fs::exists("/dev/full")) GTEST_SKIP() << "no /dev/full on this machine";
    fs::create_directories(dir_);
    fs::create_symlink("/dev/full", dir_ / ".result.json.partial");
    EXPECT_THROW(write_outputs(sample_result(), dir_, false), MachineError);
    EXPECT_FALSE(fs::exists(dir_ / "result.json"));
}

}  // namespace matinee::reports
