#include "system/live/request_reader.hpp"

#include <algorithm>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <utility>

namespace matinee::live {

namespace beast = boost::beast;
namespace http = beast::http;
using beast::string_view;
using boost::system::error_code;

/// Beast's parser calls these as it reads; what it accepts goes straight into the platform's own request.
class RequestReader::Parser : public http::basic_parser<true> {
public:
    gateway::Request request;
    int version = 11;
    bool wants_continue = false;
    bool has_transfer_coding = false;

private:
    void on_request_impl(http::verb, string_view method, string_view target, int http_version, error_code&) override {
        request.method.assign(method.data(), method.size());
        request.target.assign(target.data(), target.size());
        request.headers.reserve(12);
        version = http_version;
    }
    void on_field_impl(http::field field, string_view name, string_view value, error_code&) override {
        // A trailer is no header: what a proxy said of the client stands in headers (RFC 9110, section 6.5.1).
        if (is_header_done()) return;
        gateway::Header& header = request.headers.emplace_back();
        header.name.assign(name.data(), name.size());
        for (char& c : header.name)
            if (c >= 'A' && c <= 'Z') c = char(c + 32);
        header.value.assign(value.data(), value.size());
        if (field == http::field::transfer_encoding) has_transfer_coding = true;
        if (field == http::field::expect) wants_continue = beast::iequals(value, "100-continue");
    }
    void on_header_impl(error_code&) override {}
    void on_body_init_impl(const boost::optional<std::uint64_t>& length, error_code&) override {
        if (length) request.body.reserve(size_t(*length));  // it is within the limit
    }
    size_t on_body_impl(string_view part, error_code&) override {
        request.body.append(part.data(), part.size());
        return part.size();
    }
    void on_chunk_header_impl(std::uint64_t, string_view, error_code&) override {}
    size_t on_chunk_body_impl(std::uint64_t, string_view part, error_code&) override {
        request.body.append(part.data(), part.size());
        return part.size();
    }
    void on_finish_impl(error_code&) override {}
    void on_response_impl(int, string_view, int, error_code&) override {}
};

/// "http://host/path", as proxies may ask for it, is that path, and the host counts instead of the header (RFC 9112,
/// section 3.2.2).
static void make_relative(gateway::Request& request) {
    size_t begin = 0;
    for (const std::string_view scheme : {"http://", "https://"})
        if (beast::iequals(string_view(request.target).substr(0, scheme.size()), string_view(scheme)))
            begin = scheme.size();
    if (begin == 0) return;
    const size_t end = std::min(request.target.find_first_of("/?", begin), request.target.size());
    for (gateway::Header& header : request.headers)
        if (header.name == "host") header.value = request.target.substr(begin, end - begin);
    request.target.erase(0, end);
    if (!request.target.starts_with("/")) request.target.insert(0, "/");
}

/// Of headers, which Beast takes as a whole: a line that goes on with the one before. Beast joins them, others do not,
/// and what two servers read differently is a way past one of them (RFC 9112, section 5.2, has us refuse it).
static bool has_folded_line(std::string_view headers) {
    for (size_t end = headers.find('\n'); end != std::string_view::npos; end = headers.find('\n', end + 1))
        if (end + 1 < headers.size() && (headers[end + 1] == ' ' || headers[end + 1] == '\t')) return true;
    return false;
}

RequestReader::RequestReader(uint32_t header_bytes, uint64_t body_bytes)
    : header_bytes_(header_bytes), body_bytes_(body_bytes) {}
RequestReader::~RequestReader() = default;

RequestReader::State RequestReader::refuse(ErrorCode why) {
    why_ = why;
    return state_ = State::Refused;
}

RequestReader::State RequestReader::feed(std::string_view& bytes) {
    if (state_ == State::Done || state_ == State::Refused || state_ == State::Ended || bytes.empty()) return state_;
    if (!parser_) {
        header_taken_ = 0;
        parser_ = std::make_unique<Parser>();
        parser_->header_limit(header_bytes_);
        parser_->body_limit(body_bytes_);
        parser_->eager(false);  // stops behind the headers
    }
    if (state_ == State::Continue) state_ = State::Body;
    error_code error;
    const size_t taken = parser_->put(boost::asio::const_buffer(bytes.data(), bytes.size()), error);
    const bool is_folded = state_ == State::Header && has_folded_line(bytes.substr(0, taken));
    bytes.remove_prefix(taken);
    if (state_ == State::Header) header_taken_ += taken;
    if (is_folded) return refuse(ErrorCode::MalformedRequest);
    if (error == http::error::need_more) return await_more(bytes.size());
    if (error == http::error::body_limit) return refuse(ErrorCode::PayloadTooLarge);
    if (error == http::error::header_limit || error == http::error::buffer_overflow)
        return refuse(ErrorCode::HeadersTooLarge);
    if (error) return refuse(ErrorCode::MalformedRequest);
    return advance();
}

/// Beast takes the request line and then the headers, each as a whole and within the limit; of what frames a chunk, and
/// of trailers, it takes nothing until all of it is there, however long that is.
RequestReader::State RequestReader::await_more(size_t left) {
    if (left + (state_ == State::Header ? header_taken_ : 0) > header_bytes_) return refuse(ErrorCode::HeadersTooLarge);
    return state_;
}

RequestReader::State RequestReader::advance() {
    if (!parser_->is_header_done()) return state_;
    if (header_taken_ > header_bytes_) return refuse(ErrorCode::HeadersTooLarge);
    // Beast takes a coding that it does not know for no body at all; a proxy may see one (RFC 9112, section 6.3).
    // HTTP/1.0 has none (section 6.1).
    if (parser_->has_transfer_coding && (!parser_->chunked() || parser_->version < 11))
        return refuse(ErrorCode::MalformedRequest);
    if (parser_->is_done()) {
        // HTTP/1.0 had no Host; it gets one, so that nobody else needs to know.
        gateway::Request& request = parser_->request;
        const auto is_host = [](const gateway::Header& header) { return header.name == "host"; };
        const auto hosts = std::count_if(request.headers.begin(), request.headers.end(), is_host);
        if (parser_->version < 11 && hosts == 0) request.headers.push_back({"host", ""});
        if (hosts > 1 || (parser_->version >= 11 && hosts == 0)) return refuse(ErrorCode::MalformedRequest);
        make_relative(request);
        keep_alive_ = parser_->keep_alive();
        return state_ = State::Done;
    }
    parser_->eager(true);
    if (state_ != State::Header) return state_;
    return state_ = parser_->wants_continue ? State::Continue : State::Body;
}

RequestReader::State RequestReader::end() {
    if (state_ == State::Done || state_ == State::Refused) return state_;
    return state_ = State::Ended;
}

gateway::Request RequestReader::take() {
    gateway::Request request = std::move(parser_->request);
    parser_.reset();
    state_ = State::Header;
    return request;
}

}  // namespace matinee::live
