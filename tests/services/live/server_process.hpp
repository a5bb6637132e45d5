// The built program as a server: a child process that can be killed.
#pragma once

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <vector>

namespace matinee::live {

class ServerProcess {
public:
    /// `matinee serve` on a port of the system's choice with these arguments more, and waits until it listens or ends.
    /// `most_file_bytes`: no file of it may grow beyond; 0: any size.
    explicit ServerProcess(const std::string& data, std::vector<std::string> arguments = {},
                           rlim_t most_file_bytes = 0) {
        std::array<int, 2> out{}, err{};
        if (::pipe(out.data()) != 0 || ::pipe(err.data()) != 0) throw std::runtime_error("no pipe");
        std::vector<std::string> words = {MATINEE_PROGRAM, "serve", "--data", data};
        if (std::find(arguments.begin(), arguments.end(), "--port") == arguments.end())
            arguments.insert(arguments.end(), {"--port", "0"});
        words.insert(words.end(), arguments.begin(), arguments.end());
        std::vector<char*> argv;
        for (std::string& word : words) argv.push_back(word.data());
        argv.push_back(nullptr);
        child_ = ::fork();
        if (child_ == 0) {
            ::dup2(out[1], 1);
            ::dup2(err[1], 2);
            for (const int end : {out[0], out[1], err[0], err[1]}) ::close(end);
            const rlimit limit{most_file_bytes, most_file_bytes};
            if (most_file_bytes != 0) ::setrlimit(RLIMIT_FSIZE, &limit);
            ::execv(MATINEE_PROGRAM, argv.data());
            ::_exit(127);
        }
        ::close(out[1]);
        ::close(err[1]);
        out_ = out[0];
        err_ = err[0];
        char c = 0;
        while (::read(out_, &c, 1) == 1 && c != '\n') greeting_ += c;
        const size_t colon = greeting_.rfind(':');
        if (colon != std::string::npos) port_ = uint16_t(std::atoi(greeting_.c_str() + colon + 1));
    }
    ~ServerProcess() {
        if (child_ > 0) end(SIGKILL);
        ::close(out_);
        ::close(err_);
    }
    ServerProcess(const ServerProcess&) = delete;
    ServerProcess& operator=(const ServerProcess&) = delete;

    /// 0: it does not listen.
    uint16_t port() const { return port_; }
    /// Sends the signal (0: none) and waits; the exit code, or 128 + signal. What it wrote to standard error is then in
    /// errors().
    int end(int signal) {
        if (signal != 0) ::kill(child_, signal);
        char buffer[4096];
        for (ssize_t got = 0; (got = ::read(err_, buffer, sizeof buffer)) > 0;) errors_.append(buffer, size_t(got));
        int status = 0;
        ::waitpid(child_, &status, 0);
        child_ = 0;
        return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }
    const std::string& errors() const { return errors_; }

private:
    pid_t child_ = 0;
    int out_ = -1, err_ = -1;
    uint16_t port_ = 0;
    std::string greeting_, errors_;
};

}  // namespace matinee::live
