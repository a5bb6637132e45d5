// How the reader reaches what a scenario names. The loader reads the disk; tests and fuzzers pass texts.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "clients/population/spec.hpp"
#include "simulator/network/recorded_trace.hpp"

namespace matinee::scenario {

class Files {
public:
    virtual ~Files() = default;
    /// The path that stands for a file whatever way leads to it; for cycles of includes.
    virtual std::string identity(const std::string& path) = 0;
    virtual bool exists(const std::string& path) = 0;
    /// Throws InputError or MachineError.
    virtual std::string text(const std::string& path) = 0;
    virtual std::shared_ptr<const std::vector<network::RecordedTrace>> traces(const std::string& path) = 0;
    virtual std::shared_ptr<const population::Movie> movie(const std::string& path) = 0;
};

}  // namespace matinee::scenario
