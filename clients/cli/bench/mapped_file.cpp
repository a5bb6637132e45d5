#include "clients/cli/bench/mapped_file.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "system/base/errors.hpp"

namespace matinee::cli {

[[noreturn]] static void refuse(const std::string& file, const std::string& found) {
    throw InputError(
        {.file = file, .path = "", .found = found, .expected = "a file that can be read", .suggestion = ""});
}

MappedFile::MappedFile(const std::string& file) {
    const int handle = open(file.c_str(), O_RDONLY | O_CLOEXEC);
    if (handle < 0) refuse(file, std::strerror(errno));
    struct stat facts = {};
    const bool regular = fstat(handle, &facts) == 0 && S_ISREG(facts.st_mode);
    size_ = regular ? size_t(facts.st_size) : 0;
    void* const memory = size_ > 0 ? mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, handle, 0) : nullptr;
    close(handle);
    if (!regular) refuse(file, "not a regular file");
    if (memory == MAP_FAILED) refuse(file, std::strerror(errno));
    if (memory != nullptr) madvise(memory, size_, MADV_SEQUENTIAL);
    data_ = static_cast<const char*>(memory);
}

MappedFile::~MappedFile() {
    if (data_ != nullptr) munmap(const_cast<char*>(data_), size_);
}

}  // namespace matinee::cli
