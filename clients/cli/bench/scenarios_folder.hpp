// Where the scenarios that come with matinee are. It stands in this room because benchmarks need it and may not include
// the command line, which includes them.
#pragma once

#include <filesystem>

namespace matinee::cli {

/// The folder `scenarios` of the project this program was built from: presets and default prices.
std::filesystem::path scenarios_folder();

}  // namespace matinee::cli
