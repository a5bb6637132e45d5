#include "clients/player/lab/trace_network.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <utility>
#include <vector>

#include "clients/player/abr/patience.hpp"
#include "system/base/random.hpp"

namespace matinee::lab {

/// A network with the table that it runs on; rungs of 500 and 900 kbit/s, segments of 2 s.
struct Network {
    using OnQuality = std::function<void(int, int)>;
    explicit Network(
        const std::vector<Period>& trace, OnQuality on_quality = [](int, int) {})
        : table(trace, 1, abr::Ladder(std::vector<double>{500, 900}, 2000)), network(table, std::move(on_quality)) {}
    TraceTable table;
    TraceNetwork<OnQuality> network;
};

TEST(TraceNetwork, LatencyCountsInUnitsOfItsPeriod) {
    Network on({{1000, 1000, 500}, {1000, 1000, 100}});
    on.network.idle(600);
    // 400 ms pay for 0.8 of the latency; the rest is 0.2 x 100 ms of the next period.
    const Fetched got = on.network.fetch(300e3);
    EXPECT_NEAR(got.latency_ms, 420, 1e-9);
    EXPECT_NEAR(got.time_ms, 720, 1e-9);
    EXPECT_NEAR(on.network.now_ms(), 1320, 1e-9);
    EXPECT_EQ(got.bits, 300e3);
    EXPECT_EQ(got.abandoned_to, -1);
}

TEST(TraceNetwork, DownloadsGoThroughPeriodsAndBackToTheFirst) {
    Network on({{1000, 1000, 0}, {500, 0, 0}, {1000, 100, 0}});
    EXPECT_EQ(on.network.fetch(1000e3).time_ms, 1000) << "all of the first period";
    EXPECT_EQ(on.network.fetch(50e3).time_ms, 1000) << "500 ms of silence, then 500 at 100 kbit/s";
    EXPECT_EQ(on.network.fetch(100e3).time_ms, 550) << "50e3 bits at 100, 50e3 at 1000: it has wrapped";
}

TEST(TraceNetwork, TellsOfSustainableRungs) {
    std::vector<std::pair<int, int>> told;
    Network on({{1000, 1000, 0}, {1000, 1000, 400}, {1000, 100, 0}},
               [&](int now, int before) { told.emplace_back(now, before); });
    EXPECT_EQ(on.network.sustainable(), 1);
    on.network.idle(1500);
    EXPECT_EQ(on.network.sustainable(), 0) << "1000 x (1 - 400 / 2000) = 800 < 900";
    on.network.idle(2000);
    EXPECT_EQ(told, (std::vector<std::pair<int, int>>{{0, 1}, {1, 0}}));
}

// 1000 kbit/s: 12 000 bits are there after 12 ms, so 50 ms decide; the first check counts the latency of 20 ms.
TEST(TraceNetwork, ChecksEveryFiftyMilliseconds) {
    Network on({{60'000, 1000, 20}});
    std::vector<double> elapsed;
    const Fetched whole = on.network.fetch(180e3, [&](double ms, double latency_ms, double bits) {
        elapsed.push_back(ms);
        EXPECT_EQ(latency_ms, 20);
        EXPECT_NEAR(bits, 1000 * (ms - 20), 1e-6);
        return -1;
    });
    EXPECT_EQ(elapsed, (std::vector<double>{50, 100, 150}));
    EXPECT_EQ(whole.time_ms, 200);
    EXPECT_EQ(whole.bits, 180e3);
}

// 100 kbit/s: 12 000 bits take 120 ms.
TEST(TraceNetwork, ChecksAfterTwelveThousandBits) {
    Network on({{60'000, 100, 20}});
    const Fetched part = on.network.fetch(180e3, [](double ms, double, double) { return ms > 200 ? 3 : -1; });
    EXPECT_EQ(part.time_ms, 260);
    EXPECT_EQ(part.bits, 24e3);
    EXPECT_EQ(part.abandoned_to, 3);
    EXPECT_EQ(on.network.now_ms(), 260);
}

/// The same link the plain way: Sabre's do_minimal_download(), and a poll after each.
class PlainNetwork {
public:
    explicit PlainNetwork(const std::vector<Period>& trace) : trace_(trace), left_ms_(trace[0].duration_ms) {}

    template <class Check>
    Fetched fetch(double bits, const Check& check) {
        Fetched got;
        double units = 1;
        while (units > 0) {
            const double c = trace_[index_].latency_ms;
            const double ms = units * c;
            if (ms <= left_ms_) {
                got.latency_ms += ms;
                left_ms_ -= ms;
                break;
            }
            units -= left_ms_ / c;
            got.latency_ms += next_row();
        }
        got.time_ms = got.latency_ms;
        double least_ms = abr::kCheckMs - got.latency_ms;
        while (got.bits < bits && got.abandoned_to < 0) {
            const auto [part_bits, part_ms] = download(bits - got.bits, abr::kCheckBits, least_ms);
            got.time_ms += part_ms;
            got.bits += part_bits;
            if (got.bits < bits) got.abandoned_to = check(got.time_ms, got.latency_ms, got.bits);
            least_ms = abr::kCheckMs;
        }
        return got;
    }

private:
    double next_row() {
        const double ms = left_ms_;
        index_ = (index_ + 1) % trace_.size();
        left_ms_ = trace_[index_].duration_ms;
        return ms;
    }

    std::pair<double, double> download(double bits, double least_bits, double least_ms) {
        double got_bits = 0, got_ms = 0;
        while (bits > 0 && (least_bits > 0 || least_ms > 0)) {
            const double kbps = trace_[index_].bandwidth_kbps;
            double part_bits = 0, part_ms = 0;
            if (kbps > 0) {
                const double wanted = std::max(least_bits, least_ms * kbps), in_row = left_ms_ * kbps;
                if (bits <= wanted && bits <= in_row) {
                    part_bits = bits;
                    part_ms = bits / kbps;
                    left_ms_ -= part_ms;
                } else if (wanted <= in_row) {
                    part_bits = wanted;
                    part_ms = wanted / kbps;
                    left_ms_ -= part_ms;
                    least_bits = least_ms = 0;
                } else {
                    part_bits = in_row;
                    part_ms = next_row();
                }
            } else if (least_bits > 0 || least_ms > left_ms_) {
                part_ms = next_row();
            } else {
                part_ms = least_ms;
                left_ms_ -= part_ms;
            }
            got_bits += part_bits;
            got_ms += part_ms;
            bits -= part_bits;
            least_bits -= part_bits;
            least_ms -= part_ms;
        }
        return {got_bits, got_ms};
    }

    const std::vector<Period>& trace_;
    size_t index_ = 0;
    double left_ms_;
};

static std::vector<Period> random_trace(RandomStream& random) {
    std::vector<Period> trace(1 + random.below(12));
    const bool round = random.chance(0.5);  // whole numbers, so that checks fall on the ends of rows and downloads
    for (Period& row : trace) {
        row = {random.chance(0.1) ? 60'000 * random.uniform() : 3'000 * random.uniform(),
               random.chance(0.1) ? 0 : 200 * std::exp(6 * random.uniform()), 300 * random.uniform()};
        if (round) row = {50 * std::ceil(row.duration_ms / 50), 240 * std::ceil(row.bandwidth_kbps / 240), 50};
    }
    trace.push_back({1000, 2400, 50});
    return trace;
}

/// What the rule says, with and without the patience to leave out polls.
struct Poll {
    const abr::Plan& plan;
    const abr::State<double>& state;
    abr::Progress request;

    int operator()(double elapsed_ms, double latency_ms, double bits) const {
        abr::Progress now = request;
        now.elapsed_ms = elapsed_ms;
        now.latency_ms = latency_ms;
        now.bits_done = bits;
        now.level_ms = std::max(0.0, request.level_ms - elapsed_ms);
        return abr::abandon_to(plan, state, now);
    }
};
struct PatientPoll : Poll {
    abr::Patience patience;
    double lasts_until_ms(double elapsed_ms, double latency_ms, double bits) const {
        return patience.lasts_until_ms(elapsed_ms, latency_ms, bits);
    }
};

// Random links, movies, states and rules, download after download: every bit of every sum is that of plain polling.
TEST(TraceNetwork, ChecksPassedOverChangeNothing) {
    using enum abr::Rule;
    const std::vector<double> bitrates = {235, 375, 560, 850, 1250, 1850, 2850, 4300};
    RandomStream random(11, Purpose::Test, 0);
    int abandoned = 0, whole = 0;
    for (int round = 0; round < 300; ++round) {
        const std::vector<Period> trace = random_trace(random);
        abr::Settings settings;
        const abr::Rule rules[] = {Throughput, Bola, BolaE, Dynamic, DynamicDash};
        settings.rule = rules[random.below(5)];
        settings.max_buffer_ms = 8'000 + 50'000 * random.uniform();
        const abr::Plan plan(settings, abr::Ladder(bitrates, 2000));
        const abr::Patience::Table table(plan.ladder);
        abr::State<double> state{};
        Network impatient(trace), patient(trace);
        PlainNetwork plain(trace);
        for (uint32_t segment = 0; segment < 30; ++segment) {
            const int rung = int(random.below(8));
            const double bits = std::ceil(plan.ladder.bitrate(rung) * (400 + 3200 * random.uniform()));
            const abr::Progress request = {.bits_total = bits,
                                           .level_ms = settings.max_buffer_ms * random.uniform(),
                                           .rung = rung,
                                           .segment = segment,
                                           .segments = 30};
            const Poll poll{plan, state, request};
            const PatientPoll patient_poll{poll, abr::Patience(plan, table, state, request)};
            const Fetched a = plain.fetch(bits, poll);
            for (const Fetched& b : {impatient.network.fetch(bits, poll), patient.network.fetch(bits, patient_poll)}) {
                ASSERT_EQ(a.abandoned_to, b.abandoned_to) << round << ' ' << segment;
                ASSERT_EQ(a.time_ms, b.time_ms) << round << ' ' << segment;
                ASSERT_EQ(a.latency_ms, b.latency_ms) << round << ' ' << segment;
                ASSERT_EQ(a.bits, b.bits) << round << ' ' << segment;
            }
            ASSERT_EQ(impatient.network.now_ms(), patient.network.now_ms()) << round << ' ' << segment;
            ++(a.abandoned_to >= 0 ? abandoned : whole);
            abr::report_download(plan, state,
                                 {.bits = a.bits,
                                  .download_ms = a.time_ms - a.latency_ms,
                                  .latency_ms = a.latency_ms,
                                  .rung = rung,
                                  .level_ms = request.level_ms,
                                  .abandoned_to = a.abandoned_to});
            state.uses_bola = random.below(2) & 1u;
        }
    }
    EXPECT_GT(abandoned, 500);
    EXPECT_GT(whole, 2000);
}

// A bit a millisecond in rounds of 2 ms: 5e8 rounds.
TEST(TraceNetwork, VeryManyRoundsTakeNoTime) {
    Network on({{1, 2, 0}, {1, 0, 0}});
    const Fetched got = on.network.fetch(1e9);
    EXPECT_NEAR(got.time_ms, 1e9, 2);
    EXPECT_EQ(on.network.fetch(1e9, [](double, double, double) { return 2; }).bits, 12e3);
    on.network.idle(1e10);
    EXPECT_NEAR(on.network.now_ms(), 1e9 + 12e3 + 1e10, 4);
    Network slow({{1, 2, 10'000}, {1, 0, 50'000}});
    EXPECT_NEAR(slow.network.fetch(1).latency_ms, 2 / (1 / 10'000.0 + 1 / 50'000.0), 2) << "harmonic mean of the rows'";
}

}  // namespace matinee::lab
