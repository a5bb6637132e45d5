// A file as memory, for files that are read once from end to end.
#pragma once

#include <string>
#include <string_view>

namespace matinee::cli {

class MappedFile {
public:
    /// Throws InputError where the file cannot be read.
    explicit MappedFile(const std::string& file);
    ~MappedFile();
    MappedFile(const MappedFile&) = delete;
    MappedFile& operator=(const MappedFile&) = delete;

    std::string_view content() const { return {data_, size_}; }

private:
    const char* data_ = nullptr;
    size_t size_ = 0;
};

}  // namespace matinee::cli
