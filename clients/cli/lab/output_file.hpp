// Files that a laboratory writes.
#pragma once

#include <filesystem>
#include <string>

namespace matinee::cli {

/// Writes a whole file or none: through a file beside it that takes its name at the end. Throws MachineError.
void write_file(const std::filesystem::path& file, const std::string& text);

}  // namespace matinee::cli
