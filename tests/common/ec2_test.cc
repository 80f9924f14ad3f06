#include "common/ec2.h"

#include <gtest/gtest.h>

#include <string>

namespace faultline {
namespace {

using namespace std::string_view_literals;

TEST(Ec2InstanceIdTest, IsInAndEightToSeventeenHexadecimalDigits) {
  for (const char* good : {"i-0123456789abcdef0", "i-1a2b3c4d"}) {
    EXPECT_TRUE(IsEc2InstanceId(good)) << good;
  }
  for (const std::string_view bad :
       {""sv, "i-"sv, "i-1a2b3c4"sv, "i-0123456789abcdef01"sv, "i-0123456789ABCDEF0"sv,
        "iid-local01"sv, "i-0123456789abcdeg"sv, "i-1a2b3c4d\n"sv, "i-1a2b3c4d\0"sv,
        "i-1a2b3c4d; reboot"sv}) {
    EXPECT_FALSE(IsEc2InstanceId(bad)) << bad;
  }
}

TEST(AwsRegionTest, IsTwoLettersWordsAndANumber) {
  for (const char* good : {"us-east-1", "us-gov-west-1", "ap-southeast-2", "eu-isoe-west-1"}) {
    EXPECT_TRUE(IsAwsRegion(good)) << good;
  }
  for (const std::string_view bad :
       {""sv, "us"sv, "us-1"sv, "us-east"sv, "us-east-1a"sv, "us-east-12"sv, "US-EAST-1"sv,
        "usa-east-1"sv, "us--1"sv, "us-east-1 --profile x"sv, "us-east-1\n"sv, "europe-west1"sv}) {
    EXPECT_FALSE(IsAwsRegion(bad)) << bad;
  }
  EXPECT_FALSE(IsAwsRegion("us-" + std::string(40, 'a') + "-1"));
}

}  // namespace
}  // namespace faultline
