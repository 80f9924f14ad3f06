// The ticket for checks that cannot look, against golden files.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "collector/incidents/message.h"
#include "collector/rules/blind.h"
#include "tests/collector/incidents/golden.h"
#include "tests/collector/incidents/message_story.h"

namespace faultline::incidents {
namespace {

using testing::HasSubstr;
using testing::Not;

const CheckId kUnit{"unit", "crom.service", ""};
const CheckId kMysql{"mysql", "10.0.2.10:3306", ""};

void GoBlind(Story& story, const CheckId& id) {
  rules::Alert& alert = story.Fire("db-1", id, rules::Severity::kWarning);
  alert.rule = rules::BlindRule().name;
  alert.subject = story.incident().subject = rules::BlindSubject("db-1");
}

// As unit_check and mysql_check say it.
Story Blind() {
  Story story;
  story.See("db-1", kUnit, "host db-1", State::kUnknown, "UNIT_NOT_FOUND",
            "there is no unit crom.service on this host; see: systemctl list-unit-files");
  story.See("db-1", kMysql, "database", State::kUnknown, "AUTH_DENIED",
            "10.0.2.10:3306 refuses the login of faultline (1045): check user and password");
  GoBlind(story, kUnit);
  return story;
}

TEST(MessageBlindTest, ATicketSaysWhatElseCannotLookAndWhatToDo) {
  ExpectGolden("blind", Blind().Message());
}

TEST(MessageBlindTest, ManyAreCounted) {
  Story story = Blind();
  for (int i = 0; i < 6; ++i) {
    story.See("db-1", {"log", absl::StrCat("/var/log/", i), ""}, "host db-1", State::kUnknown,
              "RIGHT_MISSING", "");
  }
  const std::string message = story.Message();
  EXPECT_THAT(message, HasSubstr("log:/var/log/2: right missing; and 4 more\n"));
  EXPECT_THAT(message, Not(HasSubstr("/var/log/3")));
}

TEST(MessageBlindTest, ItsEndSaysThatTheyCanLookAgain) {
  Story story = Blind();
  story.See("db-1", kUnit, "host db-1", State::kCritical, "UNIT_INACTIVE", "is stopped");
  story.Resolve(Span::Seconds(3600));
  EXPECT_THAT(
      RenderTitle(story.incident(), story.hosts()),
      testing::Eq("RESOLVED shop-prod: unit:crom.service on db-1 can look again after 1 h."));
  GoBlind(story, kMysql);
  story.Resolve(Span::Seconds(3600));
  EXPECT_THAT(RenderTitle(story.incident(), story.hosts()),
              HasSubstr("2 checks on db-1 can look again"));
  ExpectGolden("resolved_blind", story.Message());
}

}  // namespace
}  // namespace faultline::incidents
