#include "clients/cli/arguments.hpp"

#include <algorithm>
#include <charconv>

#include "system/base/errors.hpp"
#include "system/base/text.hpp"

namespace matinee::cli {

static bool contains(const std::vector<std::string>& names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

[[noreturn]] static void refuse(const std::string& found, const std::string& expected, const std::string& hint = "") {
    throw InputError({.file = "command line", .path = "", .found = found, .expected = expected, .suggestion = hint});
}

static std::vector<std::string> all_options(const Syntax& syntax) {
    std::vector<std::string> names = syntax.flags;
    names.insert(names.end(), syntax.valued.begin(), syntax.valued.end());
    names.insert(names.end(), syntax.repeated.begin(), syntax.repeated.end());
    return names;
}

Arguments::Arguments(const Syntax& syntax, std::span<const std::string> args) {
    bool options_ended = false;
    for (size_t at = 0; at < args.size(); ++at) {
        if (!options_ended && args[at] == "--")
            options_ended = true;
        else if (!options_ended && args[at].starts_with('-') && args[at] != "-")
            add_option(syntax, args, at);
        else
            words_.push_back(args[at]);
    }
    const std::string help = "matinee help " + syntax.command;
    if (words_.size() < syntax.least_words)
        refuse("matinee " + syntax.command + " without " + syntax.word, "matinee " + syntax.command + " " + syntax.word,
               help);
    if (words_.size() > syntax.most_words) {
        const std::string expected = syntax.most_words == 0 ? "options only"
                                     : syntax.most_words == 1
                                         ? "one " + syntax.word
                                         : "at most " + std::to_string(syntax.most_words) + " words";
        refuse("`" + words_[syntax.most_words] + "`", expected + " after `matinee " + syntax.command + "`", help);
    }
}

void Arguments::add_option(const Syntax& syntax, std::span<const std::string> args, size_t& at) {
    const std::string& arg = args[at];
    const size_t equals = arg.find('=');
    const std::string name = arg.substr(0, equals);
    if (contains(syntax.flags, name)) {
        if (equals != std::string::npos) refuse("`" + arg + "`", "`" + name + "` without a value");
        options_.emplace_back(name, "");
        return;
    }
    const bool once = contains(syntax.valued, name);
    if (!once && !contains(syntax.repeated, name)) {
        const std::vector<std::string> known = all_options(syntax);
        const std::string near = nearest_spelling(name, known);
        refuse("`" + name + "`",
               known.empty() ? "no options: `matinee " + syntax.command + "` has none" : one_of(known),
               near.empty() ? "matinee help " + syntax.command : near);
    }
    if (once && has(name)) refuse("`" + name + "` twice", "`" + name + "` at most once");
    if (equals != std::string::npos)
        options_.emplace_back(name, arg.substr(equals + 1));
    else if (at + 1 < args.size())
        options_.emplace_back(name, args[++at]);
    else
        refuse("`" + name + "` without a value", "`" + name + " VALUE`", "matinee help " + syntax.command);
}

bool Arguments::has(std::string_view option) const { return value(option).has_value(); }

std::optional<std::string> Arguments::value(std::string_view option) const {
    for (const auto& [name, value] : options_)
        if (name == option) return value;
    return std::nullopt;
}

std::vector<std::string> Arguments::values(std::string_view option) const {
    std::vector<std::string> found;
    for (const auto& [name, value] : options_)
        if (name == option) found.push_back(value);
    return found;
}

std::optional<uint64_t> Arguments::number(std::string_view option, uint64_t least, uint64_t most) const {
    const std::optional<std::string> text = value(option);
    if (!text) return std::nullopt;
    uint64_t number = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
    if (error != std::errc() || end != text->data() + text->size() || number < least || number > most)
        refuse("`" + std::string(option) + " " + *text + "`",
               "a whole number from " + std::to_string(least) + " to " + std::to_string(most));
    return number;
}

}  // namespace matinee::cli
