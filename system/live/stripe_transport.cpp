#include "system/live/stripe_transport.hpp"

#include <httplib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <mutex>
#include <set>
#include <stdexcept>
#include <vector>

#include "system/base/service_error.hpp"

namespace matinee::live {

namespace {

constexpr size_t kMostAnswerBytes = 4 * 1024 * 1024;  // a page of a hundred intents has a tenth of that

gateway::CallSettings call_settings(const StripeTransport::Settings& settings) {
    gateway::CallSettings made;
    made.attempt = settings.time;
    made.most_attempts = 2;
    made.breaker = settings.breaker;
    return made;
}

bool may_be_repeated(const gateway::Request& request) {
    return request.method == "GET" || request.header("idempotency-key") != nullptr;
}

/// A client with its connection, which another thread may cut. That thread must neither wait for the client's locks,
/// which are held while it connects, nor touch a descriptor that may have been closed and given to somebody else: so it
/// has one of its own.
class Connection {
public:
    Connection(const std::string& url, const std::string& ca_file) : client_(url) {
        if (!ca_file.empty()) client_.set_ca_cert_path(ca_file.c_str());
        client_.set_keep_alive(true);
        client_.set_tcp_nodelay(true);
        client_.set_url_encode(false);  // targets are encoded already
        client_.set_socket_options([this](socket_t socket) { note(socket); });
    }
    ~Connection() { note(-1); }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    httplib::Client& client() { return client_; }
    void cut() {
        const std::lock_guard lock(mutex_);
        if (own_ >= 0) ::shutdown(own_, SHUT_RDWR);
    }

private:
    void note(int socket) {
        const std::lock_guard lock(mutex_);
        if (own_ >= 0) ::close(own_);
        own_ = socket < 0 ? -1 : ::dup(socket);
    }
    std::mutex mutex_;
    int own_ = -1;
    httplib::Client client_;
};

}  // namespace

/// Connections that nobody uses now. At most one for each thread.
class StripeTransport::Connections {
public:
    Connections(std::string url, std::string ca_file) : url_(std::move(url)), ca_file_(std::move(ca_file)) {}

    std::unique_ptr<Connection> take() {
        const std::lock_guard lock(mutex_);
        if (idle_.empty()) return std::make_unique<Connection>(url_, ca_file_);
        std::unique_ptr<Connection> taken = std::move(idle_.back());
        idle_.pop_back();
        return taken;
    }
    void give(std::unique_ptr<Connection> connection) {
        const std::lock_guard lock(mutex_);
        idle_.push_back(std::move(connection));
    }

    /// False where nothing may begin any more.
    bool began(Exchange* exchange) {
        const std::lock_guard lock(mutex_);
        if (!closed_) under_way_.insert(exchange);
        return !closed_;
    }
    void ended(Exchange* exchange) {
        const std::lock_guard lock(mutex_);
        under_way_.erase(exchange);
    }
    void close();

private:
    const std::string url_, ca_file_;
    std::mutex mutex_;
    bool closed_ = false;
    std::vector<std::unique_ptr<Connection>> idle_;
    std::set<Exchange*> under_way_;
};

/// One try: on the loop whoever waits for it, on a thread who does it.
struct StripeTransport::Exchange {
    using Steady = std::chrono::steady_clock;

    struct Outcome {
        gateway::Response response;
        std::string trouble;        ///< empty: there is an answer
        bool nothing_sent = false;  ///< of trouble
    };

    Exchange(gateway::Request r, TimeNs time)
        : request(std::move(r)), end(Steady::now() + std::chrono::nanoseconds(time)) {}

    /// From any thread: it is wanted no more.
    void stop() {
        const std::lock_guard lock(mutex_);
        stopped_ = true;
        if (connection_ != nullptr) connection_->cut();
    }
    bool is_stopped() {
        const std::lock_guard lock(mutex_);
        return stopped_ || Steady::now() >= end;
    }

    Outcome run(Connections& connections) {
        if (is_stopped() || !connections.began(this))
            return {.response = {}, .trouble = "no thread was free in time", .nothing_sent = true};
        std::unique_ptr<Connection> connection = connections.take();
        use(connection.get());
        Outcome outcome = exchange_on(connection->client());
        use(nullptr);
        connections.ended(this);
        if (outcome.trouble.empty()) connections.give(std::move(connection));
        return outcome;
    }

private:
    void use(Connection* connection) {
        const std::lock_guard lock(mutex_);
        connection_ = connection;
    }

