// The folder of the databases.
#pragma once

#include <string>

namespace matinee::live {

inline constexpr const char* kMainDatabase = "matinee.db";
inline constexpr const char* kSearchDatabase = "search.db";  ///< a copy of what the other has: it may be deleted

/// The path of a database in the folder, which is made where it is missing. Throws MachineError.
std::string database_file(const std::string& folder, const char* name);

/// While it lives, nobody else serves or fills the folder: each process keeps copies of what stands there.
class FolderLock {
public:
    /// Makes the folder where it is missing. Throws MachineError where another process has it.
    explicit FolderLock(const std::string& folder);
    ~FolderLock();
    FolderLock(const FolderLock&) = delete;
    FolderLock& operator=(const FolderLock&) = delete;

private:
    int file_;
};

}  // namespace matinee::live
