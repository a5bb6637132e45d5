// The arguments of a command: options of the form --name, --name VALUE or --name=VALUE, and words (file names, mostly).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace matinee::cli {

/// What a command accepts. Every option may stand anywhere; "--" ends the options.
struct Syntax {
    std::string command;
    std::vector<std::string> flags;     ///< options without a value, with their dashes
    std::vector<std::string> valued;    ///< options with a value that may stand once
    std::vector<std::string> repeated;  ///< options with a value that may stand often
    std::string word;                   ///< what a word is: "FILE"
    size_t least_words = 0;
    size_t most_words = 0;
};

class Arguments {
public:
    /// Throws InputError for anything that `syntax` does not have, naming the nearest that it has.
    Arguments(const Syntax& syntax, std::span<const std::string> args);

    const std::vector<std::string>& words() const { return words_; }
    bool has(std::string_view option) const;
    std::optional<std::string> value(std::string_view option) const;
    std::vector<std::string> values(std::string_view option) const;
    /// The value of an option that is a whole number between the two bounds.
    std::optional<uint64_t> number(std::string_view option, uint64_t least, uint64_t most) const;

private:
    void add_option(const Syntax& syntax, std::span<const std::string> args, size_t& at);

    std::vector<std::string> words_;
    std::vector<std::pair<std::string, std::string>> options_;
};

}  // namespace matinee::cli
