// Whose name it is: machines that come under one that another holds.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/collector/security/joining_testing.h"

namespace faultline::security {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class TakeoverTest : public JoiningFixture {
 protected:
  void SetUp() override {
    auto granted = Enrol(Token(), key_);
    ASSERT_TRUE(granted.ok()) << granted.status();
    holder_ = *std::move(granted);
  }
  void ExpectTaken(const std::string& token, const char* says) {
    const auto answer = Enrol(token, HostKey());
    EXPECT_TRUE(absl::IsAlreadyExists(answer.status())) << answer.status();
    EXPECT_THAT(std::string(answer.status().message()), HasSubstr(says));
  }
  const HostKey key_;
  Granted holder_;
};

// Its port to renew at may be blocked; it is there all the same.
TEST_F(TakeoverTest, AConnectedHostKeepsItsNameWhateverBecameOfItsCertificate) {
  live_.Connect(kDb1);
  clock_.Advance(Span::Seconds(48 * 3600 + 8 * 86'400));
  ExpectTaken(Token(), "which is connected");
  ExpectTaken(Token(1, true), "which is connected");
  live_.Disconnect(kDb1);
  EXPECT_TRUE(Enrol(Token(), HostKey()).ok());
}

TEST_F(TakeoverTest, AStreamThatCannotGetACertificateAnyMoreIsEnded) {
  live_.Connect(kDb1);
  clock_.Advance(Span::Seconds(48 * 3600 + 8 * 86'400));
  ASSERT_TRUE(Admit(*Enrol(Token(), HostKey(), "db-2")).ok());
  ForgetWhatEnded();
  EXPECT_THAT(ended_, ElementsAre(kDb1));
  EXPECT_FALSE(joining_->standing().Find(SerialOf(holder_)));
}

TEST_F(TakeoverTest, AHostThatWasHeardAMomentAgoKeepsItsName) {
  Settle();
  const std::string replacing = Token(1, true);
  live_.Set(kDb1, {.heard = clock_.Now() - Span::Seconds(5)});
  ExpectTaken(replacing, "which was connected within the last 1m");
  Settle();
  EXPECT_TRUE(Enrol(replacing, HostKey()).ok());
}

TEST_F(TakeoverTest, NobodyCountsAsSilentInTheCollectorsFirstMinute) {
  Settle();
  Close();
  Open();
  const std::string replacing = Token(1, true);
  ExpectTaken(replacing, "this collector was started within the last 1m");
  Settle();
  EXPECT_TRUE(Enrol(replacing, HostKey()).ok());
}

TEST_F(TakeoverTest, AMachineThatSaidThatItIsSwitchedOffFreesItsNameAtOnce) {
  Settle();
  Close();
  Open();
  live_.Set(kDb1, {.powered_off = true, .heard = clock_.Now()});
  EXPECT_TRUE(Enrol(Token(1, true), HostKey()).ok());
  // That says nothing of the machine that has just taken the name.
  ExpectTaken(Token(1, true), "which joined within the last 1m");
}

}  // namespace
}  // namespace faultline::security
