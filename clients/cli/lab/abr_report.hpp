// What `matinee lab abr` prints and draws.
#pragma once

#include <string>
#include <vector>

#include "clients/cli/lab/abr_arguments.hpp"

namespace matinee::cli {

/// "Sabre's model".
std::string model_text(SessionModel model);

/// One object: qualities, metrics under Sabre's names with underscores, and what the session was.
std::string session_json(const AbrTask& task, const lab::SessionResult& result);
std::string session_table(const AbrTask& task, const lab::SessionResult& result);
/// Buffer, bitrate and bandwidth over time, as a page.
std::string session_plot(const AbrTask& task, const lab::SessionResult& result);

/// The figures of many sessions that a ranking compares.
struct Figure {
    std::string name;  ///< "time_average_score"
    std::string unit;
    double (*of)(const lab::SessionResult& result);
};

/// One rule over all traces.
struct Ranked {
    abr::Rule rule;
    std::vector<std::vector<double>> values;  ///< [figure][trace]
};

/// The first of them decides the ranking.
std::vector<Figure> figures_of(SessionModel model);
/// Best first, by the median of the first figure; of equals the one named first on the command line.
std::vector<Ranked> ranking_of(const AbrTask& task, const std::vector<lab::SessionResult>& results);
std::string ranking_json(const AbrTask& task, const std::vector<Ranked>& ranking);
std::string ranking_table(const AbrTask& task, const std::vector<Ranked>& ranking);

}  // namespace matinee::cli
