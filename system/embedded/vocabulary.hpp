// The terms of an index, in memory: which words there are, and which are near a misspelt one.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace matinee {

class Vocabulary {
public:
    Vocabulary() = default;
    /// `terms` in ascending order; those that begin with "=" are stems.
    explicit Vocabulary(std::vector<std::string> terms);

    bool has(std::string_view term) const;
    bool has_beginning(std::string_view beginning) const;
    /// The words within the edits that a word of its length may have, the nearest first, at most `limit`; where there
    /// are none, those that begin with something so near.
    std::vector<std::string> near(std::string_view word, size_t limit) const;

private:
    std::vector<std::string> terms_;
    std::vector<std::u32string> words_;  ///< without stems
};

/// How many edits a word of so many letters may have: none up to 2, one up to 5, two beyond (Elasticsearch's AUTO).
size_t edits_allowed(size_t letters);

/// Edits that make one word of the other: insertion, deletion, substitution, swap of neighbours, no letter edited twice
/// ("optimal string alignment"). Above `most` some number above `most`. `of_beginning`: of the nearest beginning of
/// `whole` instead of all of it.
size_t edits_between(std::u32string_view word, std::u32string_view whole, size_t most, bool of_beginning);

}  // namespace matinee
