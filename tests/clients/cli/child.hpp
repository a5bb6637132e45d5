// Runs the built program as a user would: a child process in a folder of its own.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace matinee::cli {

struct Outcome {
    int code = -1;  ///< exit code, or 128 + signal
    std::string out, err;
};

/// An empty folder that is deleted at the end.
class TemporaryFolder {
public:
    TemporaryFolder();
    ~TemporaryFolder();
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;

    const std::filesystem::path& path() const { return path_; }
    /// Writes a file in it and returns its full name.
    std::string write(const std::string& name, const std::string& text) const;
    /// Names of everything in it, however deep, sorted.
    std::vector<std::string> contents() const;

private:
    std::filesystem::path path_;
};

std::string read_text(const std::filesystem::path& file);

/// `meanwhile` gets the child's process id once it catches SIGINT, which it does while it simulates.
Outcome run_matinee(const std::vector<std::string>& args, const std::filesystem::path& folder,
                    const std::function<void(int)>& meanwhile = {});

}  // namespace matinee::cli
