#include <algorithm>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "tests/laws/laws.hpp"

namespace matinee::laws {

namespace fs = std::filesystem;

namespace {

struct Include {
    std::string header;
    bool quoted = false;
};

std::vector<Include> includes_of(const std::string& source) {
    std::vector<Include> found;
    std::istringstream lines(source);
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        std::string hash, header;
        words >> hash;
        if (hash == "#") words >> header, hash += header;
        if (!hash.starts_with("#include")) continue;
        if (hash == "#include")
            words >> header;
        else
            header = hash.substr(8);
        const size_t end = header.find_last_of("\">");
        if (header.size() < 3 || end == 0 || end == std::string::npos) continue;
        found.push_back({header.substr(1, end - 1), header[0] == '"'});
    }
    return found;
}

/// The room a folder belongs to: itself, or the nearest folder above it that is a room; empty where there is none.
std::string room_of(fs::path folder, const Rooms& rooms) {
    while (!folder.empty() && !rooms.contains(folder.generic_string())) folder = folder.parent_path();
    return folder.generic_string();
}

/// Standard C++ headers have neither a folder nor an extension.
bool is_third_party(const std::string& header) {
    return header.find('/') != std::string::npos || header.ends_with(".h");
}

std::string breach_of(const Include& include, const std::string& room, const Rooms& rooms) {
    const Room& allowed = rooms.at(room);
    const bool all_liberties = allowed.liberties.contains("everything");
    if (include.quoted) {
        const std::string other = room_of(fs::path(include.header).parent_path(), rooms);
        if (other == room || allowed.includes.contains(other)) return "";
        return "may not include \"" + include.header + "\"";
    }
    const std::string group(forbidden_group_of_header(include.header));
    if (!group.empty())
        return all_liberties || allowed.liberties.contains(group)
                   ? ""
                   : "may not include <" + include.header + "> (" + group + ")";
    if (!is_third_party(include.header)) return "";
    const std::string library = "<" + include.header.substr(0, include.header.find('/')) + ">";
    return all_liberties || allowed.includes.contains(library) ? "" : "may not include <" + include.header + ">";
}

}  // namespace

std::string read_file(const fs::path& file) {
    std::ifstream stream(file, std::ios::binary);
    if (!stream) throw std::runtime_error("cannot read " + file.string());
    return {std::istreambuf_iterator<char>(stream), {}};
}

Rooms parse_rooms(std::string_view table) {
    Rooms rooms;
    std::istringstream lines{std::string(table)};
    for (std::string line; std::getline(lines, line);) {
        if (line.empty() || line[0] == '#') continue;
        std::istringstream columns(line);
        std::string name, liberties, includes, word;
        if (!std::getline(columns, name, '|') || !std::getline(columns, liberties, '|') ||
            !std::getline(columns, includes))
            throw std::runtime_error("not a line of rooms.txt: " + line);
        std::istringstream(name) >> word;
        Room& room = rooms[word];
        for (std::istringstream words(liberties); words >> word;) room.liberties.insert(word);
        for (std::istringstream words(includes); words >> word;) room.includes.insert(word);
    }
    return rooms;
}

std::vector<std::string> include_breaches(const fs::path& root, const std::vector<std::string>& tops,
                                          const Rooms& rooms) {
    std::vector<std::string> breaches;
    for (const std::string& top : tops) {
        for (const fs::directory_entry& entry : fs::recursive_directory_iterator(root / top)) {
            const std::string extension = entry.path().extension().string();
            if (!entry.is_regular_file() || (extension != ".cpp" && extension != ".hpp")) continue;
            const std::string file = fs::relative(entry.path(), root).generic_string();
            const std::string room = room_of(fs::path(file).parent_path(), rooms);
            if (room.empty()) {
                breaches.push_back(file + ": its room is not in tests/laws/rooms.txt");
                continue;
            }
            for (const Include& include : includes_of(read_file(entry.path())))
                if (const std::string breach = breach_of(include, room, rooms); !breach.empty())
                    breaches.push_back(file + ": " + breach);
        }
    }
    std::sort(breaches.begin(), breaches.end());
    return breaches;
}

}  // namespace matinee::laws
