#include "common/reload_notice.h"

#include "gmock/gmock.h"

namespace faultline {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(ReloadingNoticeTest, CarriesTheMonotonicTimeInMicroseconds) {
  EXPECT_EQ(ReloadingNotice(MonoTime{5'000'000}), "RELOADING=1\nMONOTONIC_USEC=5000");
}

TEST(RefusalLinesTest, GiveEveryErrorALineOfItsOwn) {
  EXPECT_THAT(RefusalLines(absl::InvalidArgumentError("agent.yaml:1: a\nagent.yaml:2: b")),
              ElementsAre(HasSubstr("nothing has changed"), "agent.yaml:1: a", "agent.yaml:2: b"));
}

}  // namespace
}  // namespace faultline
