#include "agent/host/host_facts.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/fakes/temp_directory.h"

namespace faultline::host {
namespace {

void Write(const std::string& path, const std::string& text) {
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  std::ofstream(path) << text;
}

TEST(InstanceIdTest, IsTheFirmwaresOnEc2AndElseCloudInits) {
  const fakes::TempDirectory root;
  EXPECT_EQ(InstanceId(root.path()), "");
  Write(root / "run/cloud-init/.instance-id", "iid-local01\n");
  EXPECT_EQ(InstanceId(root.path()), "iid-local01");
  const std::string asset = root / "sys/devices/virtual/dmi/id/board_asset_tag";
  Write(asset, "Default string\n");
  EXPECT_EQ(InstanceId(root.path()), "iid-local01");
  Write(asset, "i-0123456789abcdef0\n");
  EXPECT_EQ(InstanceId(root.path()), "i-0123456789abcdef0");
  Write(asset, "i-" + std::string(80, 'x'));
  EXPECT_EQ(InstanceId(root.path()), "iid-local01");
}

TEST(InstanceIdTest, NeverTellsTheMachineIdItself) {
  std::ifstream file("/etc/machine-id");
  std::string machine;
  file >> machine;
  if (machine.empty()) GTEST_SKIP() << "there is no /etc/machine-id";
  EXPECT_NE(InstanceId(), machine);
}

}  // namespace
}  // namespace faultline::host
