#include "simulator/services/wire.hpp"

#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <stdexcept>

#include "system/gateway/http_text.hpp"

namespace matinee::services {

namespace http = boost::beast::http;

namespace {

template <class Parser>
void parse(Parser& parser, const std::string& text) {
    boost::system::error_code error;
    parser.eager(true);
    size_t read = 0;
    while (!error && !parser.is_done() && read < text.size())
        read += parser.put(boost::asio::buffer(text.data() + read, text.size() - read), error);
    if (error || !parser.is_done() || read != text.size())
        throw std::logic_error("a message that HTTP/1.1 cannot carry: " + text.substr(0, 200));
}

}  // namespace

std::string request_text(const gateway::Request& request) {
    std::string text = request.method + " " + request.target + " HTTP/1.1\r\n";
    for (const gateway::Header& header : request.headers) text += header.name + ": " + header.value + "\r\n";
    const std::string& body = request.value ? to_text(*request.value) : request.body;
    if (request.value) text += "content-type: application/json\r\n";
    if (!body.empty()) text += "content-length: " + std::to_string(body.size()) + "\r\n";
    return text + "\r\n" + body;
}

gateway::Request parsed_request(const std::string& text) {
    http::request_parser<http::string_body> parser;
    parse(parser, text);
    return gateway::request_from(parser.release());
}

gateway::Response parsed_response(const std::string& text) {
    http::response_parser<http::string_body> parser;
    parse(parser, text);
    http::response<http::string_body> message = parser.release();
    gateway::Response response;
    response.status = int(message.result_int());
    response.content_type = std::string(message[http::field::content_type]);
    for (const auto& field : message) {
        const http::field name = field.name();
        if (name == http::field::content_type || name == http::field::content_length || name == http::field::date)
            continue;
        response.headers.push_back({std::string(field.name_string()), std::string(field.value())});
    }
    response.body = std::move(message.body());
    return response;
}

gateway::Request over_wire(const gateway::Request& request) {
    gateway::Request read = parsed_request(request_text(request));
    read.client = request.client;  // the connection's, not the message's
    return read;
}

gateway::Response over_wire(const gateway::Response& response, TimeNs now) {
    return parsed_response(gateway::http_text(response, true, true, now));
}

Heard heard_in(const gateway::Response& response) {
    const Json body = Json::parse(response.body);
    const Json* const data = body.find("data");
    if (response.status < 400) return {.refused = std::nullopt, .data = data == nullptr ? "" : to_text(*data)};
    const Json* const code = body.find("code");
    if (code != nullptr && code->text() != nullptr)
        for (const ErrorInfo& info : error_table())
            if (info.name == *code->text()) return {.refused = info.code};
    return {.refused = ErrorCode::Internal};
}

}  // namespace matinee::services
