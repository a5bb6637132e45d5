#include "system/live/http_server.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <utility>
#include <vector>

#include "system/base/errors.hpp"
#include "system/base/time_text.hpp"
#include "system/gateway/http_text.hpp"
#include "system/live/link.hpp"
#include "system/live/request_reader.hpp"

namespace matinee::live {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

class Connection;

struct HttpServer::State {
    State(EventLoop& l, gateway::Gateway& g, const ServerLimits& lim, const TrustedProxies& p)
        : loop(l), gateway(g), limits(lim), proxies(p), scratch(kScratch, '\0') {}
    void accept();
    void welcome(tcp::socket socket);
    void forget(Connection* connection);
    void send_soon(std::shared_ptr<Connection> connection);
    void send_all();
    void watch();
    std::string_view date();

    /// How often it looks whose patience is at an end: one timer for all instead of one each, set again at every step.
    static constexpr auto kWatch = std::chrono::milliseconds(200);
    static constexpr size_t kScratch = 64 * 1024;

    EventLoop& loop;
    gateway::Gateway& gateway;
    ServerLimits limits;
    TrustedProxies proxies;
    std::shared_ptr<asio::ssl::context> tls;
    std::string scratch;
    tcp::acceptor acceptor{loop.context()};
    asio::steady_timer patience{loop.context()};
    asio::steady_timer watcher{loop.context()};
    std::vector<std::shared_ptr<Connection>> connections;  ///< each knows its place
    std::vector<std::shared_ptr<Connection>> to_send;      ///< have an answer for the end of this turn
    uint64_t accepted = 0, turned_away = 0;
    int64_t date_second = -1;
    std::string date_text;
    bool draining = false;
    std::function<void()> drained;
};

/// One client. The server's list owns it until it closes; the operations that are under way hold it a little longer.
class Connection : public std::enable_shared_from_this<Connection> {
public:
    Connection(HttpServer::State& server, std::unique_ptr<Link> link, std::string peer)
        : server_(server),
          link_(std::move(link)),
          peer_(std::move(peer)),
          reader_(server.limits.header_bytes, server.limits.body_bytes) {}

    size_t place = 0;  ///< in the server's list

    void start() {
        expires_after(server_.limits.first_header);
        link_->open([self = shared_from_this()](const error_code& error) {
            if (error) return self->close();
            self->read();
        });
    }
    /// For the end of the server: at once where no request is under way, else after its answer.
    void finish() {
        if (idle_) close();
    }
    /// For the end of the process: whatever runs never comes back. (Cancelled operations keep the object until their
    /// loop ends, and by then what the task waits for is gone.)
    void abandon() {
        running_.reset();
        close();
    }
    void close() {
        if (std::exchange(closed_, true)) return;
        link_->close();
        server_.forget(this);
    }
    bool is_late(TimeNs now) const { return now >= expires_at_; }
    /// The answer that write() prepared.
    void send() {
        if (closed_) return;
        link_->write(out_, [self = shared_from_this()](const error_code& error) { self->on_written(error); });
    }

private:
    void expires_after(TimeNs patience) { expires_at_ = server_.loop.now() + patience; }

    void read() {
        link_->read([self = shared_from_this()](const error_code& error, std::string_view bytes) {
            if (error) return self->close();
            self->on_bytes(bytes);
        });
    }

    void on_bytes(std::string_view bytes) {
        if (left_.empty()) return feed(bytes);
        left_.append(bytes);
        const std::string all = std::exchange(left_, {});
        feed(all);
    }

    void feed(std::string_view bytes) {
        idle_ = false;
        using State = RequestReader::State;
        const State before = reader_.state();
        for (size_t size = 0; size != bytes.size() && !bytes.empty();) {
            size = bytes.size();
            const State state = reader_.feed(bytes);
            if (state != State::Header && state != State::Body) break;
        }
        left_ = bytes;
        switch (reader_.state()) {
            case State::Header:
            case State::Ended:
                return read();
            case State::Body:
                if (before != State::Body) expires_after(server_.limits.body);
                return read();
            case State::Continue:
                return send_continue();
            case State::Refused:
                keep_alive_ = false;
                is_head_ = false;
                return write(server_.gateway.refusal(reader_.why(), ""));
            case State::Done:
                return on_request();
        }
    }

