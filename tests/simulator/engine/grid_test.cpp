#include "simulator/engine/grid.hpp"

#include <gtest/gtest.h>

#include "system/base/random.hpp"

namespace matinee::engine {
namespace {

TEST(Grid, SaysWhatADivisionWouldAtTheEdgesToo) {
    RandomStream random(1, Purpose::Test, 31);
    for (int round = 0; round < 2000; ++round) {
        const TimeNs width = 1 + TimeNs(random.uniform() * double(TimeNs(1) << (4 + random.below(30))));
        const Grid grid(width);
        const auto piece = int64_t(random.uniform() * double(kDay) / double(width));
        for (const TimeNs into : {TimeNs(0), TimeNs(1) % width, width / 2, width - 1}) {
            const TimeNs time = grid.start_of(piece) + into;
            ASSERT_EQ(grid.at(time), time / width) << time << " in pieces of " << width;
        }
    }
}

}  // namespace
}  // namespace matinee::engine
