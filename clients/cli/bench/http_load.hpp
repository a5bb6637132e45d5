// Many clients of an HTTP server on one thread: raw sockets, keep-alive, one request at a time on each, no pipelining.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "system/base/histogram.hpp"

namespace matinee::bench {

struct Load {
    size_t connections = 64;
    uint64_t requests = 0;  ///< after which it ends; 0: any number
    double seconds = 3;     ///< the same
    /// A constant rate at which requests come due, whatever the answers do; 0: the next request follows an answer at
    /// once. What was due and found no connection free is sent late, for as long again as `seconds`.
    double per_second = 0;
    double warm_s = 0;  ///< what is due before this enters the counts and no latency
    /// Appends the request of that number, counted from 0.
    std::function<void(std::string& out, uint64_t number)> request;
    /// What came for it; may be empty.
    std::function<void(uint64_t number, int status, std::string_view body)> on_answer;
};

struct LoadOutcome {
    uint64_t answers = 0;
    uint64_t refused = 0;       ///< of these, with a status of 400 and more
    std::string first_refusal;  ///< the body of the first of those
    uint64_t unsent = 0;        ///< due, and given up
    double seconds = 0;         ///< until the last answer
    /// From when the request was due, which with `per_second` may be before it could be sent, to its answer; of what
    /// was never sent, to the end: a server that falls behind cannot hide the requests that it kept from being sent.
    Histogram latency_ns;
    Histogram late_ns;  ///< of that, the part before it was sent
    double per_second() const { return seconds > 0 ? double(answers) / seconds : 0; }
    /// Whether this rate was kept up: some of the answers always come after the last request was due.
    bool achieved(double offered_per_second) const { return per_second() >= 0.95 * offered_per_second; }
};

class HttpLoad {
public:
    explicit HttpLoad(uint16_t port);
    ~HttpLoad();
    HttpLoad(const HttpLoad&) = delete;
    HttpLoad& operator=(const HttpLoad&) = delete;

    /// Throws MachineError where the server closes a connection or cannot be reached.
    LoadOutcome run(const Load& load);
    /// Opens so many connections more, sends one request over each, and leaves them open until the end of this object.
    void hold_idle(size_t connections, const std::string& request);

private:
    struct Connection;
    class Schedule;
    Connection& connection(size_t index);
    void send(Connection& connection, const Load& load, int64_t due_ns);
    /// True where an answer is complete.
    bool receive(Connection& connection);
    void end(Connection& connection, const Load& load, const Schedule& schedule, LoadOutcome& outcome);

    uint16_t port_;
    int poll_;
    uint64_t next_number_ = 0;
    std::vector<std::unique_ptr<Connection>> connections_;
    std::vector<int> idle_;
};

/// Lets this process open as many files as the system allows it.
void raise_file_limit();
/// Keeps the calling thread, and those that it starts, on one processor; nothing where there is only one.
void pin_to_processor(unsigned number);

}  // namespace matinee::bench
