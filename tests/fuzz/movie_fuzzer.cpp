#include <string>
#include <vector>

#include "clients/population/movie_io.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace matinee;

static void check(const population::Movie& movie) {
    if (movie.segment <= 0 || movie.ladder.empty() || movie.segment_bytes.empty()) __builtin_trap();
    for (const auto& segment : movie.segment_bytes)
        if (segment.size() != movie.ladder.size()) __builtin_trap();
}

/// Six texts, separated by zero bytes.
static std::vector<population::PensieveSizes> pensieve_files(std::string_view text) {
    std::vector<population::PensieveSizes> files;
    for (size_t rung = 0; rung < population::kPensieveLadder.size(); ++rung) {
        const size_t end = text.find('\0');
        files.push_back({"video_size_" + std::to_string(rung), std::string(text.substr(0, end))});
        text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    }
    return files;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string_view text = fuzz::text_of(data, size);
    fuzz::try_parse([&] { check(population::parse_sabre_movie(text, "fuzzed.json")); });
    return fuzz::try_parse([&] { check(population::parse_pensieve_movie(pensieve_files(text), "fuzzed")); });
}
