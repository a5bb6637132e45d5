#include "system/embedded/vocabulary.hpp"

#include <algorithm>
#include <array>

namespace matinee {

namespace {

constexpr size_t kLongest = 40;  // letters; nobody misspells more

/// Letters of well-formed UTF-8.
std::u32string letters_of(std::string_view text) {
    std::u32string letters;
    for (const char c : text) {
        const auto byte = uint8_t(c);
        if (byte < 0x80)
            letters += char32_t(byte);
        else if (byte >= 0xC0)
            letters += char32_t(byte & (byte >= 0xF0 ? 0x07 : byte >= 0xE0 ? 0x0F : 0x1F));
        else if (!letters.empty())
            letters.back() = letters.back() << 6 | char32_t(byte & 0x3F);
    }
    return letters;
}

std::string utf8_of(const std::u32string& letters) {
    std::string text;
    for (const char32_t c : letters) {
        if (c < 0x80) {
            text += char(c);
        } else if (c < 0x800) {
            text += char(0xC0 | c >> 6);
        } else if (c < 0x10000) {
            text += char(0xE0 | c >> 12);
            text += char(0x80 | (c >> 6 & 0x3F));
        } else {
            text += char(0xF0 | c >> 18);
            text += char(0x80 | (c >> 12 & 0x3F));
            text += char(0x80 | (c >> 6 & 0x3F));
        }
        if (c >= 0x80) text += char(0x80 | (c & 0x3F));
    }
    return text;
}

}  // namespace

Vocabulary::Vocabulary(std::vector<std::string> terms) : terms_(std::move(terms)) {
    for (const std::string& term : terms_)
        if (!term.starts_with('=')) words_.push_back(letters_of(term));
}

bool Vocabulary::has(std::string_view term) const { return std::binary_search(terms_.begin(), terms_.end(), term); }

bool Vocabulary::has_beginning(std::string_view beginning) const {
    const auto first = std::lower_bound(terms_.begin(), terms_.end(), beginning);
    return first != terms_.end() && first->starts_with(beginning);
}

size_t edits_allowed(size_t letters) { return letters <= 2 ? 0 : letters <= 5 ? 1 : 2; }

size_t edits_between(std::u32string_view word, std::u32string_view whole, size_t most, bool of_beginning) {
    const size_t rows = word.size(), columns = of_beginning ? std::min(whole.size(), word.size() + most) : whole.size();
    if (rows > kLongest || columns > kLongest + 2) return most + 1;
    if (!of_beginning && (rows > columns + most || columns > rows + most)) return most + 1;
    std::array<std::array<uint8_t, kLongest + 3>, 3> table;  // three rows of the usual matrix, in turn
    for (size_t j = 0; j <= columns; ++j) table[0][j] = uint8_t(j);
    for (size_t i = 1; i <= rows; ++i) {
        auto& row = table[i % 3];
        const auto &above = table[(i + 2) % 3], &twice_above = table[(i + 1) % 3];
        row[0] = uint8_t(i);
        uint8_t least = row[0];
        for (size_t j = 1; j <= columns; ++j) {
            const int other = word[i - 1] == whole[j - 1] ? 0 : 1;
            int best = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + other});
            if (i > 1 && j > 1 && word[i - 1] == whole[j - 2] && word[i - 2] == whole[j - 1])
                best = std::min(best, twice_above[j - 2] + 1);
            row[j] = uint8_t(best);
            least = std::min(least, row[j]);
        }
        if (least > most + 1) return most + 1;  // a swap may still save one
    }
    const auto& last = table[rows % 3];
    return of_beginning ? *std::min_element(last.begin(), last.begin() + long(columns) + 1) : last[columns];
}

std::vector<std::string> Vocabulary::near(std::string_view word, size_t limit) const {
    const std::u32string wanted = letters_of(word);
    const size_t most = edits_allowed(wanted.size());
    if (most == 0 || wanted.size() > kLongest) return {};
    std::vector<std::pair<size_t, size_t>> found;  // edits, which word: they are in order
    for (const bool of_beginning : {false, true}) {
        for (size_t i = 0; i < words_.size(); ++i) {
            const size_t edits = edits_between(wanted, words_[i], most, of_beginning);
            if (edits <= most) found.emplace_back(edits, i);
        }
        if (!found.empty()) break;
    }
    std::sort(found.begin(), found.end());
    std::vector<std::string> words;
    for (size_t i = 0; i < std::min(limit, found.size()); ++i) words.push_back(utf8_of(words_[found[i].second]));
    return words;
}

}  // namespace matinee
