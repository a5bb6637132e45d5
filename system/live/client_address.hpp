// Whose request it is, where proxies stand in between: the nearest address that is no proxy of ours.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "system/gateway/http.hpp"

namespace matinee::live {

/// Whether it is one of IPv4 or IPv6.
bool is_address(const std::string& text);

/// Proxies whose X-Forwarded-For and X-Forwarded-Proto are believed.
class TrustedProxies {
public:
    TrustedProxies() = default;
    /// "10.0.0.0/8, 192.0.2.1, 2001:db8::/32"; empty: none. Throws std::invalid_argument with what is wrong.
    explicit TrustedProxies(const std::string& networks);

    bool empty() const { return networks_.empty(); }
    bool trusts(const std::string& address) const;
    /// From the right of X-Forwarded-For, where the nearest proxy wrote, to the first address that is not trusted. What
    /// a client wrote itself stands further left and is never reached. `peer` is who is at the other end of the
    /// connection; where something in the header is no address, the one before it.
    std::string client_of(const std::string& peer, const gateway::Request& request) const;
    /// Whether the client reached a proxy by TLS, as that proxy says.
    bool came_securely(const std::string& peer, const gateway::Request& request) const;

private:
    struct Network {
        std::string bytes;  ///< 4 or 16
        size_t bits = 0;
    };
    std::vector<Network> networks_;
};

}  // namespace matinee::live
