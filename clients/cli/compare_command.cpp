#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include "clients/cli/arguments.hpp"
#include "clients/cli/command.hpp"
#include "clients/cli/exit_codes.hpp"
#include "clients/cli/terminal.hpp"
#include "reports/comparison.hpp"
#include "reports/result_json.hpp"
#include "system/base/errors.hpp"

namespace matinee::cli {

namespace fs = std::filesystem;

/// A result file, or the folder that a run wrote it to.
static reports::ComparedRun read_run(const std::string& word) {
    std::error_code ignored;
    const std::string file = fs::is_directory(word, ignored) ? (fs::path(word) / "result.json").string() : word;
    std::ifstream stream(file, std::ios::binary);
    std::ostringstream text;
    if (!stream || !(text << stream.rdbuf()))
        throw InputError({.file = file,
                          .path = "",
                          .found = fs::exists(file, ignored) ? "a file that cannot be read or is empty" : "nothing",
                          .expected = "the result.json of a run, or the folder it lies in",
                          .suggestion = "`matinee run FILE --out DIR` writes one"});
    return {file, reports::parse_result(text.view(), file)};
}

int compare_command(Words words) {
    static constexpr size_t kMostRuns = 26;  // a letter each
    const Arguments arguments({.command = "compare",
                               .flags = {"--json", "--fail-on-regression"},
                               .word = "RESULT",
                               .least_words = 2,
                               .most_words = kMostRuns},
                              words);
    std::vector<reports::ComparedRun> runs;
    for (const std::string& word : arguments.words()) runs.push_back(read_run(word));
    const reports::Comparison comparison = reports::compare(runs);
    std::cout << (arguments.has("--json") ? reports::comparison_json(runs, comparison)
                                          : reports::comparison_text(runs, comparison, stdout_has_colour()));
    return arguments.has("--fail-on-regression") && comparison.regressed() ? kThresholdFailed : kDone;
}

}  // namespace matinee::cli
