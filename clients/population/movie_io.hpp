// The segment sizes of a real movie, in the two forms in which research publishes them.
//
// Sabre: one JSON object {segment_duration_ms, bitrates_kbps: [rung], segment_sizes_bits: [segment][rung]}.
//
// Pensieve: a folder with a file video_size_<rung> for each rung, each with the bytes of one segment a line. The names may
// have a prefix, the same for all of them. Other files of the folder are not looked at. Bitrates and segment duration do not
// stand in these files: they are Pensieve's own (six rungs from 300 to 4300 kbit/s, 4 s) unless the caller knows better.
// All lines are used (Pensieve itself leaves out the last).
//
// InputError for everything else: no segments, bitrates that do not ascend, rows whose length differs from the
// ladder's, sizes that are not positive whole numbers or above 1 GB, segments shorter than 0.1 s or longer than 60 s,
// unknown keys.
#pragma once

#include <array>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "clients/population/spec.hpp"

namespace matinee::population {

inline constexpr uint32_t kMostSegmentBytes = 1'000'000'000;

/// A movie as it stands in a file.
struct RecordedMovie {
    std::string file;
    double segment_ms = 0;
    std::vector<Kbps> ladder;
    std::vector<std::vector<uint64_t>> segment_bits;  ///< [segment][rung]
};

/// What Pensieve's files do not say.
struct PensieveShape {
    std::vector<Kbps> ladder = {300, 750, 1200, 1850, 2850, 4300};
    double segment_ms = 4000;
};

/// A Sabre file or a folder of Pensieve files. `RecordedMovie::file` and errors name the path as given.
RecordedMovie read_recorded_movie(const std::filesystem::path& file_or_folder, const PensieveShape& shape = {});

/// For scenarios. Sizes that are not whole bytes are rounded up.
Movie movie_of(const RecordedMovie& recorded);
Movie read_movie(const std::filesystem::path& file_or_folder);

/// The text of a Sabre movie; `file` stands for it in errors. Pure.
RecordedMovie parse_sabre_movie(std::string_view text, std::string file);

/// The texts of Pensieve's size files, lowest rung first, with a name for each in errors; `file` names the whole. Pure.
struct PensieveSizes {
    std::string file;
    std::string text;
};
RecordedMovie parse_pensieve_movie(std::span<const PensieveSizes> rungs, std::string file,
                                   const PensieveShape& shape = {});

/// Throws InputError for bitrates or a duration that no movie may have; `path` says where they stand in `file`.
void check_ladder(std::span<const Kbps> ladder, const std::string& file, const std::string& path);
void check_segment_ms(double ms, const std::string& file, const std::string& path);

/// What parse_sabre_movie reads as the same movie.
std::string sabre_movie_text(const RecordedMovie& movie);
/// The size files, lowest rung first. Sizes that are not whole bytes are rounded up.
std::vector<std::string> pensieve_movie_texts(const RecordedMovie& movie);

}  // namespace matinee::population
