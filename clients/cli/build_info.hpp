// What this build is; the source is generated (.cmake/build_info.cmake).
#pragma once

#include "reports/result.hpp"

namespace matinee::cli {

reports::Build build_info();

}  // namespace matinee::cli
