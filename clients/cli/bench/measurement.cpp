#include <algorithm>

#include "clients/cli/bench/bench.hpp"
#include "reports/format.hpp"
#include "reports/json_writer.hpp"

namespace matinee::bench {

Measurement::Measurement(std::string_view name) { text("name", name); }

Measurement& Measurement::text(std::string_view key, std::string_view value) {
    reports::JsonWriter json;
    json.array(true).text(value).end();  // a document of its own is an array or object
    const std::string array = json.take();
    const size_t first = array.find('"');
    figures_.push_back({std::string(key), array.substr(first, array.rfind('"') + 1 - first), std::string(value)});
    return *this;
}

Measurement& Measurement::number(std::string_view key, double value) {
    figures_.push_back({std::string(key), reports::number_text(value), reports::significant(value, 4)});
    return *this;
}

Measurement& Measurement::integer(std::string_view key, uint64_t value) {
    figures_.push_back({std::string(key), std::to_string(value), reports::count_text(value)});
    return *this;
}

std::string Measurement::json_line() const {
    reports::JsonWriter json;
    json.object(true);
    for (const Figure& figure : figures_) json.key(figure.key).raw(figure.json);
    json.end();
    return json.take();
}

std::string Measurement::table() const {
    size_t widest = 0;
    for (const Figure& figure : figures_) widest = std::max(widest, figure.key.size());
    std::string text = figures_[0].shown + '\n';
    for (size_t i = 1; i < figures_.size(); ++i)
        text += "  " + reports::left(figures_[i].key, widest + 2) + reports::right(figures_[i].shown, 16) + '\n';
    return text;
}

}  // namespace matinee::bench
