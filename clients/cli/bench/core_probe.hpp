// Whether a core of a virtual machine worked for us alone.
//
// Who shares a physical core with a neighbour is slowed down without losing time: the thread's CPU clock runs on, no
// stolen time is counted, and work that never leaves the registers takes half as long again or more. So a fixed piece
// of such work is timed beside what is measured, and figures are those of the moments in which it was as fast as it
// ever was. (Neighbours also slow down memory, which this does not see.)
#pragma once

#include <cstddef>
#include <vector>

namespace matinee::bench {

/// CPU time of the fixed piece of work, now: some 30 us.
double core_probe_s();

/// Measurements, each with the slowest probe around it.
class ProbedSamples {
public:
    void add(double value, double probe_s) { samples_.push_back({value, probe_s}); }
    size_t size() const { return samples_.size(); }
    /// Where there is none: infinity.
    double fastest_probe_s() const;
    /// Those that were taken while the core was at full speed: its probe within 5 % of `fastest_s`.
    size_t at_full_speed(double fastest_s) const;
    /// The upper median of these; of all where there are too few of them to mean anything, 0 without samples.
    double median_at_full_speed(double fastest_s) const;
    double median() const;

    static constexpr size_t kFewest = 5;

private:
    struct Sample {
        double value;
        double probe_s;

        bool at_full_speed(double fastest_s) const { return probe_s <= fastest_s * 1.05; }
    };
    std::vector<Sample> samples_;
};

}  // namespace matinee::bench
