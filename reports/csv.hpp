// Tables for spreadsheets and notebooks: RFC 4180 (comma, CRLF, quotes where needed), one header line, the same full
// precision as result.json. A text that a spreadsheet would take for a formula is left as it is: import it as text.
#pragma once

#include <string>

#include "reports/result.hpp"

namespace matinee::reports {

/// `time_s` (start of the sample) and one column per series, empty where nothing was measured. Header "name [unit]".
std::string series_csv(const Result& result);
/// `metric,stat,value`: every figure of viewers, CDN, services and cost, under the names that thresholds have for them.
std::string summary_csv(const Result& result);
/// `dimension,name,sessions,...`: one row per slice.
std::string breakdowns_csv(const Result& result);

}  // namespace matinee::reports
