// One end of a connection: bytes in, bytes out, in the clear or through TLS. Its owner has one read and one write under
// way at most. (Asio and OpenSSL: for .cpp files of this room.)
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace matinee::live {

class Link {
public:
    using Error = boost::system::error_code;
    using Socket = boost::asio::ip::tcp::socket;
    using OnBytes = std::function<void(const Error&, std::string_view)>;
    using OnDone = std::function<void(const Error&)>;

    virtual ~Link() = default;
    /// What has to happen before the first byte. Like all of these, it may call back before it returns.
    virtual void open(OnDone done) = 0;
    /// Waits for bytes, with little memory; the view is good during the call back only.
    virtual void read(OnBytes done) = 0;
    /// Sends all of the text, which stays where it is until then.
    virtual void write(std::string_view text, OnDone done) = 0;
    /// Says that nothing follows. Calls back with an error where there is nothing to read on for.
    virtual void finish(OnDone done) = 0;
    /// At once; what is under way is called back with an error.
    virtual void close() = 0;
};

/// `scratch` is shared by the links of a loop.
std::unique_ptr<Link> plain_link(Link::Socket socket, std::string& scratch);
std::unique_ptr<Link> tls_link(Link::Socket socket, std::shared_ptr<boost::asio::ssl::context> context);

/// TLS 1.3 with the certificate chain and the key of two PEM files. Throws MachineError.
std::shared_ptr<boost::asio::ssl::context> tls_context(const std::string& certificate_file,
                                                       const std::string& key_file);

}  // namespace matinee::live
