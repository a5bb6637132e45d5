// A socket that sends what no HTTP library would.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <stdexcept>
#include <string>
#include <string_view>

namespace matinee::live {

class Socket {
public:
    explicit Socket(uint16_t port) : descriptor_(::socket(AF_INET, SOCK_STREAM, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        if (::connect(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
            throw std::runtime_error("cannot connect");
    }
    ~Socket() { ::close(descriptor_); }
    Socket(const Socket&) = delete;
    Socket& operator=(const Socket&) = delete;

    void send(std::string_view text) const {
        while (!text.empty()) {
            const ssize_t sent = ::send(descriptor_, text.data(), text.size(), MSG_NOSIGNAL);
            if (sent <= 0) return;  // the server closed: the answer says why
            text.remove_prefix(size_t(sent));
        }
    }
    /// Everything until the server closes, or until nothing came for so long.
    std::string read_all(int patience_ms = 3000) const {
        std::string all;
        char buffer[4096];
        pollfd waiting{descriptor_, POLLIN, 0};
        while (::poll(&waiting, 1, patience_ms) > 0) {
            const ssize_t got = ::recv(descriptor_, buffer, sizeof buffer, 0);
            if (got <= 0) return all + "<closed>";
            all.append(buffer, size_t(got));
        }
        return all;
    }
    /// Until the text has come; what came. Empty where it does not within three seconds.
    std::string read_until(std::string_view text) const {
        std::string all;
        char byte = 0;
        pollfd waiting{descriptor_, POLLIN, 0};
        while (::poll(&waiting, 1, 3000) > 0 && ::recv(descriptor_, &byte, 1, 0) == 1) {
            all += byte;
            if (all.ends_with(text)) return all;
        }
        return "";
    }

    int descriptor() const { return descriptor_; }

private:
    int descriptor_;
};

}  // namespace matinee::live
