#include "system/live/data_folder.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <filesystem>

#include "system/base/errors.hpp"

namespace matinee::live {

std::string database_file(const std::string& folder, const char* name) {
    std::error_code error;
    // The database holds password hashes and the keys that sign tokens: nobody else is to read it, whatever folder it
    // lies in. SQLite takes an empty file for a new database, and gives its further files the permissions of the first.
    if (std::filesystem::create_directories(folder, error))
        std::filesystem::permissions(folder, std::filesystem::perms::owner_all, error);
    if (error) throw MachineError("the folder " + folder + " cannot be made: " + error.message());
    const std::string file = (std::filesystem::path(folder) / name).string();
    const int made = open(file.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (made >= 0) close(made);  // else whoever opens it says why that cannot be done
    return file;
}

}  // namespace matinee::live
