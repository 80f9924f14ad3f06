#include "agent/checks/byte_size.h"

#include <gtest/gtest.h>

namespace faultline::checks {
namespace {

TEST(ByteSizeTest, SizesAreReadInPowersOf1024) {
  for (const auto& [text, bytes] : {std::pair{"0", uint64_t{0}},
                                    {"512", 512},
                                    {"1KiB", 1024},
                                    {"20 GiB", uint64_t{20} << 30},
                                    {"1.5TiB", uint64_t{3} << 39},
                                    {"7EiB", uint64_t{7} << 60}}) {
    EXPECT_EQ(ParseByteSize(text), bytes) << text;
  }
}

TEST(ByteSizeTest, WhatIsAmbiguousOrTooLargeIsRefused) {
  for (const char* text : {"", "GiB", "20G", "20GB", "20gib", "-1GiB", "1e3", "1..5GiB", "9EiB",
                           "0x10", "1 GiB ", "nan", "99999999999999999999999"}) {
    EXPECT_EQ(ParseByteSize(text), std::nullopt) << text;
  }
}

TEST(ByteSizeTest, SizesAreWrittenWithTwoOrThreeDigits) {
  for (const auto& [bytes, text] : {std::pair{uint64_t{0}, "0 B"},
                                    {1023, "1023 B"},
                                    {1024, "1 KiB"},
                                    {1536, "1.5 KiB"},
                                    {uint64_t{1717986918}, "1.6 GiB"},
                                    {uint64_t{40} << 30, "40 GiB"},
                                    {(uint64_t{1} << 30) - 1, "1 GiB"},
                                    {UINT64_MAX, "16 EiB"}}) {
    EXPECT_EQ(FormatByteSize(bytes), text);
  }
}

}  // namespace
}  // namespace faultline::checks
