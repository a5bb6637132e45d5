#include "system/live/link.hpp"

#include <openssl/ssl.h>

#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <utility>

#include "system/base/errors.hpp"

namespace matinee::live {

namespace asio = boost::asio;
namespace ssl = asio::ssl;

namespace {

/// Waits until there is something to read before it says where to: thousands of idle connections share one buffer.
class PlainLink : public Link {
public:
    PlainLink(Socket socket, std::string& scratch) : socket_(std::move(socket)), scratch_(scratch) {
        Error ignored;
        socket_.non_blocking(true, ignored);
    }

    void open(OnDone done) override { done({}); }

    void read(OnBytes done) override {
        socket_.async_wait(Socket::wait_read, [this, done = std::move(done)](Error error) {
            if (error) return done(error, {});
            const size_t got = socket_.read_some(asio::buffer(scratch_), error);
            if (error == asio::error::would_block) return read(done);
            done(error, std::string_view(scratch_).substr(0, got));
        });
    }

    void write(std::string_view text, OnDone done) override {
        Error error;
        const size_t sent = socket_.write_some(asio::buffer(text.data(), text.size()), error);
        if (error == asio::error::would_block) error = {};
        if (error || sent == text.size()) return done(error);
        asio::async_write(socket_, asio::buffer(text.data() + sent, text.size() - sent),
                          [done = std::move(done)](const Error& failed, size_t) { done(failed); });
    }

    void finish(OnDone done) override {
        Error error;
        socket_.shutdown(Socket::shutdown_send, error);
        done(error);
    }
    void close() override {
        Error ignored;
        socket_.close(ignored);
    }

private:
    Socket socket_;
    std::string& scratch_;
};

class TlsLink : public Link {
public:
    TlsLink(Socket socket, std::shared_ptr<ssl::context> context)
        : context_(std::move(context)), stream_(std::move(socket), *context_), buffer_(kBuffer, '\0') {}

    void open(OnDone done) override {
        stream_.async_handshake(ssl::stream_base::server,
                                [done = std::move(done)](const Error& error) { done(error); });
    }
    void read(OnBytes done) override {
        stream_.async_read_some(asio::buffer(buffer_), [this, done = std::move(done)](const Error& error, size_t got) {
            done(error, std::string_view(buffer_).substr(0, got));
        });
    }
    void write(std::string_view text, OnDone done) override {
        asio::async_write(stream_, asio::buffer(text.data(), text.size()),
                          [done = std::move(done)](const Error& error, size_t) { done(error); });
    }
    void finish(OnDone done) override {
        stream_.async_shutdown([done = std::move(done)](const Error&) { done(asio::error::shut_down); });
    }
    void close() override {
        Error ignored;
        stream_.next_layer().close(ignored);
    }

private:
    static constexpr size_t kBuffer = 4096;
    std::shared_ptr<ssl::context> context_;  // a new certificate leaves open connections alone
    ssl::stream<Socket> stream_;
    std::string buffer_;
};

}  // namespace

std::unique_ptr<Link> plain_link(Link::Socket socket, std::string& scratch) {
    return std::make_unique<PlainLink>(std::move(socket), scratch);
}

std::unique_ptr<Link> tls_link(Link::Socket socket, std::shared_ptr<ssl::context> context) {
    return std::make_unique<TlsLink>(std::move(socket), std::move(context));
}

std::shared_ptr<ssl::context> tls_context(const std::string& certificate_file, const std::string& key_file) {
    auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
    boost::system::error_code error;
    const auto check = [&](const std::string& what) {
        if (error) throw MachineError("TLS: " + what + " cannot be used: " + error.message());
    };
    context->use_certificate_chain_file(certificate_file, error);
    check("the certificate " + certificate_file);
    context->use_private_key_file(key_file, ssl::context::pem, error);
    check("the key " + key_file);
    SSL_CTX* const native = context->native_handle();
    if (SSL_CTX_check_private_key(native) != 1)
        throw MachineError("TLS: the key " + key_file + " does not belong to the certificate " + certificate_file);
    SSL_CTX_set_min_proto_version(native, TLS1_3_VERSION);
    SSL_CTX_set_mode(native, SSL_MODE_RELEASE_BUFFERS);  // an idle connection gives its buffers back
    return context;
}

}  // namespace matinee::live
