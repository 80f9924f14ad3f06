// A full disk is a matter of its own, whatever else its host is short of.
#include "gmock/gmock.h"
#include "tests/collector/incidents/message_story.h"

namespace faultline::incidents {
namespace {

using testing::HasSubstr;
using testing::Not;

Seen LoadSays(const std::string& reason, const std::string& detail) {
  Seen seen;
  seen.state = State::kWarning;
  seen.reason = reason;
  seen.detail = detail;
  return seen;
}

std::string FullDiskBeside(const Seen& load) {
  Story story;
  story.Watch("db-1", {"load", "system", ""}, {}, load);
  story.Watch("db-1", {"disk", "/var/lib/mysql", ""}, {}, Disk("/var/lib/mysql", 51 << 20, 0));
  return story.Message();
}

TEST(MessageDiskTest, ABusyCpuIsNoPartOfAFullDisk) {
  const std::string message =
      FullDiskBeside(LoadSays("CPU_PRESSURE", "tasks waited for a CPU 80 % of the last 60 s"));
  EXPECT_THAT(message, HasSubstr("disk full on db-1"));
  EXPECT_THAT(message, Not(HasSubstr("CPU")));
}

TEST(MessageDiskTest, StorageThatIsWaitedForIs) {
  EXPECT_THAT(
      FullDiskBeside(LoadSays("IO_PRESSURE", "tasks waited for storage 80 % of the last 60 s")),
      HasSubstr("tasks waited for storage"));
}

}  // namespace
}  // namespace faultline::incidents
