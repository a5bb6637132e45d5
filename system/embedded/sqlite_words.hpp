// What SQLite's FTS5 needs to search as the port wants it: a tokenizer, a ranking function, and words of queries.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

struct sqlite3;

namespace matinee {

/// Registers with a connection:
/// - the tokenizer `matinee`: words as "unicode61 remove_diacritics 2" splits and folds them, and at the same position
///   the word's Porter stem behind an equals sign, which no word contains. So one index has words for beginnings and
///   typos, and stems for endings.
/// - the function `matinee_rank(table)` for a table with the columns title, people, genres, description: Okapi bm25 as
///   FTS5's own (k1 = 1.2, b = 0.75; https://sqlite.org/fts5.html#the_bm25_function) with the weights 3, 2, 2, 1, in
///   billionths, higher is better. FTS5's own takes its logarithm from libm, whose last bits differ between machines.
class SqliteWords {
public:
    explicit SqliteWords(sqlite3* database);
    ~SqliteWords();
    SqliteWords(const SqliteWords&) = delete;
    SqliteWords& operator=(const SqliteWords&) = delete;

    struct Word {
        std::string word;  ///< folded: letters and digits only
        std::string stem;  ///< as a term of the index, with its equals sign
    };
    std::vector<Word> words_of(std::string_view text) const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace matinee
