#include <iostream>

#include "clients/cli/exit_codes.hpp"
#include "clients/cli/lab/abr_arguments.hpp"
#include "clients/cli/lab/abr_report.hpp"
#include "clients/cli/lab/lab.hpp"
#include "clients/cli/lab/output_file.hpp"
#include "clients/cli/parallel.hpp"

namespace matinee::cli {

static int run_one(const AbrTask& task) {
    const lab::SessionResult result = session_runner(task, task.rules.front())(task.traces.front());
    if (task.plot) write_file(*task.plot, session_plot(task, result));
    std::cout << (task.json ? session_json(task, result) : session_table(task, result));
    return kDone;
}

/// Every rule on every trace; rule after rule in the results.
static int run_all(const AbrTask& task) {
    std::vector<RunSession> runs;
    for (const abr::Rule rule : task.rules) runs.push_back(session_runner(task, rule));
    const size_t traces = task.traces.size();
    std::vector<lab::SessionResult> results(runs.size() * traces);
    run_parallel(results.size(), task.threads,
                 [&](size_t job) { results[job] = runs[job / traces](task.traces[job % traces]); });
    const std::vector<Ranked> ranking = ranking_of(task, results);
    std::cout << (task.json ? ranking_json(task, ranking) : ranking_table(task, ranking));
    return kDone;
}

int run_lab_abr(Words words) {
    const AbrTask task = read_abr_task(words);
    return task.folder || task.rules.size() > 1 ? run_all(task) : run_one(task);
}

}  // namespace matinee::cli