    void send_continue() {
        expires_after(server_.limits.body);
        out_ = "HTTP/1.1 100 Continue\r\n\r\n";
        link_->write(out_, [self = shared_from_this()](const error_code& error) {
            if (error) return self->close();
            self->go_on();
        });
    }

    /// With what is left of the bytes that came.
    void go_on() {
        if (left_.empty()) return read();
        const std::string left = std::exchange(left_, {});
        feed(left);
    }

    void on_request() {
        gateway::Request request = reader_.take();
        keep_alive_ = reader_.keep_alive();
        is_head_ = request.method == "HEAD";
        request.client = server_.proxies.empty() ? peer_ : server_.proxies.client_of(peer_, request);
        request.is_secure = server_.tls != nullptr || server_.proxies.came_securely(peer_, request);
        expires_at_ = kNever;                   // the gateway has deadlines of its own
        running_ = answer(std::move(request));  // the one before is done
        running_.start();
    }

    Task<> answer(gateway::Request request) {
        const gateway::Response response = co_await server_.gateway.handle(std::move(request));
        write(response);
    }

    void write(const gateway::Response& response) {
        keep_alive_ = keep_alive_ && !server_.draining;
        out_.clear();
        gateway::append_http(out_, response, keep_alive_, !is_head_, server_.date());
        expires_after(server_.limits.body);
        server_.send_soon(shared_from_this());
    }

    void on_written(const error_code& error) {
        static constexpr size_t kKept = 4096;  // thousands wait
        if (out_.capacity() > kKept) out_ = std::string();
        if (error) return close();
        if (!keep_alive_ || server_.draining) return linger();
        expires_after(server_.limits.idle);
        idle_ = left_.empty();
        go_on();
    }

    /// Closing with unread bytes would reset the connection, and the client might never see the answer: says that
    /// nothing follows, and reads what still comes, for two seconds and a megabyte at most.
    void linger() {
        expires_after(2 * kSecond);
        link_->finish([self = shared_from_this()](const error_code& error) {
            if (error) return self->close();
            self->discard();
        });
    }
    void discard() {
        link_->read([self = shared_from_this()](const error_code& error, std::string_view bytes) {
            self->discarded_ += bytes.size();
            if (error || self->discarded_ > (1u << 20)) return self->close();
            self->discard();
        });
    }

