#include "clients/population/catalog.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <set>
#include <vector>

#include "system/base/errors.hpp"
#include "tests/clients/population/specs.hpp"

namespace matinee::population {
namespace {

RandomStream test_stream(uint64_t who) { return RandomStream(12, Purpose::Test, who); }

Library library_of(const Catalog& spec, const std::vector<Release>& releases = {}, uint32_t regions = 1) {
    return Library(spec, releases, regions, 5, kDay);
}

TEST(Library, OneTitleOneRungByHand) {
    const Library library = library_of(plain_films(1, 10));
    EXPECT_EQ(library.playables(), 1u);
    EXPECT_EQ(library.works(), 1u);
    EXPECT_EQ(library.rungs(), 1u);
    EXPECT_EQ(library.segments(0), 3u) << "10 s in segments of 4 s";
    EXPECT_EQ(library.segment_ns(0, 0), 4 * kSecond);
    EXPECT_EQ(library.segment_ns(0, 2), 2 * kSecond);
    EXPECT_EQ(library.segment_bytes(0, 0, 1), 500'000u);
    EXPECT_EQ(library.segment_bytes(0, 0, 2), 250'000u);
    EXPECT_EQ(library.rendition_bytes(0, 0), 1'250'000u);
    EXPECT_DOUBLE_EQ(library.mean_segment_bytes(0, 0), 1'250'000.0 / 3);
    EXPECT_EQ(library.total_bytes(), 1'250'000u);
    EXPECT_TRUE(library.is_film(0));
    EXPECT_FALSE(library.next_episode(0));
    EXPECT_EQ(library.title_name(0), "film 1");
    RandomStream random = test_stream(1);
    EXPECT_EQ(library.pick(0, 5 * kDay, random), 0u);
    EXPECT_EQ(library.popularity(0, 0), std::vector<double>{1});
}

TEST(Library, APlayableOfWholeSegmentsHasNoStub) {
    const Library library = library_of(plain_films(1, 8));
    EXPECT_EQ(library.segments(0), 2u);
    EXPECT_EQ(library.segment_ns(0, 1), 4 * kSecond);
    EXPECT_EQ(library.segment_bytes(0, 0, 1), 500'000u);
}

TEST(Library, EpisodesStandInARow) {
    Catalog spec = plain_series(2, 3, 60);
    spec.seasons_max = 2;
    const Library library = library_of(spec);
    ASSERT_EQ(library.works(), 2u);
    for (uint32_t work = 0; work < 2; ++work) {
        const uint32_t first = library.first_playable(work);
        const uint32_t count = library.episodes(work);
        EXPECT_TRUE(count == 3 || count == 6);
        for (uint32_t i = 0; i < count; ++i) {
            EXPECT_EQ(library.work_of(first + i), work);
            EXPECT_FALSE(library.is_film(first + i));
            const auto next = library.next_episode(first + i);
            if (i + 1 < count)
                EXPECT_EQ(next, first + i + 1);
            else
                EXPECT_FALSE(next) << "the last episode leads nowhere";
        }
    }
    EXPECT_EQ(library.title_name(0), "series 1 S01E01");
    EXPECT_EQ(library.title_name(library.first_playable(1) + 2), "series 2 S01E03");
    uint32_t two_seasons = 0;
    while (two_seasons < 2 && library.episodes(two_seasons) != 6) ++two_seasons;
    ASSERT_LT(two_seasons, 2u) << "choose another seed for this test";
    EXPECT_EQ(library.title_name(library.first_playable(two_seasons) + 4),
              "series " + std::to_string(two_seasons + 1) + " S02E02");
}

TEST(Library, SeriesAreExactlyTheirShareInEverySliceOfTheRanking) {
    const Library library = library_of(small_catalog());
    uint32_t series = 0;
    for (uint32_t work = 0; work < 200; ++work) {
        const bool is_film = library.is_film(library.first_playable(work));
        EXPECT_EQ(is_film, library.episodes(work) == 1);
        EXPECT_TRUE(is_film || library.episodes(work) % 8 == 0);
        series += !is_film;
        EXPECT_NEAR(series, 0.7 * (work + 1), 0.51) << work;
    }
    EXPECT_EQ(series, 140u);
}

TEST(Library, DurationsFollowTheirLaws) {
    Catalog spec = small_catalog();
    spec.titles = 4000;
    const Library library = library_of(spec);
    double film_s = 0, films = 0, seasons = 0, series = 0;
    for (uint32_t work = 0; work < spec.titles; ++work) {
        const uint32_t first = library.first_playable(work);
        const double duration_s = to_seconds(library.duration_ns(first));
        if (library.is_film(first)) {
            film_s += duration_s;
            films += 1;
            continue;
        }
        EXPECT_GE(duration_s, 22 * 60);
        EXPECT_LE(duration_s, 60 * 60);
        EXPECT_EQ(library.duration_ns(first), library.duration_ns(first + 7)) << "one duration per series";
        seasons += library.episodes(work) / 8;
        series += 1;
    }
    EXPECT_NEAR(film_s / films, 103 * 60 * std::exp(0.02), 5 * 0.2 * 6180 / std::sqrt(films));
    EXPECT_NEAR(seasons / series, 2.5, 5 * 1.12 / std::sqrt(series));
}

TEST(Library, DurationsStopAt65535Segments) {
    Catalog spec = plain_films(20, 1);
    spec.film_duration = {DurationLaw::Kind::Uniform, 400'000, 500'000};
    const Library library = library_of(spec);
    EXPECT_EQ(library.segments(3), 65535u);
    EXPECT_EQ(library.duration_ns(3), 65535 * 4 * kSecond);
    EXPECT_THROW(library_of(plain_films(1, 400'000)), InputError) << "a fixed duration is refused, not cut";
}

TEST(Library, SegmentsAddUpToTheRendition) {
    const Library library = library_of(small_catalog());
    for (const uint32_t playable : {0u, 17u, library.playables() - 1}) {
        double sum = 0;
        TimeNs length = 0;
        for (uint32_t i = 0; i < library.segments(playable); ++i) {
            sum += library.segment_bytes(playable, 3, i);
            length += library.segment_ns(playable, i);
        }
        EXPECT_EQ(length, library.duration_ns(playable));
        Bytes all = 0;
        const uint64_t first = library.object(playable, 0, 0);
        for (uint64_t object = first; object < first + library.segments(playable) * library.rungs(); ++object) {
            const auto at = library.place_of(object);
            EXPECT_EQ(at.playable, playable) << "its objects are in a row";
            all += library.segment_bytes(at.playable, at.rung, at.index);
        }
        EXPECT_EQ(library.exact_bytes(playable), all);
        EXPECT_EQ(library.exact_bytes(playable), all) << "once more";
        const double expected = double(library.rendition_bytes(playable, 3));
        EXPECT_NEAR(sum, expected, expected * 4.5 * 0.35 / std::sqrt(library.segments(playable)));
    }
}

TEST(Library, AMoviesRenditionsAreExact) {
    Movie movie;
    movie.segment = 2 * kSecond;
    movie.ladder = {100, 200};
    movie.segment_bytes = {{1000, 2000}, {1100, 2100}, {1200, 2200}};
    Catalog spec = plain_films(3, 15.5);
    spec.movie = std::make_shared<const Movie>(movie);
    const Library library = library_of(spec);
    EXPECT_EQ(library.segment_ns(), 2 * kSecond);
    Bytes sum = 0;
    for (uint32_t i = 0; i < library.segments(1); ++i) sum += library.segment_bytes(1, 1, i);
    EXPECT_EQ(sum, library.rendition_bytes(1, 1));
    EXPECT_EQ(library.total_bytes(), 3 * (library.rendition_bytes(0, 0) + library.rendition_bytes(0, 1)));
}

TEST(Library, ViewersThinOutOverTheEpisodesOfASeries) {
    const Library library = library_of(plain_series(1, 10, 60));
    const std::vector<double> shares = library.popularity(0, 0);
    double sum = 0;
    for (const double share : shares) sum += share;
    EXPECT_NEAR(sum, 1, 1e-12);
    for (uint32_t i = 1; i < 10; ++i) EXPECT_NEAR(shares[i] / shares[i - 1], 0.95, 1e-12);
    std::vector<int> count(10);
    RandomStream random = test_stream(2);
    for (int i = 0; i < 100'000; ++i) ++count[library.pick(0, 0, random)];
    for (uint32_t i = 0; i < 10; ++i) EXPECT_NEAR(count[i], 1e5 * shares[i], 4.5 * std::sqrt(1e5 * shares[i])) << i;
}

TEST(Library, PopularityIsWhatPickDoes) {
    Catalog spec = small_catalog();
    spec.titles = 12;
    spec.popularity = {.alpha = 0.9, .regional_mix = 0.5, .churn_per_day = 0.5};
    const std::vector<Release> releases = {{"hit", 0, 0.2, 2 * kDay, kHour, {}}};
    const Library library(spec, releases, 2, 5, 5 * kDay);
    const TimeNs now = 3 * kDay + kHour;
    const std::vector<double> shares = library.popularity(1, now);
    std::vector<int> count(library.playables());
    RandomStream random = test_stream(3);
    constexpr int draws = 200'000;
    for (int i = 0; i < draws; ++i) ++count[library.pick(1, now, random)];
    double chi_square = 0;
    for (uint32_t p = 0; p < library.playables(); ++p)
        chi_square += (count[p] - draws * shares[p]) * (count[p] - draws * shares[p]) / (draws * shares[p]);
    const double freedom = library.playables() - 1;
    EXPECT_LT(chi_square, freedom + 5 * std::sqrt(2 * freedom));
}

TEST(Library, ReleasesComeNeverEarlyAndDecay) {
    const std::vector<Release> releases = {{"premiere", 2 * kHour, 0.3, kHour, 7000 * kSecond, {}},
                                           {"fixture", 3 * kHour, 0.1, 0, 600 * kSecond, {}}};
    const Library library(plain_films(50, 600), releases, 1, 5, kDay);
    EXPECT_EQ(library.playables(), 52u);
    const uint32_t premiere = library.release_playable(0), fixture = library.release_playable(1);
    EXPECT_TRUE(library.is_release(premiere) && library.is_film(premiere));
    EXPECT_EQ(library.title_name(premiere), "premiere");
    EXPECT_EQ(library.duration_ns(premiere), 7000 * kSecond);
    EXPECT_FALSE(library.next_episode(premiere)) << "releases are works of their own";

    RandomStream random = test_stream(4);
    const auto seen = [&](uint32_t playable, TimeNs now) {
        int hits = 0;
        for (int i = 0; i < 20'000; ++i) hits += library.pick(0, now, random) == playable;
        return hits / 20'000.0;
    };
    EXPECT_EQ(seen(premiere, 2 * kHour - 1), 0);
    EXPECT_EQ(library.popularity(0, 2 * kHour - 1)[premiere], 0);
    EXPECT_NEAR(seen(premiere, 2 * kHour), 0.3, 0.015);
    EXPECT_NEAR(seen(premiere, 3 * kHour), 0.3 * std::exp(-1.0), 0.012);
    EXPECT_EQ(seen(fixture, 3 * kHour - 1), 0);
    EXPECT_NEAR(seen(fixture, 20 * kHour), 0.1, 0.01);
    EXPECT_NEAR(library.popularity(0, 3 * kHour)[premiere], 0.3 * std::exp(-1.0), 1e-12);
    EXPECT_NEAR(library.popularity(0, 20 * kHour)[fixture], 0.1, 1e-12);
}

TEST(Library, ReleasesThatWantMoreThanAllShareIt) {
    const std::vector<Release> releases = {{"a", 0, 0.9, 0, kMinute, {}}, {"b", 0, 0.6, 0, kMinute, {}}};
    const Library library = library_of(plain_films(5, 600), releases);
    const std::vector<double> shares = library.popularity(0, 0);
    EXPECT_NEAR(shares[library.release_playable(0)], 0.6, 1e-12);
    EXPECT_NEAR(shares[library.release_playable(1)], 0.4, 1e-12);
    EXPECT_EQ(shares[0], 0);
    RandomStream random = test_stream(5);
    int first = 0;
    for (int i = 0; i < 10'000; ++i) {
        const uint32_t playable = library.pick(0, 0, random);
        ASSERT_TRUE(library.is_release(playable));
        first += playable == library.release_playable(0);
    }
    EXPECT_NEAR(first, 6000, 4.5 * 49);
}

TEST(Library, RefusesNonsense) {
    EXPECT_THROW(library_of(plain_films(0, 60)), InputError);
    EXPECT_THROW(library_of(plain_films(1, 0)), InputError);
    EXPECT_THROW(library_of(plain_series(1, 0, 60)), InputError);
    Catalog spec = small_catalog();
    spec.series_share = 1.1;
    EXPECT_THROW(library_of(spec), InputError);
    spec = small_catalog();
    spec.titles = 4'000'000'000;
    EXPECT_THROW(library_of(spec), InputError) << "before it eats the memory";
    EXPECT_THROW(library_of(small_catalog(), {{"x", 0, 0.1, 0, 0, {}}}), InputError);
    EXPECT_THROW(library_of(small_catalog(), {{"x", 0, 1.1, 0, kHour, {}}}), InputError);
    EXPECT_THROW(library_of(small_catalog(), {{"x", 0, 0.1, -1, kHour, {}}}), InputError);
    try {
        library_of(small_catalog(), {{"ok", 0, 0.1, 0, kHour, {}}, {"x", 0, 1.5, 0, kHour, {}}});
        FAIL();
    } catch (const InputError& error) {
        EXPECT_EQ(error.where.path, "releases[1].share");
        EXPECT_EQ(error.where.found, "1.5");
    }
}

}  // namespace
}  // namespace matinee::population
