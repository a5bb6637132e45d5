#include "system/live/data_folder.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "system/base/errors.hpp"

namespace matinee::live {

namespace fs = std::filesystem;

// The databases hold password hashes and the keys that sign tokens: nobody else is to read them, whatever folder they
// lie in.
static constexpr mode_t kOursAlone = S_IRUSR | S_IWUSR;

static fs::path made(const std::string& folder) {
    std::error_code error;
    if (fs::create_directories(folder, error)) fs::permissions(folder, fs::perms::owner_all, error);
    if (error) throw MachineError("the folder " + folder + " cannot be made: " + error.message());
    return folder;
}

std::string database_file(const std::string& folder, const char* name) {
    const std::string file = (made(folder) / name).string();
    // SQLite takes an empty file for a new database, and gives its further files the permissions of the first.
    const int fresh = open(file.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, kOursAlone);
    if (fresh >= 0) close(fresh);  // else whoever opens it says why that cannot be done
    return file;
}

FolderLock::FolderLock(const std::string& folder)
    : file_(open((made(folder) / "lock").c_str(), O_CREAT | O_RDWR | O_CLOEXEC, kOursAlone)) {
    if (file_ < 0) throw MachineError("the folder " + folder + " cannot be written to: " + std::strerror(errno));
    if (flock(file_, LOCK_EX | LOCK_NB) == 0) return;
    const int why = errno;
    close(file_);
    if (why == EWOULDBLOCK) throw MachineError("another matinee is at work on the folder " + folder);
    throw MachineError("the folder " + folder + " cannot be locked: " + std::strerror(why));
}

FolderLock::~FolderLock() { close(file_); }  // the end of a process, whatever its kind, lets go as well

}  // namespace matinee::live
