#include "system/live/http_server.hpp"

#include <algorithm>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <chrono>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "system/base/errors.hpp"
#include "system/gateway/http_text.hpp"

namespace matinee::live {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;
using boost::system::error_code;

class Connection;

struct HttpServer::State {
    State(EventLoop& l, gateway::Gateway& g, const ServerLimits& lim) : loop(l), gateway(g), limits(lim) {}
    void accept();
    void forget(Connection* connection);

    EventLoop& loop;
    gateway::Gateway& gateway;
    ServerLimits limits;
    tcp::acceptor acceptor{loop.context()};
    asio::steady_timer patience{loop.context()};
    std::unordered_map<Connection*, std::shared_ptr<Connection>> connections;
    bool draining = false;
    std::function<void()> drained;
};

namespace {

std::chrono::nanoseconds after(TimeNs duration) { return std::chrono::nanoseconds(duration); }

/// What the parser's error says to the client; nothing where there is nobody to say it to.
std::optional<ErrorCode> refusal_of(const error_code& error) {
    if (error == http::error::body_limit) return ErrorCode::PayloadTooLarge;
    if (error == http::error::header_limit || error == http::error::buffer_overflow) return ErrorCode::HeadersTooLarge;
    if (error == http::error::end_of_stream || error == http::error::partial_message) return std::nullopt;
    static const error_code any_parse_error = http::make_error_code(http::error::bad_method);
    if (error.category() == any_parse_error.category()) return ErrorCode::MalformedRequest;
    return std::nullopt;
}

}  // namespace

/// One client. The server's list owns it until it closes; the operations that are under way hold it a little longer.
class Connection : public std::enable_shared_from_this<Connection> {
public:
    Connection(HttpServer::State& server, tcp::socket socket) : server_(server), stream_(std::move(socket)) {}

    void start() {
        error_code ignored;
        stream_.socket().set_option(tcp::no_delay(true), ignored);
        read_header(server_.limits.first_header);
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
        error_code ignored;
        stream_.socket().close(ignored);
        server_.forget(this);
    }

private:
    using Parser = http::request_parser<http::string_body>;

    void read_header(TimeNs patience) {
        idle_ = buffer_.size() == 0;
        if (idle_) buffer_.shrink_to_fit();  // thousands wait here
        parser_.emplace();
        parser_->header_limit(server_.limits.header_bytes);
        parser_->body_limit(server_.limits.body_bytes);
        stream_.expires_after(after(patience));
        http::async_read_header(
            stream_, buffer_, *parser_,
            [self = shared_from_this()](const error_code& error, size_t) { self->on_header(error); });
    }

    void on_header(const error_code& error) {
        idle_ = false;
        if (error) return refuse(error);
        stream_.expires_after(after(server_.limits.body));
        if (!beast::iequals(parser_->get()[http::field::expect], "100-continue")) return read_body();
        const std::optional<uint64_t> length =
            parser_->content_length() ? std::optional<uint64_t>(*parser_->content_length()) : std::nullopt;
        if (length && *length > server_.limits.body_bytes)
            return refuse(http::make_error_code(http::error::body_limit));
        out_ = "HTTP/1.1 100 Continue\r\n\r\n";
        asio::async_write(stream_, asio::buffer(out_), [self = shared_from_this()](const error_code& failed, size_t) {
            if (failed) return self->close();
            self->read_body();
        });
    }

    void read_body() {
        if (parser_->is_done()) return on_request({});
        http::async_read(stream_, buffer_, *parser_,
                         [self = shared_from_this()](const error_code& error, size_t) { self->on_request(error); });
    }

    void on_request(const error_code& error) {
        if (error) return refuse(error);
        keep_alive_ = parser_->keep_alive() && !server_.draining;
        gateway::Request request = gateway::request_from(parser_->release());
        parser_.reset();
        is_head_ = request.method == "HEAD";
        if (request.header("host") == nullptr) {
            keep_alive_ = false;
            return write(server_.gateway.refusal(ErrorCode::MalformedRequest, "a request names its host once"));
        }
        stream_.expires_never();
        running_ = answer(std::move(request));  // the one before is done
        running_.start();
    }

