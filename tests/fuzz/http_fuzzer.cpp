// Whole connections: what strangers send over HTTP, through the reader of requests and the gateway to the services, on
// the simulated host. Whatever comes, nothing fails inside, and every answer is one of ours.
#include <memory>

#include "simulator/services/host.hpp"
#include "system/base/json.hpp"
#include "system/live/request_reader.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace matinee;

namespace {

constexpr int kInputsOfAHost = 500;  // what they left behind is then forgotten

services::SimulatedHost& host() {
    static std::unique_ptr<services::SimulatedHost> current;
    static int inputs = 0;
    if (!current || ++inputs % kInputsOfAHost == 0) {
        platform::Settings settings;
        settings.gateway.limits = gateway::Limits::none();
        settings.accounts.admin_token = "the administrator's token";
        current =
            std::make_unique<services::SimulatedHost>(1, 1'795'204'800 * kSecond, settings, services::HostModel{});
    }
    return *current;
}

void exchange(gateway::Request request) {
    request.client = "192.0.2.1";
    const gateway::Response response = host().exchange(std::move(request));
    const bool known = response.status >= 200 && response.status < 505 && response.status != 500;
    if (!known || response.body.empty()) __builtin_trap();
    if (response.content_type.ends_with("json")) (void)Json::parse(response.body);
    for (const gateway::Header& header : response.headers)
        if (header.value.find_first_of("\r\n") != std::string::npos)
            __builtin_trap();  // a header that the client wrote
}

/// All requests of the bytes, offered in pieces of so many.
size_t requests_of(std::string_view bytes, size_t piece, bool answer) {
    live::RequestReader reader(2048, 4096);
    std::string left;
    size_t requests = 0;
    while (!bytes.empty()) {
        left += bytes.substr(0, piece);
        bytes.remove_prefix(std::min(piece, bytes.size()));
        std::string_view view = left;
        for (bool moved = true; moved;) {
            const size_t before = view.size();
            const live::RequestReader::State state = reader.feed(view);
            if (view.size() > before) __builtin_trap();
            moved = view.size() != before;
            if (state == live::RequestReader::State::Refused) {
                if (info_of(reader.why()).status < 400 || info_of(reader.why()).status >= 500) __builtin_trap();
                return requests;
            }
            if (state != live::RequestReader::State::Done) continue;
            moved = true;
            ++requests;
            gateway::Request request = reader.take();
            if (answer) exchange(std::move(request));
        }
        left = view;
    }
    return requests;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string_view text = fuzz::text_of(data, size);
    const size_t whole = requests_of(text, text.size() + 1, true);
    // However the network cuts them, the same requests come out.
    if (requests_of(text, 1, false) != whole) __builtin_trap();
    // The same bytes as a body, which mutations of a whole request seldom reach.
    exchange({.method = "POST",
              .target = "/api/v1/auth/login",
              .headers = {{"host", "h"}, {"content-type", "application/json"}},
              .body = std::string(text)});
    return 0;
}
