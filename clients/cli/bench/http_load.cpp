#include "clients/cli/bench/http_load.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstring>

#include "system/base/errors.hpp"

namespace matinee::bench {

namespace {

int64_t now_ns() {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

[[noreturn]] void refuse(const char* what) {
    throw MachineError(std::string("the load cannot ") + what + ": " + std::strerror(errno));
}

int connected_socket(uint16_t port) {
    const int descriptor = ::socket(AF_INET, SOCK_STREAM, 0);
    if (descriptor < 0) refuse("open a socket");
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) refuse("connect");
    const int on = 1;
    ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return descriptor;
}

/// Length of the answer that begins the text; 0 where its headers are not all there yet.
size_t length_of(std::string_view text, int& status, size_t& body_at) {
    const size_t end = text.find("\r\n\r\n");
    if (end == std::string_view::npos) return 0;
    static constexpr std::string_view kLength = "\r\ncontent-length: ";
    const size_t field = text.substr(0, end).find(kLength);
    if (field == std::string_view::npos) throw MachineError("an answer without content-length");
    size_t length = 0;
    std::from_chars(text.data() + field + kLength.size(), text.data() + end + 2, length);
    std::from_chars(text.data() + 9, text.data() + 12, status);
    body_at = end + 4;
    return body_at + length;
}

}  // namespace

struct HttpLoad::Connection {
    int descriptor;
    std::string out, in;
    uint64_t number = 0;
    int64_t due_ns = 0;
    int status = 0;
    size_t body_at = 0;
    bool busy = false;
};

HttpLoad::HttpLoad(uint16_t port) : port_(port), poll_(::epoll_create1(0)) {
    if (poll_ < 0) refuse("poll");
}

HttpLoad::~HttpLoad() {
    for (const auto& one : connections_) ::close(one->descriptor);
    for (const int descriptor : idle_) ::close(descriptor);
    ::close(poll_);
}

HttpLoad::Connection& HttpLoad::connection(size_t index) {
    while (connections_.size() <= index) {
        auto made = std::make_unique<Connection>();
        made->descriptor = connected_socket(port_);
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.ptr = made.get();
        if (::epoll_ctl(poll_, EPOLL_CTL_ADD, made->descriptor, &event) != 0) refuse("poll");
        connections_.push_back(std::move(made));
    }
    return *connections_[index];
}

void HttpLoad::send(Connection& connection, const Load& load, int64_t due_ns) {
    connection.number = next_number_++;
    connection.due_ns = due_ns;
    connection.busy = true;
    connection.out.clear();
    load.request(connection.out, connection.number);
    std::string_view rest = connection.out;
    while (!rest.empty()) {
        const ssize_t sent = ::send(connection.descriptor, rest.data(), rest.size(), MSG_NOSIGNAL);
        if (sent <= 0) refuse("send");
        rest.remove_prefix(size_t(sent));
    }
}

bool HttpLoad::receive(Connection& connection) {
    std::array<char, 16 * 1024> chunk;
    const ssize_t got = ::recv(connection.descriptor, chunk.data(), chunk.size(), 0);
    if (got <= 0) refuse("go on: the server closed a connection");
    connection.in.append(chunk.data(), size_t(got));
    const size_t length = length_of(connection.in, connection.status, connection.body_at);
    return length != 0 && connection.in.size() >= length;
}

void HttpLoad::end(Connection& connection, const Load& load, LoadOutcome& outcome) {
    ++outcome.answers;
    if (connection.status >= 400 && outcome.refused++ == 0)
        outcome.first_refusal = connection.in.substr(connection.body_at);
    outcome.latency_ns.add(uint64_t(now_ns() - connection.due_ns));
    if (load.on_answer)
        load.on_answer(connection.number, connection.status,
                       std::string_view(connection.in).substr(connection.body_at));
    connection.in.clear();
    connection.busy = false;
}

LoadOutcome HttpLoad::run(const Load& load) {
    LoadOutcome outcome;
    next_number_ = 0;
    std::vector<Connection*> free;
    for (size_t i = load.connections; i-- > 0;) free.push_back(&connection(i));
    const int64_t start = now_ns();
    const int64_t end_at = load.seconds > 0 ? start + int64_t(load.seconds * 1e9) : INT64_MAX;
    const double gap_ns = load.per_second > 0 ? 1e9 / load.per_second : 0;
    size_t busy = 0;
    for (bool sending = true; sending || busy > 0;) {
        int64_t now = now_ns();
        sending = sending && now < end_at;
        int64_t due = now;
        while (sending && !free.empty()) {
            if (load.requests != 0 && next_number_ >= load.requests) sending = false;
            if (gap_ns > 0) due = start + int64_t(gap_ns * double(next_number_));
            if (!sending || due > now) break;
            send(*free.back(), load, due);
            free.pop_back();
            ++busy;
        }
        std::array<epoll_event, 64> events;
        // With a schedule: look often enough to keep it.
        const int patience_ms = !sending || gap_ns <= 0 || free.empty() ? 1000 : 0;
        const int ready = ::epoll_wait(poll_, events.data(), int(events.size()), busy == 0 ? 0 : patience_ms);
        for (int i = 0; i < ready; ++i) {
            Connection& one = *static_cast<Connection*>(events[size_t(i)].data.ptr);
            if (!receive(one)) continue;
            end(one, load, outcome);
            free.push_back(&one);
            --busy;
        }
    }
    outcome.seconds = double(now_ns() - start) / 1e9;
    return outcome;
}

void HttpLoad::hold_idle(size_t connections, const std::string& request) {
    const size_t first = idle_.size();
    for (size_t i = 0; i < connections; ++i) {
        idle_.push_back(connected_socket(port_));
        if (::send(idle_.back(), request.data(), request.size(), MSG_NOSIGNAL) != ssize_t(request.size()))
            refuse("send");
    }
    std::array<char, 4096> answer;
    for (size_t i = first; i < idle_.size(); ++i)
        if (::recv(idle_[i], answer.data(), answer.size(), 0) <= 0) refuse("hold a connection open");
}

void raise_file_limit() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
}

void pin_to_processor(unsigned number) {
    const long processors = ::sysconf(_SC_NPROCESSORS_ONLN);
    if (processors < 2) return;
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(number % unsigned(processors), &set);
    ::sched_setaffinity(0, sizeof set, &set);
}

}  // namespace matinee::bench
