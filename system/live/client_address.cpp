#include "system/live/client_address.hpp"

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <charconv>
#include <optional>
#include <stdexcept>

namespace matinee::live {

namespace {

namespace ip = boost::asio::ip;

std::string trimmed(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return std::string(text);
}

/// IPv4 inside IPv6 is IPv4.
std::optional<ip::address> address_of(const std::string& text) {
    boost::system::error_code error;
    const ip::address address = ip::make_address(text, error);
    if (error) return std::nullopt;
    if (address.is_v6() && address.to_v6().is_v4_mapped())
        return ip::address(ip::make_address_v4(ip::v4_mapped, address.to_v6()));
    return address;
}

std::string bytes_of(const ip::address& address) {
    const auto text = [](const auto& bytes) {
        return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    };
    return address.is_v4() ? text(address.to_v4().to_bytes()) : text(address.to_v6().to_bytes());
}

std::vector<std::string> parts_of(std::string_view list) {
    std::vector<std::string> parts;
    while (!list.empty()) {
        const size_t end = std::min(list.find(','), list.size());
        parts.push_back(trimmed(list.substr(0, end)));
        list.remove_prefix(std::min(end + 1, list.size()));
    }
    return parts;
}

}  // namespace

bool is_address(const std::string& text) { return address_of(text).has_value(); }

TrustedProxies::TrustedProxies(const std::string& networks) {
    for (const std::string& part : parts_of(networks)) {
        const size_t slash = std::min(part.find('/'), part.size());
        const std::optional<ip::address> address = address_of(part.substr(0, slash));
        if (!address) throw std::invalid_argument("`" + part + "` is no address or network");
        Network network{bytes_of(*address), 0};
        const size_t most = network.bytes.size() * 8;
        network.bits = most;
        if (slash < part.size()) {
            const char* const last = part.data() + part.size();
            const auto [end, error] = std::from_chars(part.data() + slash + 1, last, network.bits);
            if (error != std::errc() || end != last || network.bits > most)
                throw std::invalid_argument("`" + part + "` has no number of bits up to " + std::to_string(most));
        }
        networks_.push_back(std::move(network));
    }
}

bool TrustedProxies::trusts(const std::string& text) const {
    const std::optional<ip::address> address = address_of(text);
    if (!address) return false;
    const std::string bytes = bytes_of(*address);
    return std::any_of(networks_.begin(), networks_.end(), [&](const Network& network) {
        if (network.bytes.size() != bytes.size()) return false;
        for (size_t bit = 0; bit < network.bits; ++bit)
            if (((network.bytes[bit / 8] ^ bytes[bit / 8]) & (0x80 >> (bit % 8))) != 0) return false;
        return true;
    });
}

std::string TrustedProxies::client_of(const std::string& peer, const gateway::Request& request) const {
    if (networks_.empty() || !trusts(peer)) return peer;
    std::vector<std::string> chain;
    for (const gateway::Header& header : request.headers)
        if (header.name == "x-forwarded-for")
            for (std::string& part : parts_of(header.value)) chain.push_back(std::move(part));
    std::string nearest = peer;
    for (size_t i = chain.size(); i-- > 0;) {
        const std::optional<ip::address> address = address_of(chain[i]);
        if (!address) return nearest;
        nearest = address->to_string();
        if (!trusts(nearest)) return nearest;
    }
    return nearest;
}

bool TrustedProxies::came_securely(const std::string& peer, const gateway::Request& request) const {
    const std::string* const scheme = request.header("x-forwarded-proto");
    return scheme != nullptr && *scheme == "https" && trusts(peer);
}

}  // namespace matinee::live
