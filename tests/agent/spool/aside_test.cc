#include "agent/spool/aside.h"

#include "gtest/gtest.h"
#include "tests/agent/spool/spool_testing.h"

namespace faultline::spool {
namespace {

class Aside : public ::testing::Test {
 protected:
  const std::unique_ptr<Disk> disk_ = MakeDisk();
  TempDir dir_{FastParent()};
};

TEST_F(Aside, TakesAFreeNameEachTime) {
  const std::string path = dir_.path() + "/x.log";
  for (const char* const name : {"/x.log.bad", "/x.log.2.bad", "/x.log.3.bad"}) {
    Spill(path, name);
    const auto aside = SetAside(*disk_, path);
    ASSERT_TRUE(aside.ok()) << aside.status();
    EXPECT_EQ(*aside, dir_.path() + name);
    EXPECT_EQ(Slurp(*aside), name);
  }
}

TEST_F(Aside, ADirectoryInASegmentsPlaceIsSetAsideToo) {
  auto spool = OpenSpool(dir_.path());
  spool.reset();
  const std::string path = dir_.path() + "/transitions-00000000000000000001.log";
  ASSERT_TRUE(std::filesystem::create_directory(path));
  spool = OpenSpool(dir_.path());
  ASSERT_NE(spool, nullptr);
  EXPECT_TRUE(std::filesystem::is_directory(path + ".bad"));
  EXPECT_EQ(spool->Append(kTransitions, Transition("a")), 1u);
  EXPECT_TRUE(spool->Flush().ok());
}

TEST_F(Aside, IsBoundedWithTheNewestKept) {
  for (int i = 100; i < 140; ++i) {
    Spill(dir_.path() + "/transitions-" + std::to_string(i) + ".log.bad", "x");
  }
  BoundAside(*disk_, dir_.path());
  const auto left = FilesOf(dir_.path(), "", ".bad");
  ASSERT_EQ(left.size(), kMaxAsideFiles);
  EXPECT_EQ(left.back(), dir_.path() + "/transitions-139.log.bad");
}

TEST_F(Aside, ADiskThatDamagesAFileAtEveryStartFillsNothing) {
  const std::string segment = dir_.path() + "/transitions-00000000000000000001.log";
  for (int start = 0; start < 60; ++start) {
    auto spool = OpenSpool(dir_.path());
    ASSERT_NE(spool, nullptr);
    spool->Append(kTransitions, Transition("a"));
    ASSERT_TRUE(spool->Flush().ok());
    spool.reset();
    for (const std::string& file : FilesOf(dir_.path(), "transitions-", ".log")) {
      std::string bytes = Slurp(file);
      bytes[bytes.size() / 2] ^= 0x10;
      Spill(file, bytes);
    }
  }
  EXPECT_LE(FilesOf(dir_.path(), "", ".bad").size(), kMaxAsideFiles + 1);
}

}  // namespace
}  // namespace faultline::spool
