#include <array>
#include <cstdio>
#include <memory>
#include <sstream>
#include <stdexcept>

#include "tests/laws/laws.hpp"

namespace matinee::laws {

namespace {

/// What a room without the liberty may not ask of the machine. Names that end in * are beginnings of mangled C++ names.
struct Group {
    std::string_view name;
    std::vector<std::string_view> symbols;
    std::vector<std::string_view> headers;
};

const std::vector<Group>& groups() {
    static const std::vector<Group> all = {
        {"threads",
         {"pthread_create", "thrd_create", "fork", "vfork", "clone", "pthread_mutex_lock", "pthread_cond_wait",
          "_ZNSt6thread*", "_ZNSt18condition_variable*", "_ZNSt5mutex*"},
         {"thread", "mutex", "shared_mutex", "condition_variable", "future", "barrier", "latch", "semaphore",
          "stop_token", "pthread.h", "threads.h"}},
        {"clocks",
         {"clock_gettime", "gettimeofday", "time", "clock", "timespec_get", "localtime", "localtime_r", "gmtime",
          "gmtime_r", "mktime", "nanosleep", "clock_nanosleep", "usleep", "sleep", "_ZNSt6chrono*"},
         {"ctime", "time.h", "sys/time.h"}},  // <chrono> also has durations and calendars; its clocks show as symbols
        {"environment",
         {"getenv", "secure_getenv", "setenv", "putenv", "environ", "setlocale", "gethostname", "uname", "getpid"},
         {"clocale", "locale", "locale.h"}},
        {"randomness",
         {"rand", "srand", "rand_r", "random", "srandom", "drand48", "lrand48", "mrand48", "srand48", "arc4random",
          "getrandom", "getentropy", "_ZNSt13random_device*"},
         {"random", "sys/random.h"}},
        {"files",
         {"fopen",
          "fopen64",
          "open",
          "open64",
          "openat",
          "creat",
          "fdopen",
          "freopen",
          "mkdir",
          "unlink",
          "remove",
          "rename",
          "rmdir",
          "tmpfile",
          "mkstemp",
          "opendir",
          "stat",
          "mmap",
          "_ZNSt10filesystem*",
          "_ZNSt14basic_ifstream*",
          "_ZNSt14basic_ofstream*",
          "_ZNSt13basic_fstream*",
          "_ZNSt13basic_filebuf*"},
         {"fstream", "filesystem", "fcntl.h", "unistd.h", "sys/stat.h", "sys/mman.h", "dirent.h"}},
        {"sockets",
         {"socket", "connect", "bind", "listen", "accept", "accept4", "send", "sendto", "sendmsg", "recv", "recvfrom",
          "recvmsg", "getaddrinfo", "epoll_create1", "poll", "select"},
         {"sys/socket.h", "netinet/in.h", "netdb.h", "poll.h", "sys/epoll.h"}},
        {"processes",
         {"system", "popen", "execve", "execv", "execvp", "posix_spawn", "kill", "signal", "sigaction"},
         {"csignal", "signal.h", "spawn.h"}},
        // Other processors have other bits in the last place. sqrt, floor, ceil, trunc, round, rint, fmod and ldexp are
        // exact by IEEE 754 or by nature, and so not here. float and long double variants: see below.
        {"libm",
         {"log",    "log2",   "log10",    "log1p", "exp",   "exp2", "exp10", "expm1", "pow",
          "sin",    "cos",    "sincos",   "tan",   "asin",  "acos", "atan",  "atan2", "sinh",
          "cosh",   "tanh",   "asinh",    "acosh", "atanh", "cbrt", "hypot", "erf",   "erfc",
          "tgamma", "lgamma", "lgamma_r", "j0",    "j1",    "jn",   "y0",    "y1",    "yn"},
         {}},
    };
    return all;
}

bool matches(std::string_view symbol, std::string_view pattern) {
    if (pattern.ends_with('*')) return symbol.starts_with(pattern.substr(0, pattern.size() - 1));
    return symbol == pattern;
}

std::string_view group_of(std::string_view symbol) {
    for (const Group& group : groups())
        for (const std::string_view pattern : group.symbols)
            if (matches(symbol, pattern)) return group.name;
    return {};
}

std::string undefined_symbols(const std::filesystem::path& archive) {
    const std::string command = "nm --undefined-only -A -P '" + archive.string() + "' 2>&1";
    FILE* pipe = popen(command.c_str(), "r");
    if (pipe == nullptr) throw std::runtime_error("cannot run nm");
    std::string output;
    std::array<char, 65536> buffer;
    while (const size_t got = std::fread(buffer.data(), 1, buffer.size(), pipe)) output.append(buffer.data(), got);
    if (pclose(pipe) != 0) throw std::runtime_error(command + " failed:\n" + output);
    return output;
}

}  // namespace

std::string_view forbidden_group_of_symbol(std::string_view symbol) {
    // std::filesystem::path is only a text with slashes; what touches files are free functions and iterators.
    if (symbol.starts_with("_ZNSt10filesystem7__cxx114path")) return {};
    if (const size_t version = symbol.find('@'); version != std::string_view::npos) symbol = symbol.substr(0, version);
    if (const std::string_view group = group_of(symbol); !group.empty()) return group;
    if (symbol.size() > 2 && (symbol.ends_with('f') || symbol.ends_with('l')))  // logf, powl
        if (const std::string_view group = group_of(symbol.substr(0, symbol.size() - 1)); group == "libm") return group;
    return {};
}

std::string_view forbidden_group_of_header(std::string_view header) {
    for (const Group& group : groups())
        for (const std::string_view name : group.headers)
            if (header == name) return group.name;
    return {};
}

std::vector<std::string> symbol_breaches(const std::filesystem::path& archive, const std::string& room,
                                         const Rooms& rooms) {
    const auto known = rooms.find(room);
    if (known == rooms.end()) return {room + ": is not in tests/laws/rooms.txt"};
    const std::set<std::string>& liberties = known->second.liberties;
    std::vector<std::string> breaches;
    std::istringstream lines(undefined_symbols(archive));
    // "lib/libplayer.a[player.cpp.o]: clock_gettime U"
    for (std::string line; std::getline(lines, line);) {
        const size_t colon = line.find("]: ");
        if (colon == std::string::npos) continue;
        const size_t bracket = line.rfind('[', colon);
        const std::string object = line.substr(bracket + 1, colon - bracket - 1);
        const std::string symbol = line.substr(colon + 3, line.find(' ', colon + 3) - colon - 3);
        const std::string_view group = forbidden_group_of_symbol(symbol);
        if (group.empty() || liberties.contains("everything") || liberties.contains(std::string(group))) continue;
        breaches.push_back(room + ": " + object + " uses " + symbol + " (" + std::string(group) + ")");
    }
    return breaches;
}

}  // namespace matinee::laws
