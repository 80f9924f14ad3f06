// Which message goes next, as tables and stories. No clock runs here.
#include "collector/notify/queue.h"

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"

namespace faultline::notify {
namespace {

using store::Urgency;
using store::Waiting;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr auto kCritical = Urgency::kUntoldCritical;
constexpr auto kWarning = Urgency::kUntoldWarning;
constexpr auto kInfo = Urgency::kUntoldInfo;
constexpr auto kNews = Urgency::kNews;
constexpr auto kOver = Urgency::kOver;

MonoTime Second(int64_t seconds) { return {seconds * 1'000'000'000}; }
constexpr MonoTime kFar{INT64_MAX};

// Of a subject and host of its own, unless it says otherwise.
Waiting Of(uint64_t incident, Urgency urgency, const std::string& host = "",
           const std::string& line = "", uint32_t version = 1) {
  Waiting waiting;
  waiting.order = waiting.incident = incident;
  waiting.version = version;
  waiting.urgency = urgency;
  waiting.host = host.empty() ? absl::StrCat("host ", incident) : host;
  waiting.line = line.empty() ? absl::StrCat("line ", incident) : line;
  waiting.decided_at = {static_cast<int64_t>(incident)};
  return waiting;
}

class QueueTest : public testing::Test {
 protected:
  // Everything that goes, each told before the next is begun.
  std::vector<uint64_t> TellAll(Queue& queue, MonoTime now = Second(1)) {
    std::vector<uint64_t> told;
    while (const auto next = queue.Next(now)) {
      queue.Told(*next, now);
      told.push_back(next->incident);
    }
    return told;
  }
};

TEST_F(QueueTest, WhatNobodyKnowsGoesFirstAndTheGravestOfIt) {
  Queue queue(4);
  queue.Fill({Of(1, kOver), Of(2, kNews), Of(3, kInfo), Of(4, kWarning), Of(5, kCritical),
              Of(6, kCritical)},
             Second(1));
  EXPECT_THAT(TellAll(queue), ElementsAre(5, 6, 4, 3, 2, 1));
}

TEST_F(QueueTest, OneSubjectIsToldInOrderAndAsUrgentlyAsItsMostUrgent) {
  Queue queue(4);
  queue.Fill(
      {Of(1, kNews, "", "shop"), Of(2, kWarning), Of(3, kCritical, "", "shop"), Of(4, kNews)},
      Second(1));
  EXPECT_THAT(TellAll(queue), ElementsAre(1, 3, 2, 4));
}

TEST_F(QueueTest, OneSubjectIsToldOneAtATime) {
  Queue queue(4);
  queue.Fill({Of(1, kNews, "a", "shop"), Of(2, kCritical, "b", "shop"), Of(3, kInfo)}, Second(1));
  const auto first = queue.Next(Second(1));
  EXPECT_EQ(first->incident, 1u);
  EXPECT_EQ(queue.Next(Second(1))->incident, 3u) << "others do not wait for it";
  EXPECT_EQ(queue.Next(Second(1)), std::nullopt);
  queue.Told(*first, Second(2));
  EXPECT_EQ(queue.Next(Second(2))->incident, 2u);
}

TEST_F(QueueTest, SeveralAreUnderWayAndOfOneHostHalfOfThem) {
  Queue queue(4);
  queue.Fill({Of(1, kCritical, "db"), Of(2, kCritical, "db"), Of(3, kCritical, "db"),
              Of(4, kInfo, "app"), Of(5, kInfo, "app"), Of(6, kInfo, "web")},
             Second(1));
  std::vector<uint64_t> begun;
  while (const auto next = queue.Next(Second(1))) begun.push_back(next->incident);
  EXPECT_THAT(begun, ElementsAre(1, 2, 4, 6));
  EXPECT_FALSE(queue.HasRoom());
  Queue narrow(1);
  narrow.Fill({Of(1, kCritical)}, Second(1));
  EXPECT_EQ(narrow.Next(Second(1))->incident, 1u);
}

TEST_F(QueueTest, HostsTakeTurns) {
  Queue queue(4);
  std::vector<Waiting> window;
  for (uint64_t incident = 1; incident <= 4; ++incident) {
    window.push_back(Of(incident, kCritical, "db"));
  }
  window.push_back(Of(9, kCritical, "app"));
  queue.Fill(window, Second(1));
  EXPECT_THAT(TellAll(queue), ElementsAre(1, 9, 2, 3, 4));
  // Who was told of lately comes after who was not.
  queue.Fill({Of(5, kCritical, "db"), Of(10, kCritical, "web")}, Second(2));
  EXPECT_THAT(TellAll(queue), ElementsAre(10, 5));
}

TEST_F(QueueTest, OneThatFailsWaitsForItsTimeAndHoldsUpItsSubjectOnly) {
  Queue queue(4);
  queue.Fill({Of(1, kNews, "", "shop"), Of(2, kCritical, "", "shop"), Of(3, kInfo)}, Second(1));
  auto next = queue.Next(Second(1));
  ASSERT_EQ(next->incident, 1u);
  queue.Failed(*next, Second(10));
  EXPECT_EQ(queue.attempts(1), 1u);
  EXPECT_TRUE(queue.has_failed(Second(9)));
  EXPECT_EQ(queue.NextMoment(Second(1)), Second(10));
  EXPECT_EQ(queue.NextMoment(Second(10)), kFar) << "what is past is not waited for";
  EXPECT_THAT(TellAll(queue, Second(2)), ElementsAre(3));
  EXPECT_TRUE(queue.IsSpent(Second(9)));
  EXPECT_FALSE(queue.IsWorthFilling(Of(1, kNews), Second(9)));
  EXPECT_TRUE(queue.IsWorthFilling(Of(1, kNews), Second(10)));
  EXPECT_THAT(TellAll(queue, Second(10)), ElementsAre(1, 2));
  EXPECT_EQ(queue.attempts(1), 0u);
  EXPECT_EQ(queue.NextMoment(Second(1)), kFar);
}

TEST_F(QueueTest, TheNewerOfTwoWaysIsTakenInTheOldersTurn) {
  Queue queue(1);
  Waiting stored = Of(5, kCritical);
  Waiting unsaved = Of(5, kOver, "", "", 2);
  unsaved.order = 100;
  queue.Fill({Of(9, kCritical), unsaved, stored}, Second(1));
  const auto first = queue.Next(Second(1));
  EXPECT_EQ(first->incident, 9u);
  queue.Told(*first, Second(1));
  const auto second = queue.Next(Second(1));
  EXPECT_EQ(second->version, 2u);
  EXPECT_EQ(second->order, 5u);
  EXPECT_EQ(second->decided_at, WallTime{5});
}

// The store still says what it knew before the mark was written.
TEST_F(QueueTest, WhatWasToldIsNotToldAgainWhileThatIsWrittenDown) {
  Queue queue(4);
  queue.Fill({Of(1, kCritical)}, Second(1));
  EXPECT_THAT(TellAll(queue), ElementsAre(1));
  EXPECT_EQ(queue.unnoted(), 1u);
  queue.Fill({Of(1, kCritical)}, Second(1));
  EXPECT_THAT(TellAll(queue), IsEmpty());
  queue.Fill({Of(1, kOver, "", "", 2)}, Second(1));
  EXPECT_EQ(queue.Next(Second(1))->urgency, kNews) << "what follows is its end";
  queue.Noted(1, 1);
  EXPECT_EQ(queue.unnoted(), 0u);
}

TEST_F(QueueTest, WhatIsUnderWayIsNotTakenForWaiting) {
  Queue queue(4);
  queue.Fill({Of(1, kCritical), Of(2, kCritical)}, Second(1));
  const auto first = queue.Next(Second(1));
  const auto second = queue.Next(Second(1));
  queue.Fill({Of(1, kCritical), Of(2, kCritical, "", "", 2)}, Second(1));
  queue.Told(*first, Second(2));
  queue.Told(*second, Second(2));
  const auto news = queue.Next(Second(2));
  EXPECT_EQ(news->incident, 2u);
  EXPECT_EQ(news->version, 2u);
  EXPECT_EQ(news->urgency, kNews);
  EXPECT_EQ(queue.Next(Second(2)), std::nullopt);
}

TEST_F(QueueTest, AfterAFailureTheNewestWordsAreTried) {
  Queue queue(4);
  queue.Fill({Of(1, kCritical)}, Second(1));
  const auto first = queue.Next(Second(1));
  queue.Fill({Of(1, kOver, "", "", 2)}, Second(1));
  queue.Failed(*first, Second(2));
  EXPECT_EQ(queue.Next(Second(2))->version, 2u);
  EXPECT_EQ(queue.Next(Second(2)), std::nullopt);
}

TEST_F(QueueTest, OfOneHostThirtyIncidentsInTenMinutesAreTold) {
  Queue queue(4);
  std::vector<Waiting> window;
  for (uint64_t incident = 1; incident <= 40; ++incident) {
    window.push_back(Of(incident, kCritical, "db"));
  }
  window.push_back(Of(50, kNews, "db"));  // an end goes all the same
  queue.Fill(window, Second(1));
  EXPECT_THAT(TellAll(queue), SizeIs(31));
  EXPECT_TRUE(queue.budget().overflows("db"));
  EXPECT_TRUE(queue.IsSpent(Second(599)));
  EXPECT_EQ(queue.NextMoment(Second(1)), Second(601));
  EXPECT_THAT(TellAll(queue, Second(601)), SizeIs(10));
  EXPECT_THAT(queue.TakePassedOver(), IsEmpty());
}

TEST_F(QueueTest, WhatIsCriticalDoesNotWaitBehindAHostsManyWarnings) {
  Queue queue(4);
  std::vector<Waiting> window;
  for (uint64_t incident = 1; incident <= 40; ++incident) {
    window.push_back(Of(incident, kWarning, "db"));
  }
  queue.Fill(window, Second(1));
  EXPECT_THAT(TellAll(queue), SizeIs(30));
  window.clear();
  for (uint64_t incident = 100; incident <= 140; ++incident) {
    window.push_back(Of(incident, kCritical, "db"));
  }
  queue.Fill(window, Second(2));
  EXPECT_THAT(TellAll(queue, Second(2)), SizeIs(30)) << "as many as if nothing had been before";
  EXPECT_EQ(queue.NextMoment(Second(2)), Second(602));
  EXPECT_THAT(TellAll(queue, Second(602)), SizeIs(11));
}

TEST_F(QueueTest, WhatFailedKeepsItsTurn) {
  Queue queue(4);
  queue.Fill({Of(1, kOver), Of(2, kNews), Of(3, kWarning), Of(4, kCritical)}, Second(1));
  const auto critical = queue.Next(Second(1));
  const auto warning = queue.Next(Second(1));
  ASSERT_EQ(critical->incident, 4u);
  ASSERT_EQ(warning->incident, 3u);
  queue.Failed(*critical, Second(1));
  queue.Failed(*warning, Second(1));
  EXPECT_THAT(TellAll(queue, Second(2)), ElementsAre(4, 3, 2, 1));
}

// The store cannot be written, or has not been yet: it still believes that the channel knows.
TEST_F(QueueTest, WhatGoesOnAfterItsEndWasToldIsOpenedAgain) {
  Queue queue(4);
  queue.Fill({Of(1, kNews, "", "", 2)}, Second(1));
  const auto end = queue.Next(Second(1));
  queue.Told(*end, Second(1), incidents::IncidentState::kResolved);
  EXPECT_EQ(queue.IsKnown(1), false);
  queue.Fill({Of(1, kNews, "", "", 3)}, Second(2));
  const auto again = queue.Next(Second(2));
  ASSERT_NE(again, std::nullopt);
  EXPECT_EQ(again->urgency, kCritical);
  queue.Told(*again, Second(2), incidents::IncidentState::kOpen);
  EXPECT_EQ(queue.IsKnown(1), true);
}

TEST_F(QueueTest, SoIsWhatWasDecidedWhileItsEndWasUnderWay) {
  Queue queue(4);
  queue.Fill({Of(1, kNews, "", "", 2)}, Second(1));
  const auto end = queue.Next(Second(1));
  queue.Fill({Of(1, kNews, "", "", 3)}, Second(1));
  queue.Told(*end, Second(2), incidents::IncidentState::kResolved);
  queue.Noted(1, 2);
  EXPECT_EQ(queue.Next(Second(2))->urgency, kCritical);
}

TEST_F(QueueTest, OneThatFailsCountsOnce) {
  Queue queue(1);
  queue.Fill({Of(1, kCritical, "db")}, Second(1));
  for (int64_t attempt = 1; attempt <= 50; ++attempt) {
    const auto next = queue.Next(Second(attempt));
    ASSERT_NE(next, std::nullopt) << attempt;
    queue.Failed(*next, Second(attempt + 1));
  }
  EXPECT_EQ(queue.budget().Spent("db", Second(51)), 1u);
}

TEST_F(QueueTest, OfAHostWithTooMuchWhatIsOverIsPassedOver) {
  Queue queue(4);
  std::vector<Waiting> window;
  for (uint64_t incident = 1; incident <= 30; ++incident) {
    window.push_back(Of(incident, kCritical, "db"));
  }
  window.push_back(Of(31, kOver, "db", "shop"));
  window.push_back(Of(32, kNews, "db", "shop"));
  window.push_back(Of(33, kWarning, "db"));
  window.push_back(Of(34, kOver, "app"));
  queue.Fill(window, Second(1));
  const std::vector<uint64_t> told = TellAll(queue);
  EXPECT_THAT(told, SizeIs(32));
  EXPECT_THAT(std::vector<uint64_t>(told.end() - 2, told.end()), ElementsAre(32, 34));
  const auto passed = queue.TakePassedOver();
  ASSERT_THAT(passed, SizeIs(1));
  EXPECT_EQ(passed[0].incident, 31u);
  EXPECT_THAT(queue.TakePassedOver(), IsEmpty());
  EXPECT_FALSE(queue.IsWorthFilling(Of(31, kOver, "db"), Second(1)));
  EXPECT_EQ(queue.budget().Ends("db"), 1u);
}

// One that was taken away while it waited for its time never comes again.
TEST_F(QueueTest, AMomentThatIsPastHidesNoLaterOne) {
  Queue queue(4);
  queue.Fill({Of(1, kCritical), Of(2, kCritical)}, Second(1));
  queue.Failed(*queue.Next(Second(1)), Second(10));
  queue.Failed(*queue.Next(Second(1)), Second(40));
  queue.Fill({Of(2, kCritical)}, Second(20));
  EXPECT_EQ(queue.NextMoment(Second(20)), Second(40));
  EXPECT_TRUE(queue.has_failed(Second(20)));
  EXPECT_FALSE(queue.has_failed(Second(41)));
}

TEST_F(QueueTest, WhatIsRememberedOfFailuresIsBounded) {
  Queue queue(4);
  for (uint64_t incident = 1; incident <= 3000; ++incident) {
    queue.Fill({Of(incident, kCritical)}, Second(1));
    queue.Failed(*queue.Next(Second(1)), Second(100 + static_cast<int64_t>(incident)));
  }
  EXPECT_EQ(queue.attempts(1), 0u);
  EXPECT_EQ(queue.attempts(3000), 1u);
  EXPECT_EQ(queue.attempts(3000 - 1023), 1u);
  EXPECT_EQ(queue.attempts(3000 - 1024), 0u);
}

TEST(EventOfTest, WhatIsSaidDependsOnWhatTheChannelKnows) {
  constexpr auto kIsOpen = incidents::IncidentState::kOpen;
  constexpr auto kIsOver = incidents::IncidentState::kResolved;
  EXPECT_EQ(EventOf(false, kIsOpen), incidents::NotificationEvent::kOpened);
  EXPECT_EQ(EventOf(true, kIsOpen), incidents::NotificationEvent::kUpdated);
  EXPECT_EQ(EventOf(false, kIsOver), incidents::NotificationEvent::kResolved);
  EXPECT_EQ(EventOf(true, kIsOver), incidents::NotificationEvent::kResolved);
}

}  // namespace
}  // namespace faultline::notify
