#include "clients/cli/bench/http_load.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
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
    int64_t due_ns = 0, sent_ns = 0;
    int status = 0;
    size_t body_at = 0;
    bool busy = false;
};

/// Which requests there are, and when each is due.
class HttpLoad::Schedule {
public:
    Schedule(const Load& load, int64_t start)
        : start_(start),
          gap_ns_(load.per_second > 0 ? 1e9 / load.per_second : 0),
          requests_(load.requests != 0 ? load.requests : UINT64_MAX),
          measured_from_(start + int64_t(load.warm_s * 1e9)) {
        if (load.seconds <= 0) return;
        if (paced()) requests_ = std::min(requests_, uint64_t(load.seconds * load.per_second));
        end_at_ = start + int64_t(load.seconds * (paced() ? 2e9 : 1e9));
    }
    bool paced() const { return gap_ns_ > 0; }
    bool goes_on(uint64_t number, int64_t now) const { return number < requests_ && now < end_at_; }
    int64_t due_ns(uint64_t number, int64_t now) const {
        return paced() ? start_ + int64_t(gap_ns_ * double(number)) : now;
    }
    void add(LoadOutcome& outcome, int64_t due, int64_t sent, int64_t now) const {
        if (due < measured_from_) return;
        outcome.latency_ns.add(uint64_t(now - due));
        outcome.late_ns.add(uint64_t(sent - due));
    }
    /// With a rate, what is left of the schedule when the load ends.
    void give_up(LoadOutcome& outcome, uint64_t number, int64_t now) const {
        if (!paced() || number >= requests_) return;
        outcome.unsent = requests_ - number;
        for (; number < requests_; ++number) add(outcome, due_ns(number, now), now, now);
    }

private:
    int64_t start_;
    double gap_ns_;
    uint64_t requests_;
    int64_t measured_from_;
    int64_t end_at_ = INT64_MAX;
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
    connection.sent_ns = now_ns();
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

void HttpLoad::end(Connection& connection, const Load& load, const Schedule& schedule, LoadOutcome& outcome) {
    ++outcome.answers;
    if (connection.status >= 400 && outcome.refused++ == 0)
        outcome.first_refusal = connection.in.substr(connection.body_at);
    schedule.add(outcome, connection.due_ns, connection.sent_ns, now_ns());
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
    const Schedule schedule(load, start);
    size_t busy = 0;
    for (bool sending = true; sending || busy > 0;) {
        const int64_t now = now_ns();
        sending = schedule.goes_on(next_number_, now);
        for (; sending && !free.empty(); sending = schedule.goes_on(next_number_, now)) {
            const int64_t due = schedule.due_ns(next_number_, now);
            if (due > now) break;
            send(*free.back(), load, due);
            free.pop_back();
            ++busy;
        }
        std::array<epoll_event, 64> events;
        // With a schedule: look often enough to keep it.
        const int patience_ms = !sending || !schedule.paced() || free.empty() ? 1000 : 0;
        const int ready = ::epoll_wait(poll_, events.data(), int(events.size()), busy == 0 ? 0 : patience_ms);
        for (int i = 0; i < ready; ++i) {
            Connection& one = *static_cast<Connection*>(events[size_t(i)].data.ptr);
            if (!receive(one)) continue;
            end(one, load, schedule, outcome);
            free.push_back(&one);
            --busy;
        }
    }
    const int64_t end = now_ns();
    outcome.seconds = double(end - start) / 1e9;
    schedule.give_up(outcome, next_number_, end);
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
