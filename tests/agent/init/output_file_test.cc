#include "agent/init/output_file.h"

#include <gmock/gmock.h>
#include <grp.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/agent/init/host_tree.h"

namespace faultline::init {
namespace {

using testing::HasSubstr;

class OutputFileTest : public testing::Test {
 protected:
  Output Write(const std::string& text) {
    const auto output = WriteOutput(text, path_, "example: 1\n");
    EXPECT_TRUE(output.ok()) << output.status();
    return output.value_or(Output{});
  }
  size_t FilesThere() const {
    size_t count = 0;
    for ([[maybe_unused]] const auto& each :
         std::filesystem::directory_iterator(host_.At("/etc/faultline"))) {
      ++count;
    }
    return count;
  }

  HostTree host_;
  const std::string path_ = host_.At("/etc/faultline/agent.yaml");
};

TEST_F(OutputFileTest, WritesWhereNothingIsReadableWhateverTheUmask) {
  host_.MakeDirectory("/etc");
  const mode_t before = umask(077);
  const Output output = Write("a: 1\n");
  umask(before);
  EXPECT_EQ(output.way, OutputWay::kWritten);
  EXPECT_EQ(output.made, host_.At("/etc/faultline"));
  EXPECT_EQ(host_.Read("/etc/faultline/agent.yaml"), "a: 1\n");
  struct stat info {};
  ASSERT_EQ(stat(path_.c_str(), &info), 0);
  const group* agents = geteuid() == 0 ? getgrnam("faultline-agent") : nullptr;
  EXPECT_EQ(info.st_mode & 07777, agents != nullptr ? 0640U : 0644U);
  if (agents != nullptr) {
    EXPECT_EQ(info.st_gid, agents->gr_gid);
  }
  ASSERT_EQ(stat(host_.At("/etc/faultline").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0755U);
  EXPECT_EQ(FilesThere(), 1U) << "nothing half-made is left";
}

TEST_F(OutputFileTest, NeverOverwritesAConfigurationAndLosesNoneOfItsOwn) {
  host_.Write("/etc/faultline/agent.yaml", "role: db\n");
  EXPECT_EQ(Write("a: 1\n").path, path_ + ".new");
  EXPECT_EQ(Write("a: 1\n").path, path_ + ".new") << "the same again makes no second file";
  EXPECT_EQ(Write("a: 1\n").way, OutputWay::kBesideToo);
  const Output second = Write("a: 2\n");
  EXPECT_EQ(second.way, OutputWay::kBeside);
  EXPECT_EQ(second.path, path_ + ".new.2");
  EXPECT_EQ(host_.Read("/etc/faultline/agent.yaml"), "role: db\n");
  EXPECT_EQ(host_.Read("/etc/faultline/agent.yaml.new"), "a: 1\n");
  EXPECT_EQ(FilesThere(), 3U);
  EXPECT_EQ(Write("role: db\n").way, OutputWay::kUnchanged);
}

TEST_F(OutputFileTest, ReplacesWhatConfiguresNothingAndKeepsIt) {
  host_.Write("/etc/faultline/agent.yaml", "example: 1\n");
  host_.Write("/etc/faultline/agent.yaml.orig", "older\n");
  const Output output = Write("a: 1\n");
  EXPECT_EQ(output.way, OutputWay::kReplaced);
  EXPECT_EQ(output.kept, path_ + ".orig.2");
  EXPECT_EQ(host_.Read("/etc/faultline/agent.yaml"), "a: 1\n");
  EXPECT_EQ(host_.Read("/etc/faultline/agent.yaml.orig"), "older\n");
  EXPECT_EQ(host_.Read("/etc/faultline/agent.yaml.orig.2"), "example: 1\n");
}

TEST_F(OutputFileTest, SaysWhyItCannotWrite) {
  host_.MakeDirectory("/etc/faultline/agent.yaml");
  EXPECT_THAT(std::string(WriteOutput("a", path_, "").status().message()),
              HasSubstr("agent.yaml is not a file; name a file with --output"));
  EXPECT_THAT(std::string(WriteOutput("a", host_.At("/a/b/c"), "").status().message()),
              HasSubstr("cannot make " + host_.At("/a/b")));
}

TEST(ConfiguresNothingTest, IsCommentsAloneOrTheExample) {
  EXPECT_TRUE(ConfiguresNothing("", ""));
  EXPECT_TRUE(ConfiguresNothing("# a\n\n   # b\n", ""));
  EXPECT_TRUE(ConfiguresNothing("a: 1\n", "a: 1\n"));
  EXPECT_FALSE(ConfiguresNothing("a: 2\n", "a: 1\n"));
  EXPECT_FALSE(ConfiguresNothing("# a\nrole: db\n", ""));
}

}  // namespace
}  // namespace faultline::init
