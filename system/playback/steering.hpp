// Which CDN a stream is sent to, and the signed addresses there.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "system/playback/settings.hpp"
#include "system/ports/crypto.hpp"

namespace matinee::playback {

class Steering {
public:
    virtual ~Steering() = default;
    /// `draw` is uniform; who has the same draw is sent to the same place.
    virtual const Cdn& pick(const std::string& region, uint64_t draw) const = 0;
};

/// By a fixed table: a region's own rows, else those for "*", in proportion to their weights.
class WeightedSteering : public Steering {
public:
    /// Throws InputError for a table that leaves a region without a CDN or has a weight below 1.
    explicit WeightedSteering(std::vector<Cdn> cdns);
    const Cdn& pick(const std::string& region, uint64_t draw) const override;

private:
    std::vector<Cdn> cdns_;
};

/// "&signature=...", to stand behind `query`, which must not be empty, in the address of anything in the folder `path`
/// ("/v1/TITLE/"): HMAC-SHA256 over the one and the other in base64url, for whoever serves the address and knows the
/// key. It covers the folder because a stream is many files: manifest, licence, segments.
std::string folder_signature(const Crypto& crypto, const std::string& key, const std::string& path,
                             const std::string& query);

}  // namespace matinee::playback
