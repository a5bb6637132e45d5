#include "system/base/service_error.hpp"

#include <gtest/gtest.h>

#include <set>

namespace matinee {

TEST(ServiceError, TheTableIsInTheOrderOfItsCodes) {
    std::set<std::string_view> names;
    for (const ErrorInfo& info : error_table()) {
        EXPECT_EQ(&info_of(info.code), &info) << info.name;
        EXPECT_TRUE(names.insert(info.name).second) << info.name << " twice";
        EXPECT_TRUE(info.status >= 400 && info.status < 600) << info.name;
        EXPECT_FALSE(info.title.empty());
    }
    EXPECT_EQ(error_table().size(), size_t(ErrorCode::DeadlineExceeded) + 1);
}

}  // namespace matinee
