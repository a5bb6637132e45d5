// The shell of every page that matinee writes: one file with everything inside it, which fetches nothing (a content
// security policy in the page forbids it). Charts are drawings that a script turns into interactive ones where scripts
// run.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "reports/chart.hpp"

namespace matinee::reports {

struct Page {
    std::string title;  ///< markup
    std::string body;   ///< markup: header, main and footer
    std::string data;   ///< of chart_data()
};
std::string page(const Page& page);

/// Charts, events and start for the script.
std::string chart_data(int64_t start_unix_s, const std::vector<Chart>& charts, const std::vector<Event>& events);

std::string page_footer(std::string_view version);

/// A page of charts alone. Everything is text, not markup.
struct Plot {
    std::string title;
    std::string about;                                       ///< a sentence or two under the title
    std::vector<std::pair<std::string, std::string>> facts;  ///< figure and what it is: "1.44", "score"
    std::vector<Chart> charts;                               ///< the first takes the whole width
    std::string version;                                     ///< of matinee
};
std::string plot_html(const Plot& plot);

}  // namespace matinee::reports