    Task<> answer(gateway::Request request) {
        const gateway::Response response = co_await server_.gateway.handle(std::move(request));
        write(response);
    }

    void write(const gateway::Response& response) {
        keep_alive_ = keep_alive_ && !server_.draining;
        out_ = gateway::http_text(response, keep_alive_, !is_head_, server_.loop.now());
        stream_.expires_after(after(server_.limits.body));
        asio::async_write(stream_, asio::buffer(out_), [self = shared_from_this()](const error_code& error, size_t) {
            self->out_ = std::string();
            if (error) return self->close();
            if (!self->keep_alive_ || self->server_.draining) return self->linger();
            self->read_header(self->server_.limits.idle);
        });
    }

    void refuse(const error_code& error) {
        const std::optional<ErrorCode> code = refusal_of(error);
        if (!code) return close();
        keep_alive_ = false;
        is_head_ = false;
        write(server_.gateway.refusal(*code, ""));
    }

    /// Closing with unread bytes would reset the connection, and the client might never see the answer: says that
    /// nothing follows, and reads what still comes, for two seconds and a megabyte at most.
    void linger() {
        error_code ignored;
        stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
        buffer_.consume(buffer_.size());
        parser_.reset();
        stream_.expires_after(std::chrono::seconds(2));
        discard();
    }
    void discard() {
        static constexpr size_t kChunk = 4096;
        stream_.async_read_some(buffer_.prepare(kChunk),
                                [self = shared_from_this()](const error_code& error, size_t got) {
                                    self->discarded_ += got;
                                    if (error || self->discarded_ > (1u << 20)) return self->close();
                                    self->discard();
                                });
    }

    HttpServer::State& server_;
    beast::tcp_stream stream_;
    beast::flat_buffer buffer_;
    std::optional<Parser> parser_;
    std::string out_;
    Task<> running_;
    size_t discarded_ = 0;
    bool idle_ = true;
    bool keep_alive_ = true;
    bool is_head_ = false;
};

void HttpServer::State::accept() {
    acceptor.async_accept([this](const error_code& error, tcp::socket socket) {
        if (error == asio::error::operation_aborted) return;
        if (!error && connections.size() < limits.connections) {
            const auto connection = std::make_shared<Connection>(*this, std::move(socket));
            connections.emplace(connection.get(), connection);
            connection->start();
        }
        if (error != asio::error::no_descriptors) return accept();
        // Out of file descriptors: wait until some are closed instead of spinning.
        patience.expires_after(std::chrono::milliseconds(100));
        patience.async_wait([this](const error_code& stopped) {
            if (!stopped && !draining) accept();
        });
    });
}

void HttpServer::State::forget(Connection* connection) {
    connections.erase(connection);
    if (draining && connections.empty() && drained) {
        patience.cancel();
        loop.post(std::exchange(drained, {}));
    }
}

HttpServer::HttpServer(EventLoop& loop, gateway::Gateway& gateway, const ServerLimits& limits)
    : state_(std::make_shared<State>(loop, gateway, limits)) {}

HttpServer::~HttpServer() {
    error_code ignored;
    state_->acceptor.close(ignored);
    state_->draining = true;
    state_->drained = {};
    const auto open = std::exchange(state_->connections, {});
    for (const auto& [key, connection] : open) connection->abandon();
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
    return acceptor.local_endpoint().port();
}

void HttpServer::drain(TimeNs patience, std::function<void()> done) {
    State& state = *state_;
    state.draining = true;
    error_code ignored;
    state.acceptor.close(ignored);
    if (state.connections.empty()) return state.loop.post(std::move(done));
    state.drained = std::move(done);
    state.patience.expires_after(after(patience));
    state.patience.async_wait([&state](const error_code& stopped) {
        if (!stopped && state.drained) state.loop.post(std::exchange(state.drained, {}));
    });
    std::vector<std::shared_ptr<Connection>> open;
    for (const auto& [key, connection] : state.connections) open.push_back(connection);
    for (const std::shared_ptr<Connection>& connection : open) connection->finish();
}

size_t HttpServer::connections() const { return state_->connections.size(); }

}  // namespace matinee::live
