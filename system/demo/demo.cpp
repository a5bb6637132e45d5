#include "system/demo/demo.hpp"

#include <set>

#include "system/base/encoding.hpp"
#include "system/base/random.hpp"
#include "system/base/sha256.hpp"
#include "system/demo/words.hpp"

namespace matinee::demo {

namespace {

constexpr size_t kTitles = 360;
constexpr uint64_t kSeed = 1895;
constexpr uint64_t kPeoplePool = 180;                // who plays in more than one title makes titles alike
constexpr TimeNs kOldest = 1'672'531'200 * kSecond;  // 2023-01-01
constexpr TimeNs kNewest = 1'830'297'600 * kSecond;  // 2028-01-01: some are still to come
constexpr std::array<Text, 4> kRegions = {"US", "DE", "IN", "BR"};

template <size_t N>
Text pick(RandomStream& random, const std::array<Text, N>& words) {
    return words[random.below(uint32_t(N))];
}

/// The person of that number, always the same; no two have one name.
std::string person(uint64_t number) {
    return std::string(kFirstNames[number % kFirstNames.size()]) + " " +
           std::string(kLastNames[(number * 7 + number / kFirstNames.size()) % kLastNames.size()]);
}
std::string any_person(RandomStream& random) { return person(random.below(uint32_t(kPeoplePool))); }

std::string id_of(const std::string& what) { return "ttl_" + to_hex(sha256("matinee demo " + what)).substr(0, 32); }

std::string capital(Text text) {
    std::string out(text);
    if (out[0] >= 'a' && out[0] <= 'z') out[0] = char(out[0] - 'a' + 'A');
    return out;
}

std::string name_for(RandomStream& random) {
    const std::string noun(pick(random, kNouns)), adjective(pick(random, kAdjectives));
    switch (random.below(6)) {
        case 0:
            return "The " + adjective + " " + noun;
        case 1:
            return noun + " of " + std::string(pick(random, kAbstracts));
        case 2:
            return capital(pick(random, kPlaces));
        case 3:
            return std::string(pick(random, kFirstNames)) + " and the " + noun;
        case 4:
            return adjective + " " + noun;
        default:
            return "The " + noun + " of " + std::string(pick(random, kPlaces));
    }
}

/// A plot with its gaps filled; a capital letter in the gap begins a sentence.
std::string filled(RandomStream& random, Text plot) {
    const Text who = pick(random, kPeople), where = pick(random, kPlaces), what = pick(random, kThings);
    const std::string name = any_person(random);
    std::string out;
    for (size_t i = 0; i < plot.size(); ++i) {
        if (plot[i] != '{') {
            out += plot[i];
            continue;
        }
        const char gap = plot[i + 1];
        const Text text = gap == 'a' || gap == 'A' ? who : gap == 'p' ? where : gap == 't' || gap == 'T' ? what : name;
        out += gap == 'A' || gap == 'T' ? capital(text) : std::string(text);
        i += 2;
    }
    return out;
}

void choose_genre(RandomStream& random, const Genre& genre, catalog::Details& title) {
    title.genres.emplace_back(genre.name);
    const uint32_t first = random.below(3);
    title.genres.emplace_back(genre.companions[first]);
    if (random.chance(0.3)) title.genres.emplace_back(genre.companions[(first + 1) % 3]);
    const int steps = genre.strongest - genre.mildest + 1;
    title.rating = catalog::Rating(genre.mildest + int(random.below(uint32_t(steps))));
    title.synopsis = filled(random, genre.plots[random.below(4)]);
    if (random.chance(0.5)) title.synopsis += " " + std::string(pick(random, kClosings));
}

void choose_people(RandomStream& random, catalog::Details& title) {
    std::set<std::string> cast;
    for (uint32_t wanted = 3 + random.below(5); cast.size() < wanted;) {
        const std::string one = any_person(random);
        if (cast.insert(one).second) title.cast.push_back(one);
    }
    title.director = any_person(random);
}

/// Most titles are everywhere and stay; some are in few regions, some leave again, some are still to come.
void choose_windows(RandomStream& random, catalog::Details& title) {
    const TimeNs day = TimeNs(random.below(uint32_t((kNewest - kOldest) / kDay))) * kDay;
    const TimeNs from = kOldest + day - (day > 1100 * kDay && random.chance(0.6) ? 700 * kDay : 0);
    const TimeNs until = random.chance(0.1) ? from + 1500 * kDay : kNever;
    if (random.chance(0.85)) {
        title.windows.push_back({.region = "*", .from = from, .until = until});
        return;
    }
    const uint32_t first = random.below(uint32_t(kRegions.size()));
    for (uint32_t i = 0; i <= random.below(3); ++i)
        title.windows.push_back({.region = std::string(kRegions[(first + i) % kRegions.size()]),
                                 .from = from + TimeNs(i) * 30 * kDay,
                                 .until = until});
}

void add_pictures(catalog::Details& title) {
    for (const char* kind : {"poster", "backdrop", "thumbnail"})
        title.artwork.emplace_back(kind, "/artwork/" + title.title_id + "/" + kind + ".jpg");
    title.trailer_url = "/trailers/" + title.title_id + ".mp4";
}

void add_languages(RandomStream& random, catalog::Details& title) {
    static constexpr std::array<Text, 8> kLanguages = {"en", "de", "es", "pt", "hi", "ja", "fr", "tr"};
    title.language = random.chance(0.5) ? "en" : std::string(pick(random, kLanguages));
    std::set<std::string> audio = {title.language}, subtitles = {"en"};
    for (int i = 0; i < 2; ++i) audio.emplace(pick(random, kLanguages));
    for (int i = 0; i < 5; ++i) subtitles.emplace(pick(random, kLanguages));
    title.audio_languages.assign(audio.begin(), audio.end());
    title.subtitle_languages.assign(subtitles.begin(), subtitles.end());
}

catalog::Details make_title(size_t number, std::set<std::string>& names) {
    RandomStream random(kSeed, Purpose::Catalog, number);
    catalog::Details title;
    title.title_id = id_of(std::to_string(number));
    title.type = random.chance(0.28) ? catalog::TitleType::Series : catalog::TitleType::Film;
    do title.title = name_for(random);
    while (!names.insert(title.title).second);
    choose_genre(random, kGenres[number % kGenres.size()], title);
    choose_people(random, title);
    choose_windows(random, title);
    add_languages(random, title);
    add_pictures(title);
    title.release_year = 1960 + int64_t(random.below(67));
    if (random.chance(0.7)) title.release_year = 2010 + int64_t(random.below(17));
    title.average_rating_hundredths = 240 + int64_t(random.below(120)) + int64_t(random.below(130));
    if (title.type == catalog::TitleType::Film) title.duration_s = 60 * int64_t(78 + random.below(80));
    return title;
}

std::vector<catalog::Details> make_episodes(size_t number, const catalog::Details& series) {
    RandomStream random(kSeed, Purpose::Catalog, number, 1);
    std::vector<catalog::Details> episodes;
    const uint32_t seasons = 1 + random.below(3), minutes = 22 + random.below(35);
    for (uint32_t season = 1; season <= seasons; ++season) {
        const uint32_t first_name = random.below(uint32_t(kEpisodeTitles.size()));
        const uint32_t last = 6 + random.below(5);
        for (uint32_t i = 1; i <= last; ++i) {
            catalog::Details episode;
            episode.type = catalog::TitleType::Episode;
            episode.title_id = id_of(std::to_string(number) + " " + std::to_string(season) + " " + std::to_string(i));
            episode.title = kEpisodeTitles[(first_name + 5 * i) % kEpisodeTitles.size()];
            episode.series_id = series.title_id;
            episode.season = season;
            episode.number = i;
            episode.rating = series.rating;
            episode.synopsis = filled(random, kGenres[number % kGenres.size()].plots[(season + i) % 4]);
            episode.duration_s = 60 * int64_t(minutes + random.below(6));
            episode.release_year = series.release_year + season - 1;
            episode.language = series.language;
            episode.audio_languages = series.audio_languages;
            episode.subtitle_languages = series.subtitle_languages;
            episode.artwork.emplace_back("thumbnail", "/artwork/" + episode.title_id + "/thumbnail.jpg");
            episodes.push_back(std::move(episode));
        }
    }
    return episodes;
}

}  // namespace

std::vector<std::vector<catalog::Details>> catalogue() {
    std::vector<std::vector<catalog::Details>> all;
    std::set<std::string> names;
    for (size_t number = 0; number < kTitles; ++number) {
        all.push_back({make_title(number, names)});
        if (all.back()[0].type != catalog::TitleType::Series) continue;
        for (catalog::Details& episode : make_episodes(number, all.back()[0])) all.back().push_back(std::move(episode));
    }
    return all;
}

}  // namespace matinee::demo
