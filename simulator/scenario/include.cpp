#include "simulator/scenario/include.hpp"

#include <algorithm>
#include <filesystem>

#include "simulator/scenario/codecs.hpp"
#include "simulator/scenario/json_text.hpp"

namespace matinee::scenario {

void merge(Value& base, Value over) {
    if (!base.is(Value::Kind::Object) || !over.is(Value::Kind::Object)) {
        base = std::move(over);
        return;
    }
    base.origin = over.origin;
    for (size_t i = 0; i < over.keys.size(); ++i) {
        if (Value* there = base.find(over.keys[i]))
            merge(*there, std::move(over.items[i]));
        else
            base.set(over.keys[i], std::move(over.items[i]));
    }
}

namespace {

constexpr size_t kMaxIncludeDepth = 16;
constexpr size_t kMaxIncludedFiles = 200;

class Includer {
public:
    explicit Includer(Files& files) : files_(files) {}

    Value read(const std::string& path, const std::string& text) {
        auto source = std::make_shared<Source>();
        source->name = path;
        source->folder = std::filesystem::path(path).parent_path().string();
        Value value = parse_json(text, source);
        if (!value.is(Value::Kind::Object)) refuse(value, "", "a scenario: an object with time, arrivals, cdn, ...");
        chain_.push_back({path, files_.identity(path)});
        Value merged = Value::object();
        merged.origin = value.origin;
        if (const Value* list = value.find("include"); list && !list->is(Value::Kind::Null))
            for (size_t i = 0; i < include_list(*list).items.size(); ++i)
                merge(merged, read_included(list->items[i], item_path("include", i)));
        chain_.pop_back();
        remove(value, "include");
        merge(merged, std::move(value));
        return merged;
    }

private:
    struct Link {
        std::string path, identity;
    };

    static const Value& include_list(const Value& list) {
        if (!list.is(Value::Kind::List)) refuse(list, "include", "a list of paths, relative to this file");
        return list;
    }

    static void remove(Value& object, const std::string& key) {
        const auto at = std::find(object.keys.begin(), object.keys.end(), key);
        if (at == object.keys.end()) return;
        object.items.erase(object.items.begin() + (at - object.keys.begin()));
        object.keys.erase(at);
    }

    Value read_included(const Value& value, const std::string& where) {
        const std::string path = read_path(value, where, "a path, relative to this file");
        if (value.text.find("${") != value.text.npos)
            refuse(value, where, "a path without variables: files are included before variables are known");
        const std::string identity = files_.identity(path);
        std::string chain;
        bool cycle = false;
        for (const Link& link : chain_) {
            cycle = cycle || link.identity == identity;
            if (cycle) chain += link.path + " -> ";
        }
        if (cycle) refuse_as(value.origin, where, "a cycle: " + chain + path, "files that do not include themselves");
        if (chain_.size() >= kMaxIncludeDepth || ++included_ > kMaxIncludedFiles) {
            for (const Link& link : chain_) chain += link.path + " -> ";
            refuse_as(value.origin, where, "too many includes: " + chain + path,
                      "at most " + std::to_string(kMaxIncludeDepth) + " levels and " +
                          std::to_string(kMaxIncludedFiles) + " files");
        }
        if (!files_.exists(path))
            refuse_as(value.origin, where, shown(value) + ", which does not exist",
                      "a scenario file, relative to this file", "looked for " + path);
        return read(path, files_.text(path));
    }

    Files& files_;
    std::vector<Link> chain_;
    size_t included_ = 0;
};

}  // namespace

Value read_with_includes(const std::string& path, const std::string& text, Files& files) {
    return Includer(files).read(path, text);
}

}  // namespace matinee::scenario
