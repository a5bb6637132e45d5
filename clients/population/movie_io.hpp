// Reads the segment sizes of a real movie, from the two forms in which research publishes them.
//
// Sabre: one JSON object {segment_duration_ms, bitrates_kbps: [rung], segment_sizes_bits: [segment][rung]}. Sizes that
// are not whole bytes are rounded up.
//
// Pensieve: a folder with the files video_size_0 to video_size_5, one per rung of Pensieve's ladder (300, 750, 1200,
// 1850, 2850 and 4300 kbit/s), each with the bytes of one 4-s segment a line. The names may have a prefix, the same for
// all six. Other files of the folder are not looked at. All lines are used (Pensieve itself leaves out the last).
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

#include "clients/population/spec.hpp"

namespace matinee::population {

inline constexpr std::array<Kbps, 6> kPensieveLadder{300, 750, 1200, 1850, 2850, 4300};
inline constexpr TimeNs kPensieveSegment = 4 * kSecond;
inline constexpr uint32_t kMostSegmentBytes = 1'000'000'000;

/// A Sabre file or a folder of Pensieve files. `Movie::file` and errors name the path as given.
Movie read_movie(const std::filesystem::path& file_or_folder);

/// The text of a Sabre movie; `file` stands for it in errors. Pure.
Movie parse_sabre_movie(std::string_view text, std::string file);

/// The texts of Pensieve's size files, lowest rung first, with a name for each in errors; `file` names the whole. Pure.
struct PensieveSizes {
    std::string file;
    std::string text;
};
Movie parse_pensieve_movie(std::span<const PensieveSizes> rungs, std::string file);

}  // namespace matinee::population
