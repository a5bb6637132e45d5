// The description of the scenario format, as data: what may stand where, how it is called, what it means and what it is
// when left out. Everything that must agree is made from it: the reader, the messages, the check of `--set` paths, the
// published JSON Schema and the canonical form.
//
// A Codec<T> describes one kind of value and moves it between JSON and T; a Table<S> lists the fields of one object
// with the members of S they fill. The default of a field is the initial value of its member.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "simulator/scenario/files.hpp"
#include "simulator/scenario/value.hpp"
#include "system/base/text.hpp"

namespace matinee::scenario {

struct Scenario;
struct Shape;
using ShapePtr = std::shared_ptr<const Shape>;

/// One key of an object.
struct Member {
    std::string key;
    std::string doc;  ///< one line: what it means, with its source where it has one
    ShapePtr shape;
    bool required = false;
    std::optional<Value> initial;  ///< what it is when left out, if that can be said
};

struct Shape {
    enum class Kind : uint8_t { Scalar, Object, Map, List, Union, Any };
    Kind kind = Kind::Any;
    std::string expected;            ///< for messages: `a bitrate such as "235 kbps"`
    Value schema;                    ///< Scalar: its JSON Schema
    std::vector<Member> members;     ///< Object
    ShapePtr item;                   ///< List and Map
    std::vector<std::string> names;  ///< Map: the keys that may stand; empty: any
    std::vector<ShapePtr> options;   ///< Union
};

/// What reading needs to know besides the value at hand. The names are gathered before the tables run, so that a
/// population may refer to a region wherever it stands.
struct Context {
    std::vector<std::string> regions;
    std::vector<std::string> devices;
    std::vector<std::string> nodes;
    bool own_devices = false;  ///< the scenario lists others, so the default mix does not apply
    Files* files = nullptr;
    const Scenario* scenario = nullptr;  ///< as far as it is read: the tables run in the order of format_table()
    bool for_hash = false;               ///< writing: files by content instead of by path
};

struct Place {
    const Context& context;
    std::string path;
    Place member(std::string_view key) const { return {context, member_path(path, key)}; }
    Place item(size_t index) const { return {context, item_path(path, index)}; }
};

template <class T>
struct Codec {
    using type = T;
    ShapePtr shape;
    std::function<T(const Value&, const Place&)> read;
    std::function<Value(const T&, const Context&)> write;  ///< Null: leave the key out
};

enum class Presence : uint8_t { Optional, Required };

/// Refuses anything but an object whose keys are all known.
void expect_object(const Value& value, const Place& place, const Shape& shape);
[[noreturn]] void refuse_missing(const Value& object, const Place& place, const Member& member);
/// The member, unless it is absent or null.
const Value* given(const Value& object, std::string_view key);

template <class S>
class Table {
public:
    Table(S initial, std::string expected) : initial_(std::move(initial)), shape_(std::make_shared<Shape>()) {
        shape_->kind = Shape::Kind::Object;
        shape_->expected = std::move(expected);
    }

    /// `member` is a pointer to member or a function from S& (and const S&) to a reference.
    template <class M, class T>
    Table& field(std::string key, M member, Codec<T> codec, std::string doc, Presence presence = Presence::Optional) {
        static_assert(std::is_same_v<std::remove_cvref_t<std::invoke_result_t<M, S&>>, T>);
        Member description{std::move(key), std::move(doc), codec.shape, presence == Presence::Required, std::nullopt};
        if (presence == Presence::Optional)
            if (Value initial = codec.write(std::invoke(member, initial_), Context{}); !initial.is(Value::Kind::Null))
                description.initial = std::move(initial);
        shape_->members.push_back(std::move(description));
        reads_.push_back([member, read = codec.read](S& s, const Value& value, const Place& place) {
            std::invoke(member, s) = read(value, place);
        });
        writes_.push_back([member, write = codec.write](const S& s, const Context& context) {
            return write(std::invoke(member, s), context);
        });
        return *this;
    }

    /// An object of its own in JSON that fills members of the same S.
    Table& section(std::string key, const Table& inner, std::string doc) {
        shape_->members.push_back({std::move(key), std::move(doc), inner.shape_, false, std::nullopt});
        reads_.push_back([inner](S& s, const Value& value, const Place& place) { inner.read_into(s, value, place); });
        writes_.push_back([inner](const S& s, const Context& context) { return inner.write(s, context); });
        return *this;
    }

    /// A key with a reader and a writer of its own.
    Table& custom(Member member, std::function<void(S&, const Value&, const Place&)> read,
                  std::function<Value(const S&, const Context&)> write) {
        shape_->members.push_back(std::move(member));
        reads_.push_back(std::move(read));
        writes_.push_back(std::move(write));
        return *this;
    }

    /// The key added last is left out of the canonical form where it means nothing.
    Table& unless(std::function<bool(const S&)> meaningless) {
        writes_.back() = [write = std::move(writes_.back()), meaningless](const S& s, const Context& context) {
            return meaningless(s) ? Value() : write(s, context);
        };
        return *this;
    }

    /// Runs after the fields are read: what they must be together.
    Table& check(std::function<void(S&, const Value&, const Place&)> rule) {
        checks_.push_back(std::move(rule));
        return *this;
    }

    void read_into(S& s, const Value& value, const Place& place) const {
        expect_object(value, place, *shape_);
        for (size_t i = 0; i < reads_.size(); ++i) {
            const Member& member = shape_->members[i];
            if (const Value* there = given(value, member.key))
                reads_[i](s, *there, place.member(member.key));
            else if (member.required)
                refuse_missing(value, place, member);
        }
        for (const auto& rule : checks_) rule(s, value, place);
    }

    Value write(const S& s, const Context& context) const {
        Value object = Value::object();
        for (size_t i = 0; i < writes_.size(); ++i)
            if (Value value = writes_[i](s, context); !value.is(Value::Kind::Null))
                object.set(shape_->members[i].key, std::move(value));
        return object;
    }

    Codec<S> codec() const {
        return {shape_,
                [table = *this](const Value& value, const Place& place) {
                    S s = table.initial_;
                    table.read_into(s, value, place);
                    return s;
                },
                [table = *this](const S& s, const Context& context) { return table.write(s, context); }};
    }

    const S& initial() const { return initial_; }
    const std::shared_ptr<Shape>& shape() const { return shape_; }

private:
    S initial_;
    std::shared_ptr<Shape> shape_;
    std::vector<std::function<void(S&, const Value&, const Place&)>> reads_;
    std::vector<std::function<Value(const S&, const Context&)>> writes_;
    std::vector<std::function<void(S&, const Value&, const Place&)>> checks_;
};

/// The whole format: the table of the top level (format.cpp).
const Shape& format_shape();

/// One step of a path: a key or, if `index` is set, a place in a list.
struct PathStep {
    std::string key;
    std::optional<size_t> index;
};

/// The shapes that may stand at the end of `steps`, below `shape`. Refuses a path that no scenario could have, with the
/// nearest spelling.
std::vector<const Shape*> shapes_at(const Shape& shape, const std::vector<PathStep>& steps, const Origin& origin,
                                    const std::string& whole_path);

}  // namespace matinee::scenario
