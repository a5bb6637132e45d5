// Movies as text; movie_io.hpp documents the forms.
#include <charconv>

#include "clients/population/movie_io.hpp"

namespace matinee::population {

/// The shortest decimal that reads back as `value`.
static std::string shortest(double value) {
    char buffer[32];
    const auto [end, error] = std::to_chars(buffer, buffer + sizeof buffer, value);
    return std::string(buffer, end);
}

template <class Values>
static std::string list_of(const Values& values) {
    std::string text;
    for (const auto value : values) text += (text.empty() ? "" : ", ") + std::to_string(value);
    return "[" + text + "]";
}

std::string sabre_movie_text(const RecordedMovie& movie) {
    std::string text = "{\n    \"segment_duration_ms\": " + shortest(movie.segment_ms) +
                       ",\n    \"bitrates_kbps\": " + list_of(movie.ladder) + ",\n    \"segment_sizes_bits\": [";
    const char* separator = "\n";
    for (const std::vector<uint64_t>& row : movie.segment_bits) {
        text += separator + ("        " + list_of(row));
        separator = ",\n";
    }
    return text + "\n    ]\n}\n";
}

std::vector<std::string> pensieve_movie_texts(const RecordedMovie& movie) {
    std::vector<std::string> texts(movie.ladder.size());
    for (const std::vector<uint64_t>& row : movie.segment_bits)
        for (size_t rung = 0; rung < row.size(); ++rung) texts[rung] += std::to_string((row[rung] + 7) / 8) + "\n";
    return texts;
}

}  // namespace matinee::population
