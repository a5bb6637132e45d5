// time, catalog and releases.
#include <algorithm>

#include "clients/population/catalog.hpp"
#include "simulator/scenario/content.hpp"
#include "simulator/scenario/format.hpp"

namespace matinee::scenario {

using population::Catalog;
using population::DurationLaw;
using population::Popularity;
using population::Release;

Table<TimeSpec> time_table() {
    TimeSpec initial;
    initial.start_unix_s = 1'795'194'000;  // Friday 2026-11-20, 17:00 UTC
    Table<TimeSpec> table(initial, "an object: start, duration, warmup, sample");
    table.field("start", &TimeSpec::start_unix_s, instant(), "the wall-clock time that T stands for")
        .field("duration", &TimeSpec::duration, duration(kSecond, 400 * kDay), "how much time is simulated",
               Presence::Required)
        .field("warmup", &TimeSpec::warmup, duration(0, 400 * kDay),
               "sessions that start earlier, and what the CDN does before, enter no metric; caches fill meanwhile")
        .field("sample", &TimeSpec::sample, duration(100 * kMillisecond, kDay), "step of every time series")
        .check([](TimeSpec& time, const Value& value, const Place& place) {
            const auto at = [&](const char* key) { return given(value, key) ? *given(value, key) : value; };
            if (time.warmup >= time.duration)
                refuse_as(at("warmup").origin, place.member("warmup").path, duration_text(time.warmup),
                          "less than time.duration (" + duration_text(time.duration) + ")");
            if (time.sample > time.duration)
                refuse_as(at("sample").origin, place.member("sample").path, duration_text(time.sample),
                          "at most time.duration (" + duration_text(time.duration) + ")");
            constexpr int64_t kMaxSamples = 500'000;
            if (time.duration / time.sample > kMaxSamples)
                refuse_as(at("sample").origin, place.member("sample").path,
                          std::to_string(time.duration / time.sample) + " samples over the run",
                          "at most " + std::to_string(kMaxSamples), "a longer sample");
        });
    return table;
}

static Table<Popularity> popularity_table() {
    Popularity initial;
    Table<Popularity> table(initial, "an object: alpha, shift, cutoff, regional_mix, churn_per_day");
    table
        .field("alpha", &Popularity::alpha, number({0, 5}),
               "exponent s of popularity over rank, v(r) ~ (r + shift)^-s exp(-r / cutoff); 0.8 to 1 suit one region "
               "and day")
        .field("shift", &Popularity::shift, number({0, 1e6}), "q of Zipf-Mandelbrot: flattens the top")
        .field("cutoff", &Popularity::cutoff, whole<double>(1, 1'000'000'000, "none"),
               "ranks over which the tail falls off; a third of the titles suits a film and series catalogue")
        .field("regional_mix", &Popularity::regional_mix, share(),
               "share of a region's plays that follow the region's own ranking")
        .field("churn_per_day", &Popularity::churn_per_day, share(),
               "share of titles that trade ranks with another title each day");
    return table;
}

static Catalog default_catalog() {
    Catalog catalog;
    // Films: log-normal about 103 min, 85 to 125 min covering most; episodes: 22 to 60 min (assumptions after published
    // title lists of a large service, first half of 2025).
    catalog.film_duration = {DurationLaw::Kind::Lognormal, 103 * 60, 0.2};
    catalog.episode_duration = {DurationLaw::Kind::Uniform, 22 * 60, 60 * 60};
    // A ladder of ten H.264 rungs as large services used it before per-title encoding (2015).
    catalog.ladder = {235, 375, 560, 750, 1050, 1750, 2350, 3000, 4300, 5800};
    return catalog;
}

static void check_catalog(Catalog& catalog, const Value& value, const Place& place) {
    if (catalog.movie) {
        for (const char* key : {"ladder", "segment", "vbr"})
            if (const Value* beside = given(value, key))
                refuse_as(beside->origin, place.member(key).path, shown(*beside) + " beside catalog.movie",
                          "nothing: the movie brings its own ladder, segment length and sizes",
                          "remove it, or set it to null where an included file gives it");
        catalog.ladder = catalog.movie->ladder;
        catalog.segment = catalog.movie->segment;
    }
    for (size_t i = 1; i < catalog.ladder.size(); ++i) {
        if (catalog.ladder[i] > catalog.ladder[i - 1]) continue;
        const Value* ladder = given(value, "ladder");
        refuse_as(ladder ? ladder->items[i].origin : value.origin, item_path(place.member("ladder").path, i),
                  bitrate_text(catalog.ladder[i]) + " after " + bitrate_text(catalog.ladder[i - 1]),
                  "rungs in ascending order, each once");
    }
    const double episodes =
        double(catalog.titles) * catalog.series_share * (1 + catalog.seasons_max) / 2.0 * catalog.episodes_per_season;
    if (episodes > population::Library::kMostPlayables)
        refuse_as(value.origin, place.path, std::to_string(uint64_t(episodes)) + " episodes",
                  "at most " + std::to_string(population::Library::kMostPlayables) +
                      " (titles x series_share x mean seasons x episodes_per_season)");
}

Table<Catalog> catalog_table() {
    Table<Catalog> table(default_catalog(), "an object: titles, popularity, ladder, segment, ...");
    Table<Catalog> vbr(default_catalog(), "an object: cv, peak");
    vbr.field("cv", &Catalog::vbr_cv, number({0, 2}),
              "coefficient of variation of segment sizes within a title and rung (0.2 to 0.5 is usual)")
        .field("peak", &Catalog::vbr_peak, number({1, 20}), "no segment above this multiple of the mean");
    const std::string movie_expected = "a path to a movie: a Sabre JSON file, or a folder with Pensieve's video sizes";
    const auto has_movie = [](const Catalog& catalog) { return catalog.movie != nullptr; };
    table.field("titles", &Catalog::titles, whole(1, 5'000'000), "works: films and series")
        .field("series_share", &Catalog::series_share, share(), "share of the works that are series")
        .field("film_duration", &Catalog::film_duration, duration_law(kDay), "how long films are")
        .field("episode_duration", &Catalog::episode_duration, duration_law(kDay), "how long episodes are")
        .field("seasons_max", &Catalog::seasons_max, whole(1, 100),
               "seasons of a series: from 1 to this, equally likely")
        .field("episodes_per_season", &Catalog::episodes_per_season, whole(1, 1000), "episodes of a season")
        .field("popularity", &Catalog::popularity, popularity_table().codec(), "how plays spread over titles")
        .field("ladder", &Catalog::ladder, list_of(bitrate<Kbps>(10, 1'000'000), 1, 32, "bitrates in ascending order"),
               "nominal bitrate of each rung")
        .unless(has_movie)
        .field("segment", &Catalog::segment, duration(200 * kMillisecond, kMinute), "length of a segment")
        .unless(has_movie)
        .section("vbr", vbr, "how segment sizes vary around the rung's bitrate")
        .unless(has_movie)
        .custom(
            {"movie", "real segment sizes from a file instead of ladder, segment and vbr; every title repeats them",
             scalar(movie_expected, object_of({{"type", Value::string("string")}})), false, std::nullopt},
            [movie_expected](Catalog& catalog, const Value& value, const Place& place) {
                const std::string path = read_path(value, place.path, movie_expected);
                if (place.context.files == nullptr || !place.context.files->exists(path))
                    refuse_as(value.origin, place.path, shown(value) + ", which does not exist", movie_expected,
                              "looked for " + path);
                catalog.movie = place.context.files->movie(path);
            },
            [](const Catalog& catalog, const Context& context) {
                if (!catalog.movie) return Value();
                return Value::string(context.for_hash ? content_of(*catalog.movie) : catalog.movie->file);
            })
        .check(check_catalog);
    return table;
}

Table<Release> release_table() {
    Release initial;
    initial.duration = 105 * kMinute;
    Table<Release> table(initial, "an object: title, at, share, decay, duration, prefill");
    table.field("title", &Release::title, text(100), "its name in reports", Presence::Required)
        .field("at", &Release::at, moment(0, 400 * kDay), "when it can be watched", Presence::Required)
        .field("share", &Release::share, share({0, 1, true}),
               "share of the starts that choose it, at its height; all releases together at most 100 %",
               Presence::Required)
        .field("decay", &Release::decay, duration(kSecond, 4000 * kDay, "none"),
               "time over which that share falls to 37 %; \"none\": it stays")
        .field("duration", &Release::duration, duration(kSecond, kDay), "length of the film")
        .field("prefill", &Release::prefill, maybe(moment(-400 * kDay, 400 * kDay)),
               "when edges that prefill fetch it; left out or null: they meet it cold")
        .check([](Release& release, const Value& value, const Place& place) {
            if (release.title.empty()) refuse(*given(value, "title"), place.member("title").path, "a name");
            if (release.prefill && *release.prefill > release.at)
                refuse(*given(value, "prefill"), place.member("prefill").path,
                       "not after the release at " + given(value, "at")->text);
        });
    return table;
}

}  // namespace matinee::scenario
