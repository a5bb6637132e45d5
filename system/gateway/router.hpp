// Finds the route of a path: a tree of segments, literals before parameters.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "system/gateway/route.hpp"

namespace matinee::gateway {

class Router {
public:
    struct Match {
        const Route* route = nullptr;
        std::vector<std::pair<std::string, std::string>> path;  ///< parameters and their values
        std::vector<std::string> allowed;  ///< methods of the path where none is the one asked for; empty: no such path
    };

    /// Throws std::logic_error where two rows answer one request. `routes` outlives it.
    explicit Router(const std::vector<Route>& routes);
    Match find(const std::string& method, const std::vector<std::string>& segments) const;
    /// The route whose pattern has no parameters and stands in the target as it is, which most requests ask for; else
    /// null, and `find` knows.
    const Route* find_literal(const std::string& method, std::string_view target) const;

private:
    struct Node {
        std::map<std::string, std::unique_ptr<Node>, std::less<>> literals;
        std::unique_ptr<Node> parameter;
        std::map<std::string, const Route*, std::less<>> methods;
    };
    void add(const Route& route);

    /// Looks up a std::string_view among std::strings.
    struct Hash : std::hash<std::string_view> {
        using is_transparent = void;
    };
    Node root_;
    std::unordered_map<std::string, const Node*, Hash, std::equal_to<>> literal_paths_;
};

/// The segments of a pattern; {name} stays as it is.
std::vector<std::string> pattern_segments(const std::string& pattern);
inline bool is_parameter(const std::string& segment) { return segment.starts_with('{'); }
inline std::string parameter_name(const std::string& segment) { return segment.substr(1, segment.size() - 2); }

}  // namespace matinee::gateway
