#include "agent/init/nginx_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace faultline::init {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> Names(const std::vector<NginxDirective>& directives) {
  std::vector<std::string> names;
  for (const NginxDirective& each : directives) names.push_back(each.name);
  return names;
}

TEST(NginxFilesTest, SplitsADumpAndFollowsItsIncludes) {
  const NginxDump dump = SplitNginxDump(
      "# configuration file /etc/nginx/nginx.conf:\n"
      "a; include conf.d/*.conf; include mime.types; z;\n"
      "\n"
      "# configuration file /etc/nginx/conf.d/2.conf:\nc;\n"
      "# configuration file /etc/nginx/conf.d/1.conf:\nb;\n"
      "# configuration file /etc/nginx/conf.d/.hidden.conf:\nx;\n"
      "# configuration file /etc/nginx/conf.d/deeper/3.conf:\nx;\n"
      "# configuration file /etc/nginx/mime.types:\nm;\n");
  EXPECT_EQ(dump.main_file, "/etc/nginx/nginx.conf");
  const NginxConfiguration read = ReadNginxConfiguration(FilesOf(dump), dump.main_file);
  EXPECT_THAT(Names(read.directives), ElementsAre("a", "b", "c", "m", "z"));
  EXPECT_EQ(read.directives.at(2).where(), "nginx: /etc/nginx/conf.d/2.conf:1");
  EXPECT_TRUE(read.problems.empty());
}

TEST(NginxFilesTest, TextThatIsNoDumpHasNoFiles) {
  EXPECT_TRUE(
      SplitNginxDump("nginx: [emerg] no\n# configuration file nowhere:\na;\n").files.empty());
}

TEST(NginxFilesTest, AFileThatIncludesItselfEnds) {
  const NginxDump dump =
      SplitNginxDump("# configuration file /n:\na; include /n; include /n; b;\n");
  const NginxConfiguration read = ReadNginxConfiguration(FilesOf(dump), "/n");
  EXPECT_LE(read.directives.size(), 1024U);
  ASSERT_FALSE(read.problems.empty());
  EXPECT_LE(read.problems.size(), 16U);
  EXPECT_THAT(read.problems.front(), HasSubstr("a loop"));
}

TEST(NginxFilesTest, SaysWhichFileIsNotThereAndWhichIsWrong) {
  const NginxDump dump = SplitNginxDump(
      "# configuration file /e/n:\ninclude gone.conf; include b; c;\n# configuration file "
      "/e/b:\n}\n");
  const NginxConfiguration read = ReadNginxConfiguration(FilesOf(dump), "/e/n");
  EXPECT_THAT(Names(read.directives), ElementsAre("c"));
  EXPECT_THAT(read.problems, ElementsAre("/e/gone.conf: cannot be read", "/e/b:1: a } too many"));
}

}  // namespace
}  // namespace faultline::init
