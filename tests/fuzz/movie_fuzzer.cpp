#include <string>
#include <vector>

#include "clients/population/movie_io.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace matinee;

// What was read once and written as Sabre's is read again as the same.
static void check(const population::RecordedMovie& movie) {
    if (!(movie.segment_ms > 0) || movie.ladder.empty() || movie.segment_bits.empty()) __builtin_trap();
    for (const auto& segment : movie.segment_bits)
        if (segment.size() != movie.ladder.size()) __builtin_trap();
    const population::RecordedMovie again = population::parse_sabre_movie(population::sabre_movie_text(movie), "again");
    if (again.segment_ms != movie.segment_ms || again.ladder != movie.ladder || again.segment_bits != movie.segment_bits)
        __builtin_trap();
    if (population::pensieve_movie_texts(movie).size() != movie.ladder.size()) __builtin_trap();
}

/// Six texts, separated by zero bytes.
static std::vector<population::PensieveSizes> pensieve_files(std::string_view text) {
    std::vector<population::PensieveSizes> files;
    for (size_t rung = 0; rung < population::PensieveShape{}.ladder.size(); ++rung) {
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
