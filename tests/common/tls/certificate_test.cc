#include "common/tls/certificate.h"

#include <gtest/gtest.h>

#include "common/tls/openssl.h"

namespace faultline::tls {
namespace {

using TimePtr = std::unique_ptr<ASN1_TIME, FreeBy<ASN1_TIME_free>>;

std::optional<WallTime> Read(const char* text) {
  const TimePtr time(ASN1_TIME_new());
  EXPECT_EQ(ASN1_TIME_set_string(time.get(), text), 1) << text;
  return TimeOf(time.get());
}

TEST(TimeOfTest, ReadsBothForms) {
  EXPECT_EQ(Read("261122031407Z"), WallTime{1'795'317'247'000'000'000});
  EXPECT_EQ(Read("20261122031407Z"), WallTime{1'795'317'247'000'000'000});
}

TEST(TimeOfTest, NoEndIsTheLastSecondThatNanosecondsHold) {
  EXPECT_EQ(Read("99991231235959Z"), WallTime{9'223'372'036'000'000'000});
}

TEST(TimeOfTest, BeforeTheEpochIsTheEpoch) { EXPECT_EQ(Read("19500101000000Z"), WallTime{0}); }

TEST(TimeOfTest, NoTimeIsNone) { EXPECT_EQ(TimeOf(nullptr), std::nullopt); }

}  // namespace
}  // namespace faultline::tls
