// The network of Sabre's session model: one player on a recorded link that repeats without a gap. Model: Sabre,
// NetworkModel (Spiteri, Sitaraman, Sparacio, MMSys 2018); the order of the arithmetic is Sabre's, so that results
// agree to the last digit. The one exception: what lasts very many rounds of the trace goes through most of them in one
// step, so that a trace of a few bits does not take for ever.
#pragma once

#include <algorithm>
#include <cmath>
#include <span>
#include <utility>
#include <vector>

#include "clients/player/abr/abandonment.hpp"
#include "clients/player/lab/session.hpp"

namespace matinee::lab {

/// A trace made ready for sessions on one ladder.
class TraceTable {
public:
    struct Row {
        double duration_ms;
        double kbps;
        double latency_ms;
        int sustainable;  ///< highest rung whose bitrate the bandwidth carries, less its latency per segment
        double check_bits, check_ms;  ///< from one check of a download to the next, where both lie in this row
        double checks_per_ms, checks_per_bit;
    };
    /// Throws InputError where the trace would never move on or never deliver.
    TraceTable(std::span<const Period> trace, double multiplier, const abr::Ladder& ladder);

    std::span<const Row> rows() const { return rows_; }
    double cycle_ms() const { return cycle_ms_; }
    double cycle_bits() const { return cycle_bits_; }
    /// Share of a request's latency that a round of the trace takes care of; infinite where some row has none.
    double cycle_requests() const { return cycle_requests_; }
    /// Rounds in a row from which on they are taken in one step.
    double many_cycles() const { return many_cycles_; }

private:
    std::vector<Row> rows_;
    double cycle_ms_ = 0;
    double cycle_bits_ = 0;
    double cycle_requests_ = 0;
    double many_cycles_ = 0;
};

/// What came of one request.
struct Fetched {
    double bits = 0;        ///< received
    double time_ms = 0;     ///< latency included
    double latency_ms = 0;  ///< request to first bit
    int abandoned_to = -1;  ///< what the check answered; -1: the segment is whole
};

/// `OnQuality(sustainable rung now, before)` is called when a row begins that sustains another rung.
template <class OnQuality>
class TraceNetwork {
public:
    TraceNetwork(const TraceTable& table, OnQuality on_quality)
        : table_(table), rows_(table.rows()), on_quality_(std::move(on_quality)), left_ms_(rows_[0].duration_ms) {}

    /// Nobody asks for anything.
    void idle(double ms) {
        while (ms > left_ms_) {
            ms -= skip_rest_of_row();
            if (many_cycles(ms, table_.cycle_ms())) ms -= skip_cycles(ms / table_.cycle_ms()).ms;
        }
        pass(ms);
    }

    /// One request that cannot be given up.
    Fetched fetch(double bits) {
        const double latency_ms = latency();
        return {.bits = bits, .time_ms = latency_ms + download(bits), .latency_ms = latency_ms};
    }

    /// One request. `check(elapsed ms, latency ms, bits received)` answers with the rung to give it up for, or -1; it
    /// is asked after every 12 000 bits, but at least 50 ms after the time before. A check that has
    /// `lasts_until_ms(elapsed ms, latency ms, bits received)`, too, is not asked up to the elapsed time that this
    /// names.
    template <class Check>
    Fetched fetch(double bits, const Check& check) {
        Fetched got;
        got.latency_ms = latency();
        got.time_ms = got.latency_ms;
        Asking<Check> asking{check};
        double least_ms = abr::kCheckMs - got.latency_ms;
        do {
            const Part part = download_some(bits - got.bits, abr::kCheckBits, least_ms);
            got.time_ms += part.ms;
            got.bits += part.bits;
            if (!(got.bits < bits) || asking.gives_up(got)) return got;
            least_ms = abr::kCheckMs;
        } while (!checks_of_row(bits, asking, got));
        return got;
    }

    double now_ms() const { return now_ms_; }
    int sustainable() const { return row().sustainable; }

private:
    /// Checks that are passed over in one go, few enough that the rounding of their sums stays far below the margin.
    static constexpr double kMostChecks = 1000, kMargin = 1e-6;
    template <class Check>
    struct Asking {
        const Check& check;
        double quiet_until_ms = 0;  ///< the check answers -1 up to here

        bool gives_up(Fetched& got) {
            if (got.time_ms <= quiet_until_ms) return false;
            if constexpr (requires { check.lasts_until_ms(got.time_ms, got.latency_ms, got.bits); }) {
                quiet_until_ms = check.lasts_until_ms(got.time_ms, got.latency_ms, got.bits);
                if (got.time_ms <= quiet_until_ms) return false;
            }
            got.abandoned_to = check(got.time_ms, got.latency_ms, got.bits);
            return got.abandoned_to >= 0;
        }
    };
    struct Part {
        double bits = 0;
        double ms = 0;
    };
    const TraceTable::Row& row() const { return rows_[index_]; }

    void pass(double ms) {
        left_ms_ -= ms;
        now_ms_ += ms;
    }

    double skip_rest_of_row() {
        const double ms = left_ms_;
        now_ms_ += ms;
        const int before = row().sustainable;
        if (++index_ == rows_.size()) index_ = 0;
        left_ms_ = row().duration_ms;
        if (row().sustainable != before) on_quality_(row().sustainable, before);
        return ms;
    }

