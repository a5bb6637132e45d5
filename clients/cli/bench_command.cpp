#include <algorithm>
#include <iostream>
#include <vector>

#include "clients/cli/arguments.hpp"
#include "clients/cli/bench/bench.hpp"
#include "clients/cli/command.hpp"
#include "clients/cli/exit_codes.hpp"
#include "reports/format.hpp"
#include "system/base/errors.hpp"
#include "system/base/text.hpp"

namespace matinee::cli {

/// Those named, in the order of the registry; all of them where none is named.
static std::vector<bench::Benchmark> chosen_benchmarks(const std::vector<std::string>& names) {
    const std::span<const bench::Benchmark> all = bench::benchmarks();
    std::vector<std::string> known;
    for (const bench::Benchmark& benchmark : all) known.emplace_back(benchmark.name);
    for (const std::string& name : names) {
        if (std::find(known.begin(), known.end(), name) != known.end()) continue;
        throw InputError({.file = "command line",
                          .path = "",
                          .found = "`bench " + name + "`",
                          .expected = one_of(known),
                          .suggestion = nearest_spelling(name, known)});
    }
    std::vector<bench::Benchmark> chosen;
    for (const bench::Benchmark& benchmark : all)
        if (names.empty() || std::find(names.begin(), names.end(), benchmark.name) != names.end())
            chosen.push_back(benchmark);
    return chosen;
}

int bench_command(Words words) {
    const Arguments arguments(
        {.command = "bench", .flags = {"--json", "--list", "--quick"}, .word = "NAME", .most_words = 100}, words);
    const bool json = arguments.has("--json");
    const bool quick = arguments.has("--quick");
    for (const bench::Benchmark& benchmark : chosen_benchmarks(arguments.words())) {
        if (arguments.has("--list"))
            std::cout << "  " << reports::left(benchmark.name, 16) << benchmark.summary << '\n';
        else
            (quick && benchmark.run_quick != nullptr ? benchmark.run_quick
                                                     : benchmark.run)([json](const bench::Measurement& measurement) {
                std::cout << (json ? measurement.json_line() : measurement.table()) << std::flush;
            });
    }
    return kDone;
}

}  // namespace matinee::cli
