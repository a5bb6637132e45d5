#include "system/embedded/sqlite_words.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <array>

#include "system/base/errors.hpp"
#include "system/base/math.hpp"

namespace matinee {

namespace {

/// A built-in tokenizer and an instance of it.
struct Tokenizer {
    fts5_tokenizer methods{};
    Fts5Tokenizer* instance = nullptr;

    Tokenizer() = default;
    Tokenizer(const Tokenizer&) = delete;
    Tokenizer& operator=(const Tokenizer&) = delete;
    ~Tokenizer() {
        if (instance != nullptr) methods.xDelete(instance);
    }
    bool open(fts5_api* api, const char* name, std::vector<const char*> arguments) {
        void* context = nullptr;
        return api->xFindTokenizer(api, name, &context, &methods) == SQLITE_OK &&
               methods.xCreate(context, arguments.data(), int(arguments.size()), &instance) == SQLITE_OK;
    }
    /// Calls on_token(text) for every token; stops at the first that gives no SQLITE_OK.
    template <class OnToken>
    int each(std::string_view text, OnToken on_token) const {
        const auto call = [](void* context, int, const char* token, int size, int start, int end) {
            return (*static_cast<OnToken*>(context))(std::string_view(token, size_t(size)), start, end);
        };
        return methods.xTokenize(instance, &on_token, FTS5_TOKENIZE_AUX, text.data(), int(text.size()), call);
    }
};

struct WordsAndStems {
    Tokenizer words, stems;

