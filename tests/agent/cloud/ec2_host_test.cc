#include "agent/cloud/ec2_host.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/agent/cloud/cloud_testing.h"

namespace faultline::cloud {
namespace {

TEST(Ec2HostTest, CloudInitsFileIsRead) {
  const MachineFiles machine;
  EXPECT_FALSE(ReadInstanceData(machine.root()).has_value());
  machine.WriteInstanceData();
  EXPECT_EQ(ReadInstanceData(machine.root()), (Ec2Identity{kInstance, "us-east-1"}));
}

TEST(Ec2HostTest, OnlyFirmwareAndHypervisorOfEc2AreTakenForIt) {
  const MachineFiles machine;
  EXPECT_FALSE(IsEc2Machine(machine.root()));
  const std::string dmi = "/sys/devices/virtual/dmi/id/";
  machine.Write(dmi + "sys_vendor", "QEMU\n");
  machine.Write(dmi + "board_asset_tag", "Not Specified\n");
  EXPECT_FALSE(IsEc2Machine(machine.root()));
  machine.Write(dmi + "board_asset_tag", "i-0123456789abcdef0\n");
  EXPECT_TRUE(IsEc2Machine(machine.root()));
  machine.Write(dmi + "board_asset_tag", "\n");
  machine.Write(dmi + "sys_vendor", "Amazon EC2\n");
  EXPECT_TRUE(IsEc2Machine(machine.root()));
  machine.Write(dmi + "sys_vendor", "Xen\n");
  EXPECT_FALSE(IsEc2Machine(machine.root()));
  machine.Write("/sys/hypervisor/uuid", "ec2e1916-9099-7caf-fd21-012345abcdef\n");
  EXPECT_TRUE(IsEc2Machine(machine.root()));
}

TEST(Ec2HostTest, TheSwitchOfAllAwsProgramsIsHonoured) {
  EXPECT_FALSE(MetadataIsDisabled());
  setenv("AWS_EC2_METADATA_DISABLED", "TRUE", 1);
  EXPECT_TRUE(MetadataIsDisabled());
  setenv("AWS_EC2_METADATA_DISABLED", "false", 1);
  EXPECT_FALSE(MetadataIsDisabled());
  unsetenv("AWS_EC2_METADATA_DISABLED");
}

}  // namespace
}  // namespace faultline::cloud
