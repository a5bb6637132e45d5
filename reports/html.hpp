// report.html: one file that a person opens, prints and forwards. Everything is inside it (a content security policy in
// the page forbids any fetch); charts are SVG drawn here, which a script turns into interactive ones where scripts run.
#pragma once

#include <string>
#include <string_view>

#include "reports/result.hpp"

namespace matinee::reports {

std::string report_html(const Result& result);

/// `text` for element content and quoted attributes: & < > " ' escaped, control characters and broken UTF-8 replaced.
std::string escaped(std::string_view text);

}  // namespace matinee::reports
