#include "system/playback/steering.hpp"

#include <algorithm>

#include "system/base/encoding.hpp"
#include "system/base/errors.hpp"

namespace matinee::playback {

static constexpr const char* kEverywhere = "*";

WeightedSteering::WeightedSteering(std::vector<Cdn> cdns) : cdns_(std::move(cdns)) {
    for (const Cdn& cdn : cdns_)
        if (cdn.weight < 1)
            throw InputError(
                {"settings", "cdns", "`" + cdn.name + "` with weight " + std::to_string(cdn.weight), "at least 1", ""});
    if (std::none_of(cdns_.begin(), cdns_.end(), [](const Cdn& cdn) { return cdn.region == kEverywhere; }))
        throw InputError({"settings", "cdns", "no CDN for region *", "one for regions that no row names", ""});
}

const Cdn& WeightedSteering::pick(const std::string& region, uint64_t draw) const {
    const auto total = [&](const std::string& of) {
        uint64_t weights = 0;
        for (const Cdn& cdn : cdns_) weights += cdn.region == of ? uint64_t(cdn.weight) : 0;
        return weights;
    };
    const std::string& chosen = total(region) > 0 ? region : std::string(kEverywhere);
    uint64_t left = draw % total(chosen);
    for (const Cdn& cdn : cdns_) {
        if (cdn.region != chosen) continue;
        if (left < uint64_t(cdn.weight)) return cdn;
        left -= uint64_t(cdn.weight);
    }
    return cdns_.back();  // not reached: the weights add up to the total
}

std::string folder_signature(const Crypto& crypto, const std::string& key, const std::string& path,
                             const std::string& query) {
    return "&signature=" + to_base64url(crypto.hmac_sha256(key, path + query));
}

}  // namespace matinee::playback
