// What strangers send: JSON, paths, access tokens.
#include "system/accounts/jwt.hpp"
#include "system/base/json.hpp"
#include "system/gateway/http.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace matinee;

/// What is read and written again reads as the same.
static void try_json(std::string_view text) {
    try {
        const Json json = Json::parse(text);
        if (Json::parse(to_text(json)) != json) __builtin_trap();
    } catch (const JsonError& error) {
        if (error.offset > text.size() || *error.what() == '\0') __builtin_trap();
    }
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string_view text = fuzz::text_of(data, size);
    try_json(text);
    if (const auto segments = gateway::path_segments(text))
        for (const std::string& segment : *segments)
            if (segment.empty() || segment == "." || segment == ".." || segment.find('/') != std::string::npos)
                __builtin_trap();
    if (const auto token = accounts::parse_token(text))
        if (token->claims.expires_at < 0 || !text.starts_with(token->to_sign)) __builtin_trap();
    return 0;
}
