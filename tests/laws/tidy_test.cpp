// What a reader trips over, checked by machine: length, tabs, trailing blanks, words that mark unfinished work.
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "tests/laws/laws.hpp"

namespace matinee::laws {

namespace fs = std::filesystem;

namespace {

constexpr size_t kMostLines = 700;

bool is_code(const fs::path& file) {
    const std::string extension = file.extension().string();
    return extension == ".cpp" || extension == ".hpp";
}

bool is_text(const fs::path& file) {
    static const std::set<std::string> extensions = {".cmake", ".sh",    ".awk", ".md", ".txt",
                                                     ".json",  ".jsonc", ".css", ".js"};
    return is_code(file) || extensions.contains(file.extension().string()) || file.filename() == "matinee";
}

std::vector<fs::path> project_files() {
    std::vector<fs::path> files;
    const fs::path root = MATINEE_SOURCE_DIR;
    for (const char* top : {"system", "simulator", "clients", "reports", "scenarios", "tests", ".launcher", ".cmake"}) {
        if (!fs::exists(root / top)) continue;
        for (const fs::directory_entry& entry : fs::recursive_directory_iterator(root / top))
            if (entry.is_regular_file() && is_text(entry.path())) files.push_back(entry.path());
    }
    for (const fs::directory_entry& entry : fs::directory_iterator(root))
        if (entry.is_regular_file() && is_text(entry.path())) files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    return files;
}

bool has_word(const std::string& line, const std::string& word) {
    const auto is_letter = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; };
    for (size_t at = line.find(word); at != std::string::npos; at = line.find(word, at + 1)) {
        const bool starts = at == 0 || !is_letter(line[at - 1]);
        const bool ends = at + word.size() == line.size() || !is_letter(line[at + word.size()]);
        if (starts && ends) return true;
    }
    return false;
}

/// In pieces, so that this file may speak of them.
const std::vector<std::string>& unfinished_words() {
    static const std::vector<std::string> words = {std::string("TO") + "DO", std::string("FIX") + "ME",
                                                   std::string("X") + "XX", std::string("HA") + "CK"};
    return words;
}

std::vector<std::string> complaints_about(const std::string& text, bool code, bool header) {
    std::vector<std::string> complaints;
    size_t number = 0;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        const std::string at = "line " + std::to_string(++number) + ": ";
        if (line.find('\t') != std::string::npos) complaints.push_back(at + "a tab");
        if (line.ends_with(' ') || line.ends_with('\r')) complaints.push_back(at + "a trailing blank");
        for (const std::string& word : unfinished_words())
            if (has_word(line, word)) complaints.push_back(at + word);
    }
    if (!text.empty() && text.back() != '\n') complaints.push_back("no newline at the end");
    if (code && number > kMostLines) complaints.push_back(std::to_string(number) + " lines");
    if (header && text.find("#pragma once\n") == std::string::npos) complaints.push_back("no #pragma once");
    return complaints;
}

}  // namespace

TEST(Tidy, ProjectFiles) {
    const std::vector<fs::path> files = project_files();
    EXPECT_GT(files.size(), 50u);
    for (const fs::path& file : files)
        for (const std::string& complaint :
             complaints_about(read_file(file), is_code(file), file.extension() == ".hpp"))
            ADD_FAILURE() << fs::relative(file, MATINEE_SOURCE_DIR).string() << ": " << complaint;
}

TEST(Tidy, FindsWhatItLooksFor) {
    EXPECT_TRUE(complaints_about("#pragma once\nint a;\n", true, true).empty());
    EXPECT_EQ(complaints_about("int\ta; \n", true, false).size(), 2u);
    EXPECT_EQ(complaints_about("// " + unfinished_words()[0] + ": rest", true, true).size(), 3u);
    EXPECT_TRUE(complaints_about("// " + unfinished_words()[0] + "S\n", true, false).empty());
    std::string long_text;
    for (size_t i = 0; i <= kMostLines; ++i) long_text += "\n";
    EXPECT_EQ(complaints_about(long_text, true, false).size(), 1u);
}

}  // namespace matinee::laws
