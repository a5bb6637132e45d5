// Writes a run's files.
#pragma once

#include <filesystem>

#include "reports/result.hpp"

namespace matinee::reports {

/// Writes DIR/result.json and DIR/report.html, and with `csv` DIR/series.csv, DIR/summary.csv and DIR/breakdowns.csv.
/// Creates DIR. All files are written beside their places and then renamed, so that a reader never sees half a file and
/// a full disk leaves the last run's files whole. Throws MachineError where the disk refuses.
void write_outputs(const Result& result, const std::filesystem::path& dir, bool csv);

}  // namespace matinee::reports