    /// The library's bounds are for each wait. They are longer than there is time: whoever cuts the connection then
    /// bounds them all together.
    void set_bounds(httplib::Client& client) const {
        const auto left = std::max<Steady::duration>(end - Steady::now(), Steady::duration(0));
        const auto bound = std::chrono::duration_cast<std::chrono::microseconds>(left) + std::chrono::seconds(1);
        client.set_connection_timeout(bound);
        client.set_read_timeout(bound);
        client.set_write_timeout(bound);
    }

    Outcome exchange_on(httplib::Client& client) {
        set_bounds(client);
        httplib::Request sent;
        sent.method = request.method;
        sent.path = request.target;
        sent.set_header("User-Agent", "matinee");
        for (const gateway::Header& header : request.headers) sent.set_header(header.name, header.value);
        bool body_begun = false;
        if (!request.body.empty()) {
            // Through a callback, because finding the address may take longer than there is time, and without a body
            // nothing is done.
            sent.content_length_ = request.body.size();
            sent.content_provider_ = [&](size_t offset, size_t length, httplib::DataSink& sink) {
                if (is_stopped()) return false;
                body_begun = true;
                return sink.write(request.body.data() + offset, length);
            };
        }
        Outcome outcome;
        sent.content_receiver = [&](const char* data, size_t size, uint64_t, uint64_t) {
            if (outcome.response.body.size() + size > kMostAnswerBytes) return false;
            outcome.response.body.append(data, size);
            return !is_stopped();
        };
        const httplib::Result result = client.send(sent);
        if (!result) {
            outcome.trouble = httplib::to_string(result.error());
            outcome.nothing_sent =
                result.error() == httplib::Error::Connection || (!request.body.empty() && !body_begun);
            return outcome;
        }
        outcome.response.status = result->status;
        outcome.response.content_type = result->get_header_value("content-type");
        return outcome;
    }

    const gateway::Request request;
    const Steady::time_point end;
    std::mutex mutex_;
    bool stopped_ = false;
    Connection* connection_ = nullptr;
};

void StripeTransport::Connections::close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    for (Exchange* const exchange : under_way_) exchange->stop();
}

StripeTransport::StripeTransport(EventLoop& loop, Random& random, const Settings& settings,
                                 std::function<void(const std::string&)> complain)
    : loop_(loop),
      settings_(settings),
      complain_(std::move(complain)),
      calls_(loop, random, "Stripe", call_settings(settings)),
      connections_(std::make_shared<Connections>(settings.url, settings.ca_file)),
      workers_(loop, settings.threads, settings.most_waiting) {}

StripeTransport::~StripeTransport() { connections_->close(); }

Task<gateway::Response> StripeTransport::send(gateway::Request request) {
    const gateway::Repeat repeat = may_be_repeated(request) ? gateway::Repeat::Safe : gateway::Repeat::Unsafe;
    const TimeNs deadline = loop_.now() + settings_.time;
    try {
        co_return co_await calls_.call(deadline, repeat, [&] { return attempt(request); });
    } catch (const ServiceError& error) {
        if (error.code == ErrorCode::DeadlineExceeded) complain_("Stripe did not answer in time");
        throw;
    }
}

/// Throws what Calls understands: Unavailable and RateLimited where nothing was done, others where nobody knows.
Task<gateway::Response> StripeTransport::attempt(const gateway::Request& request) {
    struct Waiting {
        std::shared_ptr<Exchange> exchange;
        int64_t& unanswered;
        bool answered = false;
        ~Waiting() {
            exchange->stop();
            if (!answered) ++unanswered;
        }
    };
    ++counts_.requests;
    Waiting waiting{std::make_shared<Exchange>(request, settings_.time), counts_.unanswered};
    auto job = [exchange = waiting.exchange, connections = connections_] { return exchange->run(*connections); };
    Exchange::Outcome outcome = co_await workers_.run(std::move(job));
    if (!outcome.trouble.empty()) {
        complain_("Stripe did not answer: " + outcome.trouble);
        if (outcome.nothing_sent) throw ServiceError(ErrorCode::Unavailable, "Stripe cannot be reached");
        throw std::runtime_error("Stripe did not answer");
    }
    const int status = outcome.response.status;
    const bool says_nothing = status >= 500 || status == 429;
    if (says_nothing || status == 401 || status == 403) complain_("Stripe answered " + std::to_string(status));
    if (status == 429) throw ServiceError(ErrorCode::RateLimited);
    if (status >= 500) throw std::runtime_error("Stripe answered " + std::to_string(status));
    waiting.answered = true;
    co_return std::move(outcome.response);
}

}  // namespace matinee::live
