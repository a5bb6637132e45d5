#include <unistd.h>

#include <filesystem>
#include <iostream>
#include <optional>

#include "clients/cli/bench/machine.hpp"
#include "clients/cli/bench/measured_run.hpp"
#include "clients/cli/build_info.hpp"
#include "clients/cli/command.hpp"
#include "clients/cli/exit_codes.hpp"
#include "clients/cli/interrupt.hpp"
#include "clients/cli/parallel.hpp"
#include "clients/cli/progress.hpp"
#include "clients/cli/request_recorder.hpp"
#include "clients/cli/scenario_arguments.hpp"
#include "clients/cli/terminal.hpp"
#include "reports/outputs.hpp"
#include "reports/result_json.hpp"
#include "reports/terminal.hpp"
#include "system/base/errors.hpp"

namespace matinee::cli {

namespace fs = std::filesystem;

/// A scenario's name as the name of a folder.
static std::string folder_name(const std::string& scenario_name) {
    std::string name = scenario_name;
    for (char& c : name)
        if (c == '/' || static_cast<unsigned char>(c) < ' ') c = '-';
    return name.empty() || name[0] == '.' ? "scenario" + name : name;
}

/// Refuses now what would otherwise fail after minutes of simulation. Creates nothing yet.
static void check_out_folder(const fs::path& out) {
    const char* const expected = "a folder, or a path where one can be made";
    if (out.empty()) throw InputError({"command line", "--out", "nothing", expected, ""});
    fs::path existing = fs::absolute(out);
    std::error_code ignored;
    while (!fs::exists(existing, ignored) && existing.has_relative_path()) existing = existing.parent_path();
    if (!fs::is_directory(existing, ignored))
        throw InputError({.file = "command line",
                          .path = "--out",
                          .found = "`" + out.string() + "`, but " + existing.string() + " is not a folder",
                          .expected = expected,
                          .suggestion = ""});
    if (access(existing.c_str(), W_OK | X_OK) != 0)
        throw MachineError("--out " + out.string() + ": no permission to write in " + existing.string());
}

static reports::Result simulate(const scenario::Scenario& scenario, uint32_t threads, RequestRecorder& recorder) {
    // While the world is built there is nothing that an interrupted run could report: a signal just ends the process.
    std::optional<Interrupt> interrupt;
    ProgressLine progress;
    world::RunOptions options;
    options.threads = threads;
    options.most_memory_bytes = bench::free_memory_bytes();
    options.on_progress = [&](const world::Progress& p) {
        if (!interrupt) interrupt.emplace();
        progress.update(p);
    };
    options.stop = &Interrupt::requested();
    if (recorder.wanted())
        options.observe_requests = [&](const std::string& group, uint32_t site, uint32_t server) {
            return recorder.observer(group, site, server);
        };
    reports::Result result = bench::measured_run(scenario, options);
    recorder.finish();
    result.build = build_info();
    return result;
}

static bool a_threshold_failed(const reports::Result& result) {
    for (const reports::ThresholdVerdict& threshold : result.thresholds)
        if (!threshold.passed) return true;
    return false;
}

int run_command(Words words) {
    Syntax syntax = scenario_syntax("run", {"--json", "--oversubscribe"}, {"--out", "--threads"});
    syntax.repeated.push_back("--record-requests");
    const Arguments arguments(syntax, words);
    const auto wanted = uint32_t(arguments.number("--threads", 1, kMostThreads).value_or(bench::machine_threads()));
    const uint32_t threads = arguments.has("--oversubscribe") ? wanted : bench::useful_threads(wanted);
    const scenario::Scenario scenario = load_scenario(arguments);
    const fs::path out = arguments.value("--out").value_or((fs::path("out") / folder_name(scenario.name)).string());
    check_out_folder(out);
    RequestRecorder recorder(scenario, arguments.values("--record-requests"));

    const reports::Result result = simulate(scenario, threads, recorder);
    reports::write_outputs(result, out, scenario.outputs.csv);
    if (arguments.has("--json"))
        std::cout << reports::result_json(result);
    else
        std::cout << reports::terminal_text(result, {.colour = stdout_has_colour()}) << "\nreport  "
                  << (out / "report.html").string() << "\nresult  " << (out / "result.json").string() << '\n';
    if (result.interrupted) return kInterrupted;
    return a_threshold_failed(result) ? kThresholdFailed : kDone;
}

}  // namespace matinee::cli
