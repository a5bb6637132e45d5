#include "clients/cli/lab/output_file.hpp"

#include <fstream>

#include "system/base/errors.hpp"

namespace matinee::cli {

void write_file(const std::filesystem::path& file, const std::string& text) {
    std::filesystem::path temporary = file;
    temporary += ".partial";
    std::error_code error;
    {
        std::ofstream stream(temporary, std::ios::binary | std::ios::trunc);
        stream.write(text.data(), std::streamsize(text.size()));
        stream.close();  // a full disk may say so only now
        if (!stream) {
            std::filesystem::remove(temporary, error);
            throw MachineError("cannot write " + file.string() + ": is there such a folder, writable and not full?");
        }
    }
    std::filesystem::rename(temporary, file, error);
    if (error) throw MachineError("cannot write " + file.string() + ": " + error.message());
}

}  // namespace matinee::cli