    bool open(fts5_api* api) {
        return words.open(api, "unicode61", {"remove_diacritics", "2"}) &&
               stems.open(api, "porter", {"unicode61", "remove_diacritics", "2"});
    }
    std::string stem_of(std::string_view word) const {
        std::string stem = "=";
        stems.each(word, [&](std::string_view token, int, int) {
            stem += token;
            return SQLITE_OK;
        });
        return stem;
    }
};

WordsAndStems* opened(Fts5Tokenizer* tokenizer) { return reinterpret_cast<WordsAndStems*>(tokenizer); }

int create_tokenizer(void* api, const char**, int, Fts5Tokenizer** out) {
    auto made = std::make_unique<WordsAndStems>();
    if (!made->open(static_cast<fts5_api*>(api))) return SQLITE_ERROR;
    *out = reinterpret_cast<Fts5Tokenizer*>(made.release());
    return SQLITE_OK;
}

void delete_tokenizer(Fts5Tokenizer* tokenizer) { delete opened(tokenizer); }

int tokenize(Fts5Tokenizer* tokenizer, void* context, int flags, const char* text, int size,
             int (*on_token)(void*, int, const char*, int, int, int)) {
    const WordsAndStems& both = *opened(tokenizer);
    // The beginning of a word has no stem.
    const bool is_beginning = (flags & FTS5_TOKENIZE_PREFIX) != 0;
    return both.words.each(std::string_view(text, size_t(size)), [&](std::string_view word, int start, int end) {
        int code = on_token(context, 0, word.data(), int(word.size()), start, end);
        if (code != SQLITE_OK || is_beginning) return code;
        const std::string stem = both.stem_of(word);
        return on_token(context, FTS5_TOKEN_COLOCATED, stem.data(), int(stem.size()), start, end);
    });
}

constexpr std::array<double, 4> kWeights = {3, 2, 2, 1};

/// What a query needs once: how rare each phrase is, and how long documents are.
struct Statistics {
    std::vector<double> rarity;
    double average_words = 0;
};

int gather(const Fts5ExtensionApi* api, Fts5Context* fts, Statistics& out) {
    sqlite3_int64 rows = 0, words = 0;
    int code = api->xRowCount(fts, &rows);
    if (code == SQLITE_OK) code = api->xColumnTotalSize(fts, -1, &words);
    out.average_words = rows == 0 ? 1 : std::max(1.0, double(words) / double(rows));
    const auto count = [](const Fts5ExtensionApi*, Fts5Context*, void* hits) {
        ++*static_cast<int64_t*>(hits);
        return SQLITE_OK;
    };
    for (int i = 0; i < api->xPhraseCount(fts) && code == SQLITE_OK; ++i) {
        int64_t hits = 0;
        code = api->xQueryPhrase(fts, i, &hits, count);
        const double rarity = math::log((double(rows) - double(hits) + 0.5) / (double(hits) + 0.5));
        out.rarity.push_back(std::max(rarity, 1e-6));
    }
    return code;
}

int score_row(const Fts5ExtensionApi* api, Fts5Context* fts, const Statistics& statistics, double& score) {
    std::vector<double> frequency(statistics.rarity.size());
    int instances = 0, words = 0;
    int code = api->xInstCount(fts, &instances);
    for (int i = 0; i < instances && code == SQLITE_OK; ++i) {
        int phrase = 0, column = 0, offset = 0;
        code = api->xInst(fts, i, &phrase, &column, &offset);
        if (code == SQLITE_OK) frequency[size_t(phrase)] += kWeights[size_t(column)];
    }
    if (code == SQLITE_OK) code = api->xColumnSize(fts, -1, &words);
    const double length = 1.2 * (1 - 0.75 + 0.75 * double(words) / statistics.average_words);
    score = 0;
    for (size_t i = 0; i < frequency.size(); ++i)
        score += statistics.rarity[i] * frequency[i] * (1.2 + 1) / (frequency[i] + length);
    return code;
}

void rank(const Fts5ExtensionApi* api, Fts5Context* fts, sqlite3_context* result, int, sqlite3_value**) {
    auto* statistics = static_cast<Statistics*>(api->xGetAuxdata(fts, 0));
    if (statistics == nullptr) {
        auto fresh = std::make_unique<Statistics>();
        int code = gather(api, fts, *fresh);
        statistics = fresh.release();
        if (code == SQLITE_OK)
            code = api->xSetAuxdata(fts, statistics, [](void* old) { delete static_cast<Statistics*>(old); });
        else
            delete statistics;
        if (code != SQLITE_OK) return sqlite3_result_error_code(result, code);
    }
    double score = 0;
    const int code = score_row(api, fts, *statistics, score);
    if (code != SQLITE_OK) return sqlite3_result_error_code(result, code);
    sqlite3_result_int64(result, sqlite3_int64(score * 1e9));
}

fts5_api* api_of(sqlite3* database) {
    fts5_api* api = nullptr;
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v2(database, "SELECT fts5(?1)", -1, &statement, nullptr) == SQLITE_OK) {
        sqlite3_bind_pointer(statement, 1, &api, "fts5_api_ptr", nullptr);
        sqlite3_step(statement);
    }
    sqlite3_finalize(statement);
    if (api == nullptr) throw MachineError("this SQLite has no FTS5, which search is made of");
    return api;
}

}  // namespace

struct SqliteWords::State {
    WordsAndStems both;
};

SqliteWords::SqliteWords(sqlite3* database) : state_(std::make_unique<State>()) {
    fts5_api* const api = api_of(database);
    fts5_tokenizer methods{create_tokenizer, delete_tokenizer, tokenize};
    if (!state_->both.open(api) || api->xCreateTokenizer(api, "matinee", api, &methods, nullptr) != SQLITE_OK ||
        api->xCreateFunction(api, "matinee_rank", nullptr, rank, nullptr) != SQLITE_OK)
        throw MachineError("SQLite's FTS5 does not take the tokenizer of search");
}
SqliteWords::~SqliteWords() = default;

std::vector<SqliteWords::Word> SqliteWords::words_of(std::string_view text) const {
    std::vector<Word> words;
    state_->both.words.each(text, [&](std::string_view word, int, int) {
        words.push_back({std::string(word), state_->both.stem_of(word)});
        return SQLITE_OK;
    });
    return words;
}

}  // namespace matinee
