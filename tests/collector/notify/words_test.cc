// What is said beside what the incidents say: reminders, too many incidents of a host, tests.
#include "collector/notify/host_budget.h"
#include "collector/notify/notify.h"
#include "collector/notify/overflow_words.h"
#include "collector/notify/reminder.h"
#include "collector/notify/test_message.h"
#include "gmock/gmock.h"
#include "tests/collector/notify/notify_samples.h"

namespace faultline::notify {
namespace {

using testing::HasSubstr;

WallTime WordsSecond(int64_t seconds) { return {seconds * 1'000'000'000}; }
constexpr Span kFourHours = Span::Seconds(4 * 3600);

TEST(ReminderDueTest, OnlyOfWhatIsOpenCriticalAndWasToldLongAgo) {
  constexpr auto kCritical = rules::Severity::kCritical;
  const WallTime told = WordsSecond(1000);
  const struct {
    int64_t now;
    WallTime told_at;
    rules::Severity severity;
    bool open;
    Span repeat;
    bool due;
  } cases[] = {
      {15'400, told, kCritical, true, kFourHours, true},
      {15'399, told, kCritical, true, kFourHours, false},
      {99'999, told, kCritical, false, kFourHours, false},
      {99'999, told, rules::Severity::kWarning, true, kFourHours, false},
      {99'999, told, kCritical, true, Span{}, false},
      {99'999, {}, kCritical, true, kFourHours, false},
      {500, told, kCritical, true, kFourHours, false},  // the clock was set back
  };
  for (const auto& each : cases) {
    EXPECT_EQ(
        ReminderDue(WordsSecond(each.now), each.told_at, each.severity, each.open, each.repeat),
        each.due)
        << each.now;
  }
}

TEST(RemindTest, TheSecondLineSaysForHowLong) {
  const incidents::Incident incident = SampleNotification().incident;
  const struct {
    int64_t seconds;
    const char* words;
  } cases[] = {{59 * 60, "59m"},
               {3600, "1h"},
               {3600 * 4 + 301, "4h 5m"},
               {86'400, "1d"},
               {86'400 * 3 + 7300, "3d 2h"},
               {-5, "0m"}};
  for (const auto& each : cases) {
    const auto said = Remind(incident, incident.since + Span::Seconds(each.seconds));
    EXPECT_EQ(said.text, incident.title + "\nStill open for " + each.words +
                             ".\nSince: 2026-11-22 03:14:07.412 UTC");
    EXPECT_EQ(said.title, incident.title);
  }
  incidents::Incident short_one = incident;
  short_one.text = "one line";
  EXPECT_EQ(Remind(short_one, short_one.since).text, "one line\nStill open for 0m.");
}

TEST(OverflowWordsTest, BothEndsAreOneIncidentForTheReceiver) {
  const auto begun = OverflowBegins(
      "shop\x1fprod\x1f"
      "db-1",
      1, WordsSecond(10));
  EXPECT_EQ(begun.incident.title, "CRITICAL shop-prod: and 1 more incident on db-1: see the page.");
  EXPECT_EQ(begun.version, 1u);
  const auto ended = OverflowEnds(begun, 7, WordsSecond(20));
  EXPECT_EQ(ended.incident.dedup_key, begun.incident.dedup_key);
  EXPECT_EQ(ended.version, 2u);
  EXPECT_EQ(ended.event, incidents::NotificationEvent::kResolved);
  EXPECT_EQ(ended.incident.resolved_at, WordsSecond(20));
  EXPECT_THAT(ended.incident.text, HasSubstr("Not told, since they were over: 7."));
  EXPECT_THAT(OverflowBegins("shop\x1fprod\x1f"
                             "db-1",
                             0, {})
                  .incident.title,
              HasSubstr("and more incidents on db-1"));
  EXPECT_EQ(OverflowBegins("shop\x1f\x1f"
                           "db-1",
                           2, {})
                .incident.title,
            "CRITICAL shop: and 2 more incidents on db-1: see the page.");
}

TEST(TestMessageTest, SaysThatNothingIsWrongAndIsNoOthersRepeat) {
  const auto first = TestMessage("pager", 1, WordsSecond(1));
  EXPECT_EQ(first.incident.title, "TEST of the channel pager: nothing is wrong.");
  EXPECT_EQ(incidents::NotificationEventName(first.event), "test");
  EXPECT_NE(KeyOf(first), KeyOf(TestMessage("pager", 2, WordsSecond(1))));
}

TEST(HostBudgetTest, HasRoomAgainWhenTheFirstIsTenMinutesOld) {
  HostBudget budget;
  const auto second = [](int64_t seconds) { return MonoTime{seconds * 1'000'000'000}; };
  for (int64_t i = 0; i < 30; ++i) {
    EXPECT_FALSE(budget.IsSpent("db", false, second(i)));
    budget.Tell("db", false, second(i));
  }
  EXPECT_TRUE(budget.IsSpent("db", false, second(599)));
  EXPECT_FALSE(budget.IsSpent("db", false, second(600)));
  EXPECT_EQ(budget.Spent("db", second(600)), 29u);
  EXPECT_FALSE(budget.IsSpent("app", false, second(30)));
  EXPECT_EQ(budget.NextRoom(second(30)), MonoTime{INT64_MAX}) << "nobody waits for it";
  EXPECT_TRUE(budget.Overflows("db"));
  EXPECT_FALSE(budget.Overflows("db"));
  EXPECT_EQ(budget.NextRoom(second(30)), second(600));
  EXPECT_EQ(budget.NextRoom(second(600)), second(601));
  budget.PassOver("db");
  EXPECT_EQ(budget.Ends("db"), 1u);
  EXPECT_EQ(budget.Ends("db"), 0u);
  budget.Forget(second(10'000));
  EXPECT_EQ(budget.Spent("db", second(1)), 0u) << "nothing is kept of hosts that are quiet";
}

}  // namespace
}  // namespace faultline::notify
