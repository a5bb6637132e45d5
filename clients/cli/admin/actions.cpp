#include "clients/cli/admin/actions.hpp"

#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iostream>
#include <iterator>
#include <random>
#include <sstream>

#include "clients/cli/layout.hpp"
#include "reports/format.hpp"
#include "system/base/encoding.hpp"
#include "system/base/errors.hpp"

namespace matinee::cli {

namespace {

const std::string kTitles = "/api/v1/admin/titles";

/// An id as it may stand in a path. What it cannot be is refused here, before it becomes another address.
std::string in_path(const std::string& id) {
    const auto is_plain = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    };
    if (id.empty() || id.size() > 64 || !std::all_of(id.begin(), id.end(), is_plain))
        throw InputError({"command line", "ID", "`" + id + "`", "letters, digits, - and _", ""});
    return id;
}

std::string document_in(const std::string& file) {
    std::ostringstream text;
    if (file == "-") {
        text << std::cin.rdbuf();
    } else {
        std::ifstream stream(file, std::ios::binary);
        if (!stream || !(text << stream.rdbuf()))
            throw InputError({file, "", "a file that cannot be read", "a JSON document, or - for standard input", ""});
    }
    try {
        if (Json::parse(text.str()).object() != nullptr) return text.str();
    } catch (const JsonError& error) {
        throw InputError({file, "byte " + std::to_string(error.offset), error.what(), "JSON", ""});
    }
    throw InputError({file, "", "JSON that is no object", "an object", "matinee admin titles show ID --json"});
}

std::string shown(const Json& value) {
    if (value.text() != nullptr) return reports::clean_text(*value.text());
    if (value.array() == nullptr) return reports::clean_text(to_text(value));
    std::string all;
    for (const Json& item : *value.array()) all += (all.empty() ? "" : ", ") + shown(item);
    return all;
}

/// A field a line; those that say nothing are left out.
void print_fields(const Json& object) {
    if (object.object() == nullptr) return;
    size_t widest = 0;
    for (const auto& [name, value] : *object.object()) widest = std::max(widest, name.size());
    for (const auto& [name, value] : *object.object())
        if (const std::string text = shown(value); !text.empty() && !value.is_null())
            std::cout << entry(reports::clean_text(name), text, widest + 2);
}

void print(const AdminTask& task, const Json& data) {
    if (task.json)
        std::cout << to_text(data) << '\n';
    else
        print_fields(data);
}

std::string text_of(const Json& object, std::string_view name) {
    const Json* const found = object.find(name);
    return found == nullptr ? "" : shown(*found);
}

AdminClient::Headers if_match(const std::string& version) { return {{"If-Match", "\"" + version + "\""}}; }

std::optional<std::string> version_given(const AdminTask& task) {
    const auto version = task.options.number("--version", 0, INT64_MAX);
    if (!version) return std::nullopt;
    return std::to_string(*version);
}

void list_titles(const AdminTask& task) {
    const uint64_t limit = task.options.number("--limit", 1, 1000).value_or(50);
    std::string target = kTitles + "?limit=" + std::to_string(limit);
    if (const auto after = task.options.value("--after")) target += "&after=" + in_path(*after);
    const Json page = task.server.call("GET", target);
    if (task.json) return print(task, page);
    const Json* const titles = page.find("titles");
    if (titles == nullptr || titles->array() == nullptr) return;
    std::string last;
    for (const Json& row : *titles->array()) {
        last = text_of(row, "title_id");
        // The list names ids and versions only: the rest is asked for one by one, over the same connection.
        const Json title = task.server.call("GET", kTitles + "/" + in_path(last));
        std::cout << reports::left(last, 26) << "  v" << reports::left(text_of(row, "version"), 4) << ' '
                  << reports::left(text_of(title, "type"), 8) << ' ' << text_of(title, "title") << '\n';
    }
    const Json* const more = page.find("has_more");
    if (more != nullptr && more->flag() != nullptr && *more->flag())
        std::cout << "more: matinee admin titles list --after " << last << '\n';
}

void show_title(const AdminTask& task) { print(task, task.server.call("GET", kTitles + "/" + in_path(task.words[0]))); }

void create_title(const AdminTask& task) {
    const Json title = task.server.call("POST", kTitles, document_in(task.words[0]));
    if (task.json) return print(task, title);
    std::cout << "created " << text_of(title, "title_id") << ", version " << text_of(title, "version") << '\n';
}

void update_title(const AdminTask& task) {
    AdminClient::Headers headers;  // else the version in the document says what it replaces
    if (const auto version = version_given(task)) headers = if_match(*version);
    const std::string id = in_path(task.words[0]);
    const Json title = task.server.call("PUT", kTitles + "/" + id, document_in(task.words[1]), headers);
    if (task.json) return print(task, title);
    std::cout << "updated " << id << ", now version " << text_of(title, "version") << '\n';
}

void delete_title(const AdminTask& task) {
    const std::string id = in_path(task.words[0]), target = kTitles + "/" + id;
    std::optional<std::string> version = version_given(task);
    if (!version) version = text_of(task.server.call("GET", target), "version");
    const Json nothing = task.server.call("DELETE", target, "", if_match(*version));
    if (task.json) return print(task, nothing);
    std::cout << "deleted " << id << ", which was version " << *version << '\n';
}

std::string fresh_key() {
    std::random_device device;
    std::string bytes;
    for (int i = 0; i < 16; ++i) bytes += char(device());
    return "admin-" + to_hex(bytes);
}

void refund(const AdminTask& task) {
    JsonOut body;
    body.object().text("payment_id", task.words[0]);
    if (const auto amount = task.options.number("--amount-minor", 1, 1'000'000'000'000))
        body.integer("amount_minor", int64_t(*amount));
    if (const auto reason = task.options.value("--reason")) body.text("reason", *reason);
    // One key for one intention: who hears nothing repeats it with the same, and money goes back once.
    const std::string key = task.options.value("--key").value_or(fresh_key());
    try {
        print(task, task.server.call("POST", "/api/v1/admin/refunds", body.end().take(), {{"Idempotency-Key", key}}));
    } catch (const MachineError& error) {
        throw MachineError(std::string(error.what()) +
                           "\n  Whether the money went back is unknown. Repeat it with --key " + key);
    }
}

void show_ledger(const AdminTask& task) {
    const Json ledger = task.server.call("GET", "/api/v1/admin/ledger");
    if (task.json) return print(task, ledger);
    const Json* const accounts = ledger.find("accounts");
    if (accounts != nullptr && accounts->array() != nullptr)
        for (const Json& account : *accounts->array())
            std::cout << reports::left(text_of(account, "account"), 40) << ' '
                      << reports::right(text_of(account, "balance_minor"), 16) << ' ' << text_of(account, "currency")
                      << '\n';
    std::cout << "balanced: " << text_of(ledger, "balanced") << ", of " << text_of(ledger, "entries_checked")
              << " entries\n";
    if (const std::string wrong = text_of(ledger, "wrong"); !wrong.empty()) std::cout << "wrong: " << wrong << '\n';
}

/// The figures of OpenMetrics text that have no labels, by their help texts.
Json plain_figures(const std::string& metrics) {
    Json::Object figures;
    std::istringstream lines(metrics);
    std::string help;
    for (std::string line; std::getline(lines, line);) {
        static constexpr std::string_view kHelp = "# HELP ";
        const size_t blank = line.find(' ', line.starts_with(kHelp) ? kHelp.size() : 0);
        if (blank == std::string::npos) continue;
        if (line.starts_with(kHelp))
            help = line.substr(blank + 1);
        else if (line[0] != '#' && line.find('{') == std::string::npos && !help.empty())
            figures.emplace_back(std::exchange(help, {}), Json(line.substr(blank + 1)));
    }
    return Json(std::move(figures));
}

void show_status(const AdminTask& task) {
    const AdminClient::Answer live = task.server.ask("GET", "/livez"), ready = task.server.ask("GET", "/readyz");
    const Json figures = plain_figures(task.server.ask("GET", "/metrics").body);
    if (task.json) {
        JsonOut out;
        out.object().flag("live", live.status == 200).flag("ready", ready.status == 200);
        std::cout << out.key("figures").value(figures).end().take() << '\n';
        return;
    }
    std::cout << (live.status == 200 ? "alive" : "NOT ALIVE") << ", " << (ready.status == 200 ? "ready" : "NOT READY")
              << '\n';
    print_fields(figures);
}

}  // namespace

std::span<const AdminAction> admin_actions() {
    static constexpr AdminAction all[] = {
        {"ledger", "", 0, true, show_ledger},           {"refund", "PAYMENT_ID", 1, true, refund},
        {"status", "", 0, false, show_status},          {"titles create", "FILE", 1, true, create_title},
        {"titles delete", "ID", 1, true, delete_title}, {"titles list", "", 0, true, list_titles},
        {"titles show", "ID", 1, true, show_title},     {"titles update", "ID FILE", 2, true, update_title},
    };
    return all;
}

}  // namespace matinee::cli
