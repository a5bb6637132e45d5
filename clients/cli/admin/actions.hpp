// What `matinee admin` can do, as a table: its words, and what they need.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "clients/cli/admin/admin_client.hpp"
#include "clients/cli/arguments.hpp"

namespace matinee::cli {

struct AdminTask {
    AdminClient& server;
    const Arguments& options;
    std::vector<std::string> words;  ///< behind the action's own
    bool json = false;               ///< print what the server says as one JSON document
};

struct AdminAction {
    std::string_view name;   ///< one word, or two: "titles list"
    std::string_view words;  ///< "ID FILE"
    size_t word_count;
    bool needs_token;
    void (*run)(const AdminTask& task);
};

/// In the order of their names.
std::span<const AdminAction> admin_actions();

}  // namespace matinee::cli
