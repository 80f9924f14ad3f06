#include "agent/host/rights.h"

#include <grp.h>
#include <gtest/gtest.h>
#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace faultline::host {
namespace {

// This thread without any capability.
class WithoutCapabilities {
 public:
  WithoutCapabilities() {
    syscall(SYS_capget, &header_, saved_);
    __user_cap_data_struct none[2] = {saved_[0], saved_[1]};
    none[0].effective = none[1].effective = 0;
    EXPECT_EQ(syscall(SYS_capset, &header_, none), 0);
  }
  ~WithoutCapabilities() { syscall(SYS_capset, &header_, saved_); }
  WithoutCapabilities(const WithoutCapabilities&) = delete;
  WithoutCapabilities& operator=(const WithoutCapabilities&) = delete;

 private:
  __user_cap_header_struct header_{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct saved_[2] = {};
};

TEST(RightsTest, ACapabilityThatIsDroppedIsMissing) {
  if (geteuid() != 0) GTEST_SKIP() << "only root has a capability to drop";
  if (!HasCapability("CAP_NET_RAW")) GTEST_SKIP() << "this root has no CAP_NET_RAW";
  const WithoutCapabilities dropped;
  EXPECT_FALSE(HasCapability("CAP_NET_RAW"));
}

TEST(RightsTest, AnUnknownCapabilityIsMissing) {
  EXPECT_FALSE(HasCapability("CAP_NO_SUCH"));
  EXPECT_FALSE(HasCapability(""));
}

TEST(RightsTest, OnesOwnGroupIsThereAndAnUnknownOneIsNot) {
  const group* own = getgrgid(getegid());
  if (own == nullptr) GTEST_SKIP() << "this process' group has no name";
  const std::string name = own->gr_name;
  EXPECT_TRUE(InGroup(name));
  const WithoutCapabilities dropped;
  EXPECT_TRUE(InGroup(name));
  EXPECT_FALSE(InGroup("no-such-group"));
}

}  // namespace
}  // namespace faultline::host
