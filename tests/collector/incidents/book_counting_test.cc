// What comes and goes, what is broken in another way then, and what an incident that opens once
// more says.
#include <gmock/gmock.h>

#include "tests/collector/incidents/book_fixture.h"

namespace faultline::incidents {
namespace {

using rules::Alert;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class BookCountingTest : public BookTest {
 protected:
  // It is out for five seconds, and well for five.
  void ComesAndGoes(const std::string& reason) {
    Alert alert = Firing("db-1", "unit", reason, now_, ++seq_);
    Enter(alert);
    Wait(Span::Seconds(5));
    Enter(Over(alert, now_));
    Wait(Span::Seconds(5));
  }
  std::string Text() const { return book_.open().at(0)->text; }

  uint64_t seq_ = 0;
};

TEST_F(BookCountingTest, TheSameTroubleThreeTimesComesAndGoes) {
  for (int i = 0; i < 3; ++i) ComesAndGoes("UNIT_FAILED");
  EXPECT_THAT(Text(), HasSubstr("comes and goes, well since"));
  EXPECT_THAT(Text(), Not(HasSubstr("Do:"))) << "it is well";
}

TEST_F(BookCountingTest, AnotherTroubleOfTheSameIsCountedByItself) {
  ComesAndGoes("UNIT_FAILED");
  ComesAndGoes("UNIT_INACTIVE");
  ComesAndGoes("UNIT_CRASH_LOOP");
  EXPECT_THAT(Said(), ElementsAre("opened UNIT_FAILED", "resolved UNIT_FAILED",
                                  "opened UNIT_INACTIVE", "resolved UNIT_INACTIVE",
                                  "opened UNIT_CRASH_LOOP", "resolved UNIT_CRASH_LOOP"));
  ComesAndGoes("UNIT_FAILED");
  EXPECT_THAT(Text(), HasSubstr("comes and goes")) << "the third of its family";
}

TEST_F(BookCountingTest, ToAndFroBetweenTwoTroublesIsToldAFewTimes) {
  for (int i = 0; i < 20; ++i) ComesAndGoes(i % 2 == 0 ? "UNIT_FAILED" : "UNIT_INACTIVE");
  EXPECT_LE(Said().size(), 12u);
}

TEST_F(BookCountingTest, AnotherTroubleInTheCalmIsToldAtOnce) {
  for (int i = 0; i < 3; ++i) ComesAndGoes("UNIT_FAILED");
  Said();
  const Alert stopped = Firing("db-1", "unit", "UNIT_INACTIVE", now_, ++seq_);
  Enter(stopped);
  EXPECT_THAT(Said(), ElementsAre("updated UNIT_INACTIVE"));
  Wait(Span::Seconds(60));
  EXPECT_THAT(Said(), IsEmpty());
  Enter(Over(stopped, now_));
  Wait(Span::Seconds(60));
  EXPECT_THAT(changes_.notifications.at(0).incident.text,
              HasSubstr("Was: mysql.service on db-1 failed"));
  EXPECT_THAT(Said(), ElementsAre("resolved UNIT_INACTIVE"));
}

TEST_F(BookCountingTest, AnIncidentThatOpensOnceMoreSaysSinceWhenItIs) {
  ComesAndGoes("UNIT_FAILED");
  Wait(Span::Seconds(100));
  const WallTime again = now_;
  Enter(Firing("db-1", "unit", "UNIT_FAILED", again, ++seq_));
  EXPECT_EQ(book_.open().at(0)->since, again);
  // What history says of the time before is no part of it.
  const Alert before = Firing("db-2", "unit", "UNIT_FAILED", again - Span::Seconds(80), 1);
  EnterLate(Late(Over(before, again - Span::Seconds(60))));
  EXPECT_EQ(book_.open().at(0)->since, again);
}

TEST_F(BookCountingTest, NobodyIsToldTheSameTextTwice) {
  Alert alert = Firing("db-1", "unit", "A_NEW_ONE", now_);
  alert.detail = "what the check says";
  Enter(alert);
  alert.reason = "ANOTHER_NEW_ONE";  // nobody has other words for it
  Enter(alert);
  Wait(Span::Seconds(100));
  EXPECT_THAT(Said(), ElementsAre("opened A_NEW_ONE"));
}

TEST_F(BookCountingTest, AnOutageOfHistoryInAnOpenIncidentIsToldAtItsEnd) {
  const Alert first = Firing("db-1", "unit", "UNIT_FAILED", now_, 1);
  const Alert other = Firing("db-2", "unit", "UNIT_INACTIVE", now_, 1);
  Enter(first);
  Enter(other);
  Wait(Span::Seconds(10));
  Enter(Over(first, now_));
  Wait(Span::Seconds(60));
  Said();
  const Alert late = Firing("db-1", "unit", "UNIT_OOM_KILLED", now_ - Span::Seconds(40), 3);
  EnterLate(Late(Over(late, now_ - Span::Seconds(20))));
  EXPECT_THAT(Said(), IsEmpty());
  Enter(Over(other, now_));
  Wait(Span::Seconds(10));
  ASSERT_EQ(changes_.notifications.size(), 1u);
  EXPECT_THAT(changes_.notifications[0].incident.text, HasSubstr("mysql.service on db-1"));
  EXPECT_THAT(changes_.notifications[0].incident.text, HasSubstr("for 20 s"));
}

}  // namespace
}  // namespace faultline::incidents
