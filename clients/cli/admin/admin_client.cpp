#include "clients/cli/admin/admin_client.hpp"

#include <httplib.h>

#include <filesystem>

#include "reports/format.hpp"
#include "system/base/errors.hpp"
#include "system/live/config.hpp"

namespace matinee::cli {

namespace {

void check_url(const std::string& url) {
    if (!live::is_base_address(url))
        throw InputError({"command line", "--url", "`" + url + "`", "http:// or https://, a host and perhaps a port",
                          "http://127.0.0.1:8080"});
}

std::string text_at(const Json& json, std::string_view name) {
    const Json* const found = json.find(name);
    return found == nullptr || found->text() == nullptr ? "" : *found->text();
}

/// What a problem+json says in one line; other bodies as they are, shortened.
std::string reason_of(const AdminClient::Answer& answer) {
    std::string text = std::to_string(answer.status);
    try {
        const Json problem = Json::parse(answer.body);
        for (const char* name : {"code", "detail"})
            if (const std::string part = text_at(problem, name); !part.empty()) text += ", " + part;
        if (const std::string field = text_at(problem, "field"); !field.empty()) text += " (" + field + ")";
    } catch (const JsonError&) {
        text += " " + answer.body;
    }
    return reports::shortened(reports::clean_text(text), 300);
}

std::string way_out_of(int status) {
    if (status == 401) return "the server's admin_token, in --token-file or MATINEE_ADMIN_TOKEN";
    if (status == 412 || status == 409) return "it was changed meanwhile: look at it again";
    if (status == 404) return "matinee admin titles list";
    return "";
}

}  // namespace

AdminClient::AdminClient(const Settings& settings) : settings_(settings) {
    check_url(settings.url);
    client_ = std::make_unique<httplib::Client>(settings.url);
    client_->set_connection_timeout(5);
    client_->set_read_timeout(40);  // a refund waits for its provider
    client_->set_keep_alive(true);
    if (settings.ca_file.empty()) return;
    if (!std::filesystem::is_regular_file(settings.ca_file))
        throw InputError({"command line", "--ca-file", "`" + settings.ca_file + "`", "a PEM file", ""});
    client_->set_ca_cert_path(settings.ca_file.c_str());
}

AdminClient::~AdminClient() = default;

AdminClient::Answer AdminClient::ask(const std::string& method, const std::string& target, const std::string& body,
                                     const Headers& headers) {
    httplib::Request request;
    request.method = method;
    request.path = target;
    request.body = body;
    if (!body.empty()) request.set_header("Content-Type", "application/json");
    if (!settings_.token.empty()) request.set_header("Authorization", "Bearer " + settings_.token);
    for (const auto& [name, value] : headers) request.set_header(name, value);
    const httplib::Result result = client_->send(request);
    if (!result)
        throw MachineError(settings_.url + " does not answer (" + httplib::to_string(result.error()) +
                           "); is `matinee serve` running there?");
    return {result->status, result->body};
}

Json AdminClient::call(const std::string& method, const std::string& target, const std::string& body,
                       const Headers& headers) {
    const Answer answer = ask(method, target, body, headers);
    const std::string what = method + " " + target.substr(0, target.find('?'));
    if (answer.status >= 500) throw MachineError(settings_.url + ": " + what + ": " + reason_of(answer));
    if (answer.status >= 300) throw InputError({settings_.url, what, reason_of(answer), "", way_out_of(answer.status)});
    try {
        const Json envelope = Json::parse(answer.body, 40);
        if (const Json* const data = envelope.find("data")) return *data;
    } catch (const JsonError&) {
    }
    throw MachineError(settings_.url + ": " + what + " is answered by something that is not matinee");
}

}  // namespace matinee::cli
