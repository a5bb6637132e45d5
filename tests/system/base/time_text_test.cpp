#include "system/base/time_text.hpp"

#include <gtest/gtest.h>

namespace matinee {

TEST(TimeText, ReadsWhatItWrites) {
    for (const TimeNs moment : {TimeNs(0), 1'795'204'800 * kSecond, 951'782'400 * kSecond + 125 * kMillisecond,
                                4'102'444'800 * kSecond - kMillisecond, 68'169'600 * kSecond})
        EXPECT_EQ(unix_time(utc_text(moment)), moment) << utc_text(moment);
    EXPECT_EQ(unix_time("1970-01-01T00:00:00Z"), 0);
    EXPECT_EQ(unix_time("1970-01-02T00:00:01.5Z"), kDay + kSecond + 500 * kMillisecond);
    EXPECT_EQ(unix_time("1970-01-01T00:00:00.000000001Z"), 1);
    EXPECT_EQ(unix_time("2000-02-29T00:00:00Z"), 951'782'400 * kSecond);
}

TEST(TimeText, RefusesWhatIsNoMoment) {
    for (const char* text : {"",
                             "Z",
                             "2026-11-20",
                             "2026-11-20T20:00:00",
                             "2026-11-20 20:00:00Z",
                             "2026-11-20T20:00:00+01:00",
                             "2026-11-20T24:00:00Z",
                             "2026-11-20T20:60:00Z",
                             "2026-11-20T20:00:60Z",
                             "2026-02-29T00:00:00Z",
                             "2026-04-31T00:00:00Z",
                             "2026-13-01T00:00:00Z",
                             "2026-00-10T00:00:00Z",
                             "2026-01-00T00:00:00Z",
                             "2026-11-20T20:00:00.Z",
                             "2026-11-20T20:00:00.1234567890Z",
                             "2026-11-20T20:00:00.1aZ",
                             "2026-11-20T20:00:00,5Z",
                             "+026-11-20T20:00:00Z",
                             "1969-12-31T23:59:59Z",
                             "2201-01-01T00:00:00Z",
                             "9999-01-01T00:00:00Z"})
        EXPECT_EQ(unix_time(text), std::nullopt) << text;
}

}  // namespace matinee
