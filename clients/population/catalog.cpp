#include "clients/population/catalog.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

#include "clients/population/behaviour.hpp"
#include "clients/population/refuse.hpp"
#include "system/base/math.hpp"

namespace matinee::population {

namespace {

constexpr uint32_t kWorkStream = 0;  // `which` of a Purpose::Catalog stream; ranking.cpp uses 1 and 2

const Catalog& checked(const Catalog& spec) {
    require(spec.titles > 0, "catalog.titles", spec.titles, "at least 1");
    require(spec.series_share >= 0 && spec.series_share <= 1, "catalog.series_share", spec.series_share,
            "a share from 0 to 1");
    if (spec.series_share > 0) {
        require(spec.seasons_max > 0, "catalog.seasons_max", spec.seasons_max, "at least 1");
        require(spec.episodes_per_season > 0, "catalog.episodes_per_season", spec.episodes_per_season, "at least 1");
        check_law(spec.episode_duration, "catalog.episode_duration");
    }
    if (spec.series_share < 1) check_law(spec.film_duration, "catalog.film_duration");
    // The mean number of episodes, so that a mistyped exponent is refused before it eats the memory.
    const double mean_episodes = (1 + double(spec.seasons_max)) / 2 * double(spec.episodes_per_season);
    const double playables = double(spec.titles) * (1 + spec.series_share * (mean_episodes - 1));
    require(playables <= 0.9 * Library::kMostPlayables, "catalog.titles", spec.titles,
            "at most 45 million films and episodes in all");
    return spec;
}

}  // namespace

Library::Library(const Catalog& spec, std::span<const Release> releases, uint32_t regions, uint64_t seed, TimeNs run)
    : sizes_(checked(spec), seed),
      ranking_(spec.popularity, spec.titles, regions, seed, run),
      releases_(releases.begin(), releases.end()),
      episodes_per_season_(std::max(spec.episodes_per_season, 1u)),
      log_decline_(math::log(kEpisodeDecline)) {
    for (uint32_t seasons = 0; seasons <= spec.seasons_max; ++seasons)
        reached_.push_back(1 - math::exp(log_decline_ * double(seasons) * double(episodes_per_season_)));
    add_works(spec, seed);
    for (size_t i = 0; i < releases_.size(); ++i) add_release(releases_[i], i);
    first_playable_.push_back(playables());
    index_blocks();
    for (uint32_t p = 0; p < playables(); ++p) total_bytes_ += playable_bytes(p);
    exact_bytes_ = std::vector<std::atomic<Bytes>>(playables());
}

void Library::add_works(const Catalog& spec, uint64_t seed) {
    const double most_s = to_seconds(kMostSegments * segment_ns());
    const auto check_fixed = [&](const DurationLaw& law, const char* path) {
        require(law.kind != DurationLaw::Kind::Fixed || law.a <= most_s, path, law.a,
                "at most 65535 segments in seconds");
    };
    check_fixed(spec.film_duration, "catalog.film_duration");
    check_fixed(spec.episode_duration, "catalog.episode_duration");
    double series_before = 0;
    for (uint32_t work = 0; work < spec.titles; ++work) {
        RandomStream random(seed, Purpose::Catalog, work, kWorkStream);
        const double series = std::floor(double(work + 1) * spec.series_share + 0.5);
        if (series > series_before) {
            const uint32_t seasons = 1 + random.below(spec.seasons_max);
            const TimeNs duration = playable_duration(spec.episode_duration, random);
            add_playables(seasons * spec.episodes_per_season, duration, false);
        } else {
            add_playables(1, playable_duration(spec.film_duration, random), true);
        }
        series_before = series;
    }
}

void Library::add_release(const Release& release, size_t number) {
    const std::string path = "releases[" + std::to_string(number) + "]";
    require(release.duration >= kSecond && release.duration <= kMostSegments * segment_ns(),
            (path + ".duration").c_str(), to_seconds(release.duration), "a length from 1 s to 65535 segments");
    require(release.share >= 0 && release.share <= 1, (path + ".share").c_str(), release.share, "a share from 0 to 1");
    require(release.decay >= 0, (path + ".decay").c_str(), to_seconds(release.decay), "a time from 0 (it stays)");
    add_playables(1, release.duration / kMillisecond * kMillisecond, true);
}

void Library::add_playables(uint32_t count, TimeNs duration, bool film) {
    const uint32_t work = uint32_t(first_playable_.size());
    first_playable_.push_back(playables());
    const uint16_t segments = uint16_t((duration + segment_ns() - 1) / segment_ns());
    for (uint32_t i = 0; i < count; ++i) {
        playables_.push_back({duration, work, film});
        objects_of_.push_back({objects_ & Objects::kMost, segments});
        objects_ += uint64_t(segments) * rungs();
    }
}

void Library::index_blocks() {
    block_bits_ = int(std::bit_width(objects_ / playables()));
    uint32_t playable = 0;
    for (uint64_t first = 0; first < objects_; first += uint64_t(1) << block_bits_) {
        while (playable + 1 < playables() && objects_of_[playable + 1].first <= first) ++playable;
        first_in_block_.push_back(playable);
    }
}

TimeNs Library::playable_duration(const DurationLaw& law, RandomStream& random) const {
    const TimeNs most = kMostSegments * segment_ns() / kMillisecond * kMillisecond;
    return std::clamp(draw(law, random) / kMillisecond * kMillisecond, std::min(kSecond, most), most);
}

Bytes Library::playable_bytes(uint32_t playable) const {
    Bytes sum = 0;
    for (uint32_t rung = 0; rung < rungs(); ++rung) sum += rendition_bytes(playable, rung);
    return sum;
}

Bytes Library::exact_bytes(uint32_t playable) const {
    // Whoever comes first writes what anyone else would.
    Bytes sum = exact_bytes_[playable].load(std::memory_order_relaxed);
    if (sum != 0) return sum;
    for (uint32_t rung = 0; rung < rungs(); ++rung)
        for (uint32_t i = 0; i < segments(playable); ++i) sum += segment_bytes(playable, rung, i);
    exact_bytes_[playable].store(sum, std::memory_order_relaxed);
    return sum;
}

std::string Library::title_name(uint32_t playable) const {
    const uint32_t work = work_of(playable);
    if (is_release(playable)) return releases_[work - ranking_.works()].title;
    const std::string number = std::to_string(work + 1);
    if (is_film(playable)) return "film " + number;
    const uint32_t episode = playable - first_playable_[work];
    std::string name = "series " + number;
    const auto append = [&name](const char* letter, uint32_t n) {
        name += letter;
        if (n < 10) name += '0';
        name += std::to_string(n);
    };
    append(" S", episode / episodes_per_season_ + 1);
    append("E", episode % episodes_per_season_ + 1);
    return name;
}

double release_share(const Release& release, TimeNs now) {
    if (now < release.at) return 0;
    if (release.decay == 0) return release.share;
    return release.share * math::exp(-double(now - release.at) / double(release.decay));
}

double Library::releases_share(TimeNs now) const {
    double sum = 0;
    for (const Release& release : releases_) sum += release_share(release, now);
    return sum;
}

std::optional<uint32_t> Library::pick_release(TimeNs now, RandomStream& random) const {
    const double together = releases_share(now);
    if (!(together > 0)) return std::nullopt;
    double left = random.uniform() * std::max(together, 1.0);
    if (left >= together) return std::nullopt;
    uint32_t last_active = 0;
    for (uint32_t i = 0; i < releases_.size(); ++i) {
        const double share = release_share(releases_[i], now);
        if (left < share) return release_playable(i);
        if (share > 0) last_active = i;
        left -= share;
    }
    return release_playable(last_active);  // rounding left a crumb over
}

// Inverts the truncated geometric law: P(episode < k) = (1 - q^k) / (1 - q^n).
uint32_t Library::pick_episode(uint32_t work, RandomStream& random) const {
    const uint32_t count = episodes(work);
    const double tail = 1 - random.uniform() * reached_[count / episodes_per_season_];
    const uint32_t episode = uint32_t(math::log(tail) / log_decline_);
    return first_playable_[work] + std::min(episode, count - 1);
}

std::vector<double> Library::popularity(uint32_t region, TimeNs now) const {
    std::vector<double> result(playables());
    const double together = releases_share(now);
    for (uint32_t i = 0; i < releases_.size(); ++i)
        result[release_playable(i)] = release_share(releases_[i], now) / std::max(together, 1.0);
    const double ranked = 1 - std::min(together, 1.0);
    const std::vector<double> of_works = ranking_.shares(region, now);
    for (uint32_t work = 0; work < ranking_.works(); ++work) {
        const uint32_t first = first_playable_[work];
        double share = ranked * of_works[work];
        if (playables_[first].film) {
            result[first] = share;
            continue;
        }
        share *= (1 - kEpisodeDecline) / reached_[episodes(work) / episodes_per_season_];
        for (uint32_t p = first; p < first_playable_[work + 1]; ++p, share *= kEpisodeDecline) result[p] = share;
    }
    return result;
}

}  // namespace matinee::population
