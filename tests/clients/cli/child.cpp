#include "tests/clients/cli/child.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>

namespace matinee::cli {

namespace fs = std::filesystem;

TemporaryFolder::TemporaryFolder() {
    std::string name = (fs::temp_directory_path() / "matinee-test-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
}

std::string TemporaryFolder::write(const std::string& name, const std::string& text) const {
    std::ofstream(path_ / name, std::ios::binary) << text;
    return (path_ / name).string();
}

std::vector<std::string> TemporaryFolder::contents() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::recursive_directory_iterator(path_))
        names.push_back(fs::relative(entry.path(), path_).string());
    std::sort(names.begin(), names.end());
    return names;
}

std::string read_text(const fs::path& file) {
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

/// Whether a process catches SIGINT: the bit of the signal in the mask that the kernel shows.
static bool catches_interrupts(int process) {
    std::istringstream status(read_text("/proc/" + std::to_string(process) + "/status"));
    for (std::string line; std::getline(status, line);)
        if (line.starts_with("SigCgt:"))
            return (std::stoull(line.substr(7), nullptr, 16) & (1ull << (SIGINT - 1))) != 0;
    return false;
}

static void redirect(int descriptor, const fs::path& file) {
    const int opened = open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (opened < 0 || dup2(opened, descriptor) < 0) _exit(125);
}

Outcome run_matinee(const std::vector<std::string>& args, const fs::path& folder,
                    const std::function<void(int)>& meanwhile) {
    const TemporaryFolder streams;
    std::vector<char*> words;
    const std::string program = MATINEE_PROGRAM;
    words.push_back(const_cast<char*>(program.c_str()));
    for (const std::string& arg : args) words.push_back(const_cast<char*>(arg.c_str()));
    words.push_back(nullptr);
    const int process = fork();
    if (process < 0) throw std::runtime_error("cannot fork");
    if (process == 0) {
        if (chdir(folder.c_str()) != 0) _exit(125);
        redirect(STDOUT_FILENO, streams.path() / "out");
        redirect(STDERR_FILENO, streams.path() / "err");
        execv(program.c_str(), words.data());
        _exit(126);
    }
    int status = 0;
    bool ended = false;
    for (int tries = 0; meanwhile && !ended && tries < 6000; ++tries) {
        if (catches_interrupts(process)) {
            meanwhile(process);
            break;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
        ended = waitpid(process, &status, WNOHANG) == process;
    }
    if (!ended) waitpid(process, &status, 0);
    const int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return {code, read_text(streams.path() / "out"), read_text(streams.path() / "err")};
}

}  // namespace matinee::cli
