// What the test of law 1 checks with, apart from the project so that it can be shown to find a breach.
#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace matinee::laws {

/// One line of rooms.txt.
struct Room {
    std::set<std::string> liberties;
    std::set<std::string> includes;  ///< rooms, and third-party names in < >
};
using Rooms = std::map<std::string, Room>;

/// Throws std::runtime_error for a line that is not one.
Rooms parse_rooms(std::string_view table);

/// Breaches found in the includes of every .cpp and .hpp below the folders `tops` of `root`, one line each.
std::vector<std::string> include_breaches(const std::filesystem::path& root, const std::vector<std::string>& tops,
                                          const Rooms& rooms);

/// The group of law 1 that an undefined symbol belongs to (`threads`, `clocks`, `libm`, ...), or empty.
std::string_view forbidden_group_of_symbol(std::string_view symbol);
/// The same for a standard or system header.
std::string_view forbidden_group_of_header(std::string_view header);

/// Breaches found by `nm` in the undefined symbols of a room's archive. Throws where nm cannot read it.
std::vector<std::string> symbol_breaches(const std::filesystem::path& archive, const std::string& room,
                                         const Rooms& rooms);

std::string read_file(const std::filesystem::path& file);

}  // namespace matinee::laws
