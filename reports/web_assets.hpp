// Files that the HTML report carries inside, embedded at build time: our style sheet and script, and dygraphs as Debian
// packages it (libjs-dygraphs), with its licence.
#pragma once

#include <string_view>

namespace matinee::reports {

extern const std::string_view kReportCss, kReportJs, kDygraphsCss, kDygraphsJs, kSynchronizerJs, kDygraphsLicence;

}  // namespace matinee::reports
