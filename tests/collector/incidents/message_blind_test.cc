// The ticket for checks that cannot look, against golden files.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "tests/collector/incidents/golden.h"
#include "tests/collector/incidents/message_story.h"

namespace faultline::incidents {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr Span kDelay = Span::Seconds(901);
const CheckId kMisspeltUnit{"unit", "crom.service", ""};
const CheckId kBlindMysql{"mysql", "10.0.2.10:3306", ""};

Seen NoUnit(const std::string& name) { return AgentUnit(name).DoesNotExist(); }

Seen WrongPassword() {
  return DatabaseSays("10.0.2.10:3306", 1045, "Access denied for user 'faultline'@'10.0.2.10'");
}

// A mistyped unit and a wrong password, longer than anybody may overlook it.
void GoBlind(Story& story) {
  story.Watch("db-1", kBlindMysql, {.address = "10.0.2.10", .port = 3306}, WrongPassword());
  story.Watch("db-1", kMisspeltUnit, {.unit = "crom.service"}, NoUnit("crom.service"));
  story.Pass(kDelay);
}

TEST(MessageBlindTest, ATicketSaysWhatElseCannotLookAndWhatToDo) {
  Story story;
  GoBlind(story);
  EXPECT_THAT(story.Told(), testing::SizeIs(1));
  ExpectGolden("blind", story.Message());
}

TEST(MessageBlindTest, ManyAreCounted) {
  Story story;
  for (int i = 0; i < 7; ++i) {
    const std::string name = absl::StrCat("no-", i, ".service");
    story.Watch("db-1", {"unit", name, ""}, {.unit = name}, NoUnit(name));
  }
  story.Pass(kDelay);
  const std::string message = story.Message();
  EXPECT_THAT(message, HasSubstr("unit:no-3.service: no-3.service does not exist"));
  EXPECT_THAT(message, HasSubstr("; and 3 more\n"));
  EXPECT_THAT(message, Not(HasSubstr("no-4.service")));
}

TEST(MessageBlindTest, ItsEndSaysThatTheyCanLookAgain) {
  Story story;
  const CheckId other{"unit", "ngimx.service", ""};
  story.Watch("db-1", kMisspeltUnit, {.unit = kMisspeltUnit.target}, NoUnit(kMisspeltUnit.target));
  story.Watch("db-1", other, {.unit = other.target}, NoUnit(other.target));
  story.Pass(kDelay);
  story.Told();
  story.See("db-1", kMisspeltUnit, AgentUnit(kMisspeltUnit.target).Runs());
  EXPECT_TRUE(story.Told().empty());  // one still cannot look
  story.Pass(Span::Seconds(60));
  story.See("db-1", other, AgentUnit(other.target).Runs());
  story.Pass(Span::Seconds(5));
  const std::vector<std::string> told = story.Told();
  ASSERT_EQ(told.size(), 2U);
  EXPECT_THAT(told[0], HasSubstr("Still: unit:ngimx.service on db-1 cannot look."));
  EXPECT_THAT(told[1], StartsWith("RESOLVED shop-prod: 2 checks on db-1 can look again after"));
  ExpectGolden("resolved_blind", told[1]);
}

}  // namespace
}  // namespace faultline::incidents
