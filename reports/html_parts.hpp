// The sections of the HTML report; each returns markup, empty where the result has nothing for it.
#pragma once

#include <string>
#include <vector>

#include "reports/chart.hpp"
#include "reports/result.hpp"

namespace matinee::reports::html {

std::string verdict(const Result& result);
std::string key_figures(const Result& result);
std::string event_list(const Result& result, const std::vector<Event>& events);
std::string quantile_table(const Result& result);
std::string breakdown_tables(const Result& result);
std::string cdn_table(const Result& result);
std::string services_tables(const Result& result);
std::string cost_table(const Result& result);
std::string provenance(const Result& result);

/// "<td class=... data-label=...>content</td>": the label stands beside the figure where rows are stacked on a phone.
std::string cell(const std::string& label, const std::string& content, const std::string& classes = "n");
/// A bar of `share` (0 to 1) of the width.
std::string bar(double share, const std::string& classes = "");
/// A CSS percentage, "37.5%".
std::string css_percent(double share);

}  // namespace matinee::reports::html
