// What can be set about playback.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "system/base/units.hpp"

namespace matinee::playback {

/// A CDN, or a part of one, and what share of a region's streams it gets.
struct Cdn {
    std::string name;
    std::string base_url;      ///< without a slash at its end; one that begins with a slash is on the API's own address
    std::string region = "*";  ///< ISO 3166-1 alpha-2, or "*": for regions that no row names
    int64_t weight = 1;        ///< relative to the others of its region
};

/// The best picture for a kind of device, by its height. 003 asks not to send 4K to small screens (ABR-15) and names
/// mobile, tv and desktop; the heights are ours.
struct DeviceCap {
    std::string device_type;
    int64_t most_lines = 2160;
};

struct Settings {
    TimeNs heartbeat_interval = 30 * kSecond;  ///< what players are told (004, "Deep Dives 1")
    /// How long after its last heartbeat a stream counts as one. No source has a figure: three heartbeats.
    TimeNs lease = 90 * kSecond;
    /// A heartbeat that says nothing unexpected is written to the database when the last one written is as old as this;
    /// see heartbeat.cpp for what that can cost. 0: each is. No source has a figure: one heartbeat in ten is written.
    TimeNs save_every = 300 * kSecond;
    TimeNs stream_lifetime = 6 * kHour;    ///< of a playback token (004, "Deep Dives 1"), heartbeats or not
    TimeNs manifest_lifetime = 6 * kHour;  ///< of a signed address
    /// Of an account. 003 has 4 "allowed devices" of a household, which is about sharing; registration is for ever
    /// until taken back or forgotten, and households own more.
    int64_t most_devices = 10;
    TimeNs device_memory = 90 * kDay;  ///< a device unused for so long is forgotten; no source has a figure
    /// From which part of its duration on a title counts as watched to the end; 003 keeps a percentage without naming
    /// one.
    int64_t finished_per_mille = 950;
    std::vector<Cdn> cdns = {{.name = "edge", .base_url = "/edge"}};
    std::string license_base_url = "/license";
    std::vector<DeviceCap> device_caps = {{"mobile", 1080}, {"tablet", 1080}, {"desktop", 2160}, {"tv", 2160}};
    /// What every title is taken to have until the catalogue says more (004, "Deep Dives 1"; its 20 and more languages
    /// of subtitles it does not name).
    std::vector<std::string> audio_languages = {"en", "es", "fr"};
    std::vector<std::string> subtitle_languages = {"en", "es", "fr"};
    /// How long deleted profiles are remembered by their ids, so that a request which was under way when they went
    /// leaves no position behind. Longer than any request.
    TimeNs erasure_memory = kDay;
};

}  // namespace matinee::playback
