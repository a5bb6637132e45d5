#include "system/gateway/router.hpp"

#include <algorithm>
#include <stdexcept>

namespace matinee::gateway {

std::vector<std::string> pattern_segments(const std::string& pattern) {
    std::vector<std::string> segments;
    for (size_t at = 1; at < pattern.size();) {
        const size_t end = std::min(pattern.find('/', at), pattern.size());
        segments.push_back(pattern.substr(at, end - at));
        at = end + 1;
    }
    return segments;
}

Router::Router(const std::vector<Route>& routes) {
    for (const Route& route : routes) add(route);
}

void Router::add(const Route& route) {
    Node* node = &root_;
    for (const std::string& segment : pattern_segments(route.pattern)) {
        std::unique_ptr<Node>& next = is_parameter(segment) ? node->parameter : node->literals[segment];
        if (!next) next = std::make_unique<Node>();
        node = next.get();
    }
    if (!node->methods.emplace(route.method, &route).second)
        throw std::logic_error("two routes for " + route.method + " " + route.pattern);
    if (route.pattern.find('{') == std::string::npos) literal_paths_.emplace(route.pattern, node);
}

const Route* Router::find_literal(const std::string& method, std::string_view target) const {
    const auto path = literal_paths_.find(target.substr(0, target.find('?')));
    if (path == literal_paths_.end()) return nullptr;
    const auto found = path->second->methods.find(method);
    return found == path->second->methods.end() ? nullptr : found->second;
}

Router::Match Router::find(const std::string& method, const std::vector<std::string>& segments) const {
    Match match;
    const Node* node = &root_;
    std::vector<const std::string*> values;
    for (const std::string& segment : segments) {
        const auto literal = node->literals.find(segment);
        if (literal == node->literals.end() && !node->parameter) return match;
        if (literal == node->literals.end()) values.push_back(&segment);
        node = literal != node->literals.end() ? literal->second.get() : node->parameter.get();
    }
    const auto found = node->methods.find(method);
    if (found == node->methods.end()) {
        for (const auto& [name, route] : node->methods) match.allowed.push_back(name);
        return match;
    }
    match.route = found->second;
    match.path.reserve(values.size());
    std::string_view pattern = match.route->pattern;
    for (const std::string* const value : values) {
        pattern.remove_prefix(pattern.find('{') + 1);
        match.path.emplace_back(pattern.substr(0, pattern.find('}')), *value);
    }
    return match;
}

}  // namespace matinee::gateway
