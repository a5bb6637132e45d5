#include "system/memory/paged_array.hpp"

#include <gtest/gtest.h>

#include <array>
#include <vector>

namespace matinee {
namespace {

using Line = std::array<uint64_t, 8>;

TEST(PagedArray, KeepsItsElementsWhereTheyAre) {
    for (const PageSize page : {PageSize{0}, PageSize{3}, PageSize{8}}) {
        PagedArray<Line> array(page);
        std::vector<const Line*> places;
        constexpr uint32_t many = 3000;
        for (uint32_t i = 0; i < many; ++i) {
            Line& line = array.emplace_back();
            EXPECT_EQ(line, Line{});
            line[i % 8] = i;
            places.push_back(&line);
        }
        ASSERT_EQ(array.size(), many);
        const PagedArray<Line> moved(std::move(array));
        EXPECT_EQ(array.size(), 0u);
        for (uint32_t i = 0; i < many; ++i) {
            ASSERT_EQ(&moved[i], places[i]);
            EXPECT_EQ(moved[i][i % 8], i);
        }
    }
}

TEST(PagedArray, MemoryThatComesBackIsAsNew) {
    for (int again = 0; again < 3; ++again) {
        PagedArray<uint32_t> array(PageSize{8});
        for (uint32_t i = 0; i < 5000; ++i) {
            uint32_t& number = array.emplace_back();
            ASSERT_EQ(number, 0u);
            number = ~i;
        }
    }
}

/// Little is left over, whether there are few or many of them, and where they lie is told by few addresses.
template <class T>
void expect_little_left_over() {
    for (const double elements : {0.0, 100.0, 1667.0, 16'667.0, 166'667.0}) {
        PagedArray<T> array(PageSize::for_about<T>(elements));
        for (uint32_t i = 0; i < uint32_t(elements); ++i) array.emplace_back();
        const double filled = elements * sizeof(T);
        EXPECT_LE(double(array.memory_bytes()), 1.035 * filled + 3 * kSmallestBlockBytes + 8) << elements;
        EXPECT_GE(double(array.memory_bytes()), filled) << elements;
    }
}

TEST(PagedArray, LittleIsLeftOver) {
    expect_little_left_over<Line>();
    expect_little_left_over<uint64_t>();
    expect_little_left_over<std::array<uint32_t, 3>>();
    expect_little_left_over<std::array<uint64_t, 16>>();
}

}  // namespace
}  // namespace matinee