    HttpServer::State& server_;
    std::unique_ptr<Link> link_;
    std::string peer_;
    RequestReader reader_;
    std::string left_;  ///< came, and is yet to be read
    std::string out_;
    Task<> running_;
    TimeNs expires_at_ = kNever;
    size_t discarded_ = 0;
    bool idle_ = true;
    bool keep_alive_ = true;
    bool is_head_ = false;
    bool closed_ = false;
};

void HttpServer::State::accept() {
    acceptor.async_accept([this](const error_code& error, tcp::socket socket) {
        if (error == asio::error::operation_aborted) return;
        if (!error) welcome(std::move(socket));
        if (!error || error == asio::error::connection_aborted) return accept();
        // Out of file descriptors or memory: wait until some is given back instead of spinning.
        patience.expires_after(std::chrono::milliseconds(100));
        patience.async_wait([this](const error_code& stopped) {
            if (!stopped && !draining) accept();
        });
    });
}

void HttpServer::State::welcome(tcp::socket socket) {
    if (connections.size() >= limits.connections) {
        ++turned_away;
        return;
    }
    error_code error;
    const tcp::endpoint peer = socket.remote_endpoint(error);
    if (error) return;  // gone already
    socket.set_option(tcp::no_delay(true), error);
    asio::ip::address address = peer.address();
    if (address.is_v6() && address.to_v6().is_v4_mapped())
        address = asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
    std::unique_ptr<Link> link = tls ? tls_link(std::move(socket), tls) : plain_link(std::move(socket), scratch);
    const auto connection = std::make_shared<Connection>(*this, std::move(link), address.to_string());
    connection->place = connections.size();
    connections.push_back(connection);
    ++accepted;
    connection->start();
}

void HttpServer::State::forget(Connection* connection) {
    if (connection->place >= connections.size() || connections[connection->place].get() != connection) return;
    connections.back()->place = connection->place;
    const std::shared_ptr<Connection> gone = std::exchange(connections[connection->place], connections.back());
    connections.pop_back();
    if (draining && connections.empty() && drained) {
        patience.cancel();
        loop.post(std::exchange(drained, {}));
    }
}

/// Answers go out together, behind the requests that were ready with theirs: waking a client costs as much as answering
/// it, and one that is still reading the answer before needs no waking. It is also the turn in which nothing of a
/// request is left below its connection, which may therefore close or begin the next.
void HttpServer::State::send_soon(std::shared_ptr<Connection> connection) {
    to_send.push_back(std::move(connection));
    if (to_send.size() == 1) loop.post([this] { send_all(); });
}

void HttpServer::State::send_all() {
    const std::vector<std::shared_ptr<Connection>> ready = std::exchange(to_send, {});
    for (const std::shared_ptr<Connection>& connection : ready) connection->send();
}

void HttpServer::State::watch() {
    watcher.expires_after(kWatch);
    watcher.async_wait([this](const error_code& error) {
        if (error) return;
        const TimeNs now = loop.now();
        for (size_t i = connections.size(); i-- > 0;)
            if (connections[i]->is_late(now)) connections[i]->close();  // the last takes its place, and was looked at
        watch();
    });
}

std::string_view HttpServer::State::date() {
    const TimeNs now = loop.now();
    if (now / kSecond != date_second) {
        date_second = now / kSecond;
        date_text = http_date(now);
    }
    return date_text;
}

HttpServer::HttpServer(EventLoop& loop, gateway::Gateway& gateway, const ServerLimits& limits,
                       const TrustedProxies& proxies)
    : state_(std::make_shared<State>(loop, gateway, limits, proxies)) {}

HttpServer::~HttpServer() {
    error_code ignored;
    state_->acceptor.close(ignored);
    state_->watcher.cancel();
    state_->draining = true;
    state_->drained = {};
    state_->to_send.clear();
    const auto open = std::exchange(state_->connections, {});
    for (const std::shared_ptr<Connection>& connection : open) connection->abandon();
}

void HttpServer::use_certificate(const std::string& certificate_file, const std::string& key_file) {
    state_->tls = tls_context(certificate_file, key_file);
}

uint16_t HttpServer::listen(const std::string& address, uint16_t port) {
    error_code error;
    const auto check = [&](const char* what) {
        if (error)
            throw MachineError(std::string("cannot ") + what + " " + address + " port " + std::to_string(port) + ": " +
                               error.message());
    };
    const asio::ip::address parsed = asio::ip::make_address(address, error);
    check("understand the address");
    const tcp::endpoint endpoint(parsed, port);
    tcp::acceptor& acceptor = state_->acceptor;
    acceptor.open(endpoint.protocol(), error);
    check("open a socket for");
    acceptor.set_option(tcp::acceptor::reuse_address(true), error);
    check("prepare the socket for");
    acceptor.bind(endpoint, error);
    check("bind to");
    acceptor.listen(asio::socket_base::max_listen_connections, error);
    check("listen on");
    state_->accept();
    state_->watch();
    return acceptor.local_endpoint().port();
}

void HttpServer::drain(TimeNs patience, std::function<void()> done) {
    State& state = *state_;
    state.draining = true;
    error_code ignored;
    state.acceptor.close(ignored);
    if (state.connections.empty()) return state.loop.post(std::move(done));
    state.drained = std::move(done);
    state.patience.expires_after(std::chrono::nanoseconds(patience));
    state.patience.async_wait([&state](const error_code& stopped) {
        if (!stopped && state.drained) state.loop.post(std::exchange(state.drained, {}));
    });
    const std::vector<std::shared_ptr<Connection>> open = state.connections;
    for (const std::shared_ptr<Connection>& connection : open) connection->finish();
}

size_t HttpServer::connections() const { return state_->connections.size(); }
uint64_t HttpServer::accepted() const { return state_->accepted; }
uint64_t HttpServer::turned_away() const { return state_->turned_away; }

}  // namespace matinee::live
