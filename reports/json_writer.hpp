// Writes JSON with a fixed order of keys and the shortest decimals that read back as the same double, so that equal
// results are equal files. (A JSON library writes numbers its own way, which may change with its version.)
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace matinee::reports {

/// The shortest decimal that reads back as `value`; "null" where it is not finite. Plain digits between 1e-6 and 1e15.
std::string number_text(double value);

class JsonWriter {
public:
    enum class Target : uint8_t { File, HtmlScript };  ///< HtmlScript: `<` and `&` are written as \u escapes
    explicit JsonWriter(Target target = Target::File) : target_(target) {}

    /// Opens an object or array; `one_line` keeps it and all it holds on one line.
    JsonWriter& object(bool one_line = false) { return open('{', one_line); }
    JsonWriter& array(bool one_line = false) { return open('[', one_line); }
    JsonWriter& end();
    JsonWriter& key(std::string_view name);

    JsonWriter& text(std::string_view value);
    JsonWriter& number(double value) { return raw(number_text(value)); }
    JsonWriter& number(const std::optional<double>& value) { return raw(value ? number_text(*value) : "null"); }
    JsonWriter& integer(uint64_t value) { return raw(std::to_string(value)); }
    JsonWriter& integer(int64_t value) { return raw(std::to_string(value)); }
    JsonWriter& flag(bool value) { return raw(value ? "true" : "false"); }
    JsonWriter& raw(std::string_view json);

    /// The finished document.
    std::string take() { return std::move(out_); }

private:
    struct Level {
        char close;
        bool one_line;
        bool empty = true;
    };
    JsonWriter& open(char bracket, bool one_line);
    void before_value();
    void new_line();
    void quoted(std::string_view text);

    Target target_;
    std::string out_;
    std::vector<Level> levels_;
    bool after_key_ = false;
};

}  // namespace matinee::reports
