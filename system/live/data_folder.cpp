#include "system/live/data_folder.hpp"

#include <filesystem>

#include "system/base/errors.hpp"

namespace matinee::live {

std::string database_file(const std::string& folder, const char* name) {
    std::error_code error;
    // The database holds password hashes and the keys that sign tokens.
    if (std::filesystem::create_directories(folder, error))
        std::filesystem::permissions(folder, std::filesystem::perms::owner_all, error);
    if (error) throw MachineError("the folder " + folder + " cannot be made: " + error.message());
    return (std::filesystem::path(folder) / name).string();
}

}  // namespace matinee::live