    bool many_cycles(double amount, double in_a_cycle) const {
        return index_ == 0 && amount > table_.many_cycles() * in_a_cycle;
    }
    /// All but the last whole one of `cycles` rounds, from the beginning of a round on.
    Part skip_cycles(double cycles) {
        const double whole = std::floor(cycles) - 1;
        const Part part = {whole * table_.cycle_bits(), whole * table_.cycle_ms()};
        now_ms_ += part.ms;
        return part;
    }

    // One unit of delay: a row of latency c takes c ms for the whole unit.
    double latency() {
        double total = 0;
        double units = 1;
        while (units > 0) {
            const double c = row().latency_ms;
            const double ms = units * c;
            if (ms <= left_ms_) {
                pass(ms);
                return total + ms;
            }
            units -= left_ms_ / c;
            total += skip_rest_of_row();
            if (many_cycles(units, table_.cycle_requests())) {
                const double cycles = units / table_.cycle_requests();
                total += skip_cycles(cycles).ms;
                units -= (std::floor(cycles) - 1) * table_.cycle_requests();
            }
        }
        return total;
    }

    double download(double bits) {
        double total = 0;
        while (bits > 0) {
            const double kbps = row().kbps;
            if (bits <= left_ms_ * kbps) {
                const double ms = bits / kbps;
                pass(ms);
                return total + ms;
            }
            bits -= left_ms_ * kbps;
            total += skip_rest_of_row();
            if (many_cycles(bits, table_.cycle_bits())) {
                const Part part = skip_cycles(bits / table_.cycle_bits());
                bits -= part.bits;
                total += part.ms;
            }
        }
        return total;
    }

    /// From one check to the next for as long as the next one lies in the current row and before the last bit: what
    /// download_some() would do, with the same sums. True: that was all of the download.
    template <class Check>
    bool checks_of_row(double bits, Asking<Check>& asking, Fetched& got) {
        const TraceTable::Row& now = row();
        while (true) {
            const double in_row = left_ms_ * now.checks_per_ms;
            const double to_come = (bits - got.bits) * now.checks_per_bit;
            const double quiet = (asking.quiet_until_ms - got.time_ms) * now.checks_per_ms;
            const double fit = std::min(in_row, to_come);
            const double count = std::max(0.0, std::min({fit, quiet, kMostChecks}));
            const double whole = double(int(count));
            // Between two whole numbers by more than what rounding can do: the next check is not one of these.
            const bool sure = count - whole > kMargin && whole + 1 - count > kMargin;
            pass_checks(now, sure ? int(count) : int(count) - 1, got);
            if (sure && count == fit) return false;
            if (!(bits - got.bits > now.check_bits && now.check_bits <= left_ms_ * now.kbps)) return false;
            pass_checks(now, 1, got);
            if (!(got.bits < bits) || asking.gives_up(got)) return true;
        }
    }

    /// All sums are made one by one, since that is how they are rounded.
    void pass_checks(const TraceTable::Row& now, int count, Fetched& got) {
        double bits = got.bits, ms = got.time_ms, left_ms = left_ms_, now_ms = now_ms_;
        for (int i = 0; i < count; ++i) {
            bits += now.check_bits;
            ms += now.check_ms;
            left_ms -= now.check_ms;
            now_ms += now.check_ms;
        }
        got.bits = bits;
        got.time_ms = ms;
        left_ms_ = left_ms;
        now_ms_ = now_ms;
    }

    Part download_some(double bits, double least_bits, double least_ms) {
        Part total;
        const auto count = [&](const Part& part) {
            total.bits += part.bits;
            total.ms += part.ms;
            bits -= part.bits;
            least_bits -= part.bits;
            least_ms -= part.ms;
        };
        while (bits > 0 && (least_bits > 0 || least_ms > 0)) {
            const double kbps = row().kbps;
            Part part;
            if (kbps > 0) {
                const double wanted = std::max(least_bits, least_ms * kbps);
                const double in_row = left_ms_ * kbps;
                if (bits <= wanted && bits <= in_row) {
                    part = {bits, bits / kbps};
                    pass(part.ms);
                } else if (wanted <= in_row) {
                    part = {wanted, wanted / kbps};
                    least_bits = least_ms = 0;  // rounding must not ask for another round
                    pass(part.ms);
                } else {
                    part.bits = in_row;
                    part.ms = skip_rest_of_row();
                }
            } else if (least_bits > 0 || least_ms > left_ms_) {
                part.ms = skip_rest_of_row();
            } else {
                part.ms = least_ms;
                pass(part.ms);
            }
            count(part);
            const double sure = std::min(bits, least_bits);
            if (many_cycles(sure, table_.cycle_bits()) && left_ms_ == row().duration_ms)
                count(skip_cycles(sure / table_.cycle_bits()));
        }
        return total;
    }

    const TraceTable& table_;
    std::span<const TraceTable::Row> rows_;
    OnQuality on_quality_;
    size_t index_ = 0;
    double left_ms_ = 0;  ///< of the current row
    double now_ms_ = 0;
};

}  // namespace matinee::lab
