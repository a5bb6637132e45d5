// A JSON Schema as another program understands it. Apart from the tests because the validator's headers take half a
// minute to compile.
#pragma once

#include <memory>
#include <string>

namespace matinee::scenario {

class PublishedSchema {
public:
    explicit PublishedSchema(const std::string& text);
    ~PublishedSchema();
    /// Empty if the document is valid; else what is wrong, line by line.
    std::string errors(const std::string& document) const;

private:
    struct Parsed;
    std::unique_ptr<Parsed> parsed_;
};

}  // namespace matinee::scenario
