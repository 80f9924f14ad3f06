// The book of incidents: what joins, what is said, what history adds.
#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"
#include "tests/collector/incidents/book_fixture.h"

namespace faultline::incidents {
namespace {

using rules::Alert;
using rules::AlertState;
using rules::Severity;
using testing::ElementsAre;

TEST_F(BookTest, AlertsOfOneSubjectAreOneIncidentAndOneMessage) {
  EXPECT_EQ(Enter(Firing("db-1", "unit", "UNIT_STOPPING", kStart)), 42u);
  EXPECT_EQ(Enter(Firing("db-1", "listener", "NOT_LISTENING", kStart)), 42u);
  EXPECT_EQ(Enter(Firing("app-1", "port", "REFUSED", kStart)), 42u);
  EXPECT_THAT(Said(), ElementsAre("opened UNIT_STOPPING"));
  ASSERT_EQ(book_.open().size(), 1u);
  EXPECT_EQ(book_.open()[0]->alerts.size(), 3u);
}

TEST_F(BookTest, TheHostsOwnWordAfterASymptomIsWorthAnUpdate) {
  Enter(Firing("app-1", "port", "REFUSED", kStart));
  Enter(Firing("db-1", "unit", "UNIT_FAILED", kStart));
  EXPECT_THAT(Said(), ElementsAre("opened REFUSED", "updated UNIT_FAILED"));
}

TEST_F(BookTest, AnotherSymptomIsNot) {
  Enter(Firing("app-1", "port", "REFUSED", kStart));
  Enter(Firing("app-2", "port", "TIMEOUT", kStart));
  EXPECT_THAT(Said(), ElementsAre("opened REFUSED"));
}

TEST_F(BookTest, ARaisedSeverityIsToldAtOnceAndALoweredOneWhenItHolds) {
  Alert warning = Firing("db-1", "unit", "DEGRADED", kStart);
  warning.severity = Severity::kWarning;
  Enter(warning);
  Enter(Firing("db-1", "unit", "UNIT_FAILED", kStart));
  Enter(warning);
  EXPECT_THAT(Said(), ElementsAre("opened DEGRADED", "updated UNIT_FAILED"));
  EXPECT_EQ(book_.open()[0]->severity, Severity::kWarning) << "that of what fires";
  Wait(kWordsSettle);
  EXPECT_THAT(Said(), ElementsAre("updated DEGRADED"));
  Enter(Over(warning, now_));
  ASSERT_TRUE(book_.open().empty());
  EXPECT_EQ(changes_.incidents.back()->severity, Severity::kWarning);
}

TEST_F(BookTest, ItIsResolvedWhenItsLastAlertIs) {
  const Alert unit = Firing("db-1", "unit", "UNIT_INACTIVE", kStart);
  const Alert port = Firing("app-1", "port", "REFUSED", kStart);
  Enter(unit);
  Enter(port);
  Enter(Over(unit, kStart + Span::Seconds(5)));
  EXPECT_EQ(book_.open().size(), 1u);
  Enter(Over(port, kStart + Span::Seconds(6)));
  EXPECT_EQ(book_.open().size(), 1u) << "who goes down at once again was never well";
  Wait(kEndSettles);
  EXPECT_TRUE(book_.open().empty());
  EXPECT_THAT(Said(), ElementsAre("opened UNIT_INACTIVE", "resolved UNIT_INACTIVE"));
  EXPECT_EQ(changes_.incidents.back()->resolved_at, kStart + Span::Seconds(6));
}

TEST_F(BookTest, WhatIsOnlyRecordedOpensNothing) {
  Alert info = Firing("db-1", "log", "ERROR_SEEN", kStart);
  info.severity = Severity::kInfo;
  EXPECT_EQ(Enter(info), 0u);
  EXPECT_TRUE(Said().empty());
}

TEST_F(BookTest, TheKeyComesFromWhatBeganItAndNotFromANumber) {
  Enter(Firing("db-1", "unit", "UNIT_INACTIVE", kStart, 7));
  const std::string key = book_.open()[0]->dedup_key;
  IncidentBook other({}, 900, {});
  BookChanges changes;
  other.Enter(Firing("db-1", "unit", "UNIT_INACTIVE", kStart, 7), kStart, hosts_, Now(), &changes);
  other.Conclude(hosts_, Now(), &changes);
  EXPECT_EQ(other.open()[0]->dedup_key, key);
  IncidentBook later({}, 0, {});
  later.Enter(Firing("db-1", "unit", "UNIT_INACTIVE", kStart, 8), kStart, hosts_, Now(), &changes);
  later.Conclude(hosts_, Now(), &changes);
  EXPECT_NE(later.open()[0]->dedup_key, key);
}

TEST_F(BookTest, AnOutageOfThePastIsToldWhenItsEndIsKnown) {
  const Alert unit = Late(Firing("db-1", "unit", "UNIT_INACTIVE", kStart));
  EnterLate(unit);
  EXPECT_TRUE(Said().empty());
  EnterLate(Over(unit, kStart + Span::Seconds(20)));
  EXPECT_THAT(Said(), ElementsAre("resolved UNIT_INACTIVE late"));
}

TEST_F(BookTest, AnOutageOfThePastThatGoesOnIsToldWithItsTrueBeginning) {
  EnterLate(Late(Firing("db-1", "unit", "UNIT_INACTIVE", kStart)));
  Enter(Firing("db-1", "unit", "UNIT_INACTIVE", kStart + Span::Seconds(50)));
  EXPECT_EQ(Said().size(), 1u);
  EXPECT_EQ(book_.open()[0]->since, kStart);
}

TEST_F(BookTest, OutagesOfThePastThatFollowSoonAreEachTold) {
  const auto second = [](int64_t at) { return kStart + Span::Seconds(at); };
  const Alert first = Late(Firing("db-1", "unit", "UNIT_FAILED", kStart, 1));
  EnterLate(first);
  EnterLate(Over(first, second(1)));
  const Alert next = Late(Firing("db-1", "unit", "UNIT_FAILED", second(3), 3));
  EnterLate(next);
  EnterLate(Over(next, second(30)));
  EXPECT_THAT(Said(), ElementsAre("resolved UNIT_FAILED late", "resolved UNIT_FAILED late"));
  ASSERT_EQ(changes_.incidents.size(), 2u);
  EXPECT_EQ(changes_.incidents.back()->resolved_at, second(30));
  // Another host's word of it is not.
  const Alert seen = Late(Firing("app-1", "port", "REFUSED", second(4), 1));
  EnterLate(seen);
  EnterLate(Over(seen, second(31)));
  EXPECT_TRUE(Said().empty());
}

TEST_F(BookTest, HistoryOfAnIncidentThatWasToldOnlyAddsToIt) {
  Enter(Firing("app-1", "port", "REFUSED", kStart + Span::Seconds(1)));
  Said();
  EnterLate(Late(Firing("db-1", "unit", "UNIT_INACTIVE", kStart)));
  EXPECT_TRUE(Said().empty());
  EXPECT_EQ(book_.open()[0]->since, kStart);
}

TEST_F(BookTest, ABrokenReplayLeavesWhatFired) {
  const Alert unit = Late(Firing("db-1", "unit", "UNIT_INACTIVE", kStart));
  EnterLate(unit);
  const std::vector<Alert> firing = book_.LateFiring(unit.host);
  ASSERT_EQ(firing.size(), 1u);
  EXPECT_EQ(firing[0].id, unit.id);
  EXPECT_TRUE(book_.LateFiring({kShop, "app-1"}).empty());
}

TEST_F(BookTest, ASymptomThatGetsGraverThanItsCauseIsToldAtOnce) {
  Alert cause = Firing("db-1", "unit", "UNIT_STRANGE", kStart);
  cause.severity = Severity::kWarning;
  Alert symptom = Firing("db-1", "port", "SLOW", kStart);
  symptom.severity = Severity::kWarning;
  Enter(cause);
  Enter(symptom);
  Wait(Span::Seconds(3));
  EXPECT_THAT(Said(), ElementsAre("opened UNIT_STRANGE"));
  Enter(Firing("db-1", "port", "REFUSED", kStart));
  EXPECT_THAT(Said(), ElementsAre("updated REFUSED"));
}

// A reload gives a check another name: one is taken away, and the other has to look first.
TEST_F(BookTest, ACheckThatIsTakenAwayMayComeBackByAnotherName) {
  Alert alert = Firing("app-1", "port", "REFUSED", kStart);
  alert.incident = Enter(alert);
  Wait(Span::Seconds(60));
  Alert gone = Over(alert, now_);
  gone.state = AlertState::kWithdrawn;
  gone.decision = rules::Decision::kCheckRemoved;
  Enter(gone);
  Wait(Span::Millis(500));
  Alert again = alert;
  absl::StrAppend(&again.id, "#renamed");
  again.check.name = "renamed";
  again.incident = 0;
  EXPECT_EQ(Enter(again), alert.incident);
  Said();
  Enter(Over(again, now_));
  Wait(kEndSettles);
  EXPECT_THAT(Said(), ElementsAre("resolved REFUSED"));
  EXPECT_TRUE(book_.open().empty());
}

TEST_F(BookTest, ALongTimelineGrowsByWhatIsToldOnly) {
  Enter(Firing("db-1", "unit", "UNIT_FAILED", kStart));
  for (size_t i = 0; i < IncidentBook::kMaxTimeline + 100; ++i) {
    book_.Note({.host = {kShop, "db-1"}, .check = "unit:mysql.service", .subject = "database"},
               Now(), &changes_);
  }
  EXPECT_EQ(changes_.timeline.size(), IncidentBook::kMaxTimeline);
  Enter(Over(Firing("db-1", "unit", "UNIT_FAILED", kStart), now_));
  Wait(kEndSettles);
  EXPECT_EQ(changes_.timeline.back().kind, TimelineKind::kResolved);
}

TEST_F(BookTest, AGapStandsInTheTimelineOfTheHostsIncident) {
  Enter(Firing("db-1", "unit", "UNIT_FAILED", kStart));
  changes_.timeline.clear();
  book_.NoteGap({{kShop, "app-1"}, kStart, kStart, "of another"}, Now(), &changes_);
  book_.NoteGap({{kShop, "db-1"}, kStart, kStart, "bound reached"}, Now(), &changes_);
  ASSERT_EQ(changes_.timeline.size(), 1u);
  EXPECT_EQ(changes_.timeline[0].kind, TimelineKind::kGap);
  EXPECT_EQ(changes_.timeline[0].text, "bound reached");
}

TEST_F(BookTest, WhatHistorySaysWasOverDoesNotEndWhatFiresNow) {
  const Alert then = Late(Firing("db-1", "unit", "UNIT_INACTIVE", kStart));
  EnterLate(then);
  Enter(Firing("db-1", "unit", "UNIT_FAILED", kStart + Span::Seconds(50), 3));
  EnterLate(Over(then, kStart + Span::Seconds(20)));
  EXPECT_THAT(Said(), ElementsAre("opened UNIT_FAILED late"));
  ASSERT_EQ(book_.open().size(), 1u);
  EXPECT_EQ(book_.open()[0]->since, kStart + Span::Seconds(50)) << "that was another outage";
}

TEST_F(BookTest, WhatFiresByHistoryOnlyEndsByHistoryAlsoAfterItWasTold) {
  const Alert listener = Late(Firing("db-1", "listener", "NOT_LISTENING", kStart));
  EnterLate(listener);
  const Alert unit = Firing("db-1", "unit", "UNIT_FAILED", kStart + Span::Seconds(1));
  Enter(unit);
  Enter(Over(unit, kStart + Span::Seconds(30)));
  EXPECT_EQ(book_.open().size(), 1u);
  EnterLate(Over(listener, kStart + Span::Seconds(31)));
  Wait(kEndSettles);
  EXPECT_TRUE(book_.open().empty());
  EXPECT_THAT(Said(), ElementsAre("opened UNIT_FAILED late", "resolved UNIT_FAILED late"));
}

TEST_F(BookTest, AnEarlierOutageIsToldBesideALaterOneWhenItsEndIsKnown) {
  const uint64_t later = Enter(Firing("app-1", "port", "TIMEOUT", kStart + Span::Seconds(50)));
  const Alert unit = Late(Firing("db-1", "unit", "UNIT_INACTIVE", kStart));
  EXPECT_EQ(EnterLate(unit), 0u);
  EXPECT_GT(EnterLate(Over(unit, kStart + Span::Seconds(20))), later);
  EXPECT_THAT(Said(), ElementsAre("opened TIMEOUT", "resolved UNIT_INACTIVE late"));
  ASSERT_EQ(book_.open().size(), 1u);
  EXPECT_EQ(book_.open()[0]->since, kStart + Span::Seconds(50));
}

TEST_F(BookTest, AnOutageThatLastedIntoTheOneThatWasToldIsPartOfIt) {
  const uint64_t told = Enter(Firing("app-1", "port", "TIMEOUT", kStart + Span::Seconds(30)));
  const Alert unit = Late(Firing("db-1", "unit", "UNIT_INACTIVE", kStart));
  EnterLate(unit);
  EXPECT_EQ(EnterLate(Over(unit, kStart + Span::Seconds(40))), told);
  EXPECT_THAT(Said(), ElementsAre("opened TIMEOUT"));
  EXPECT_EQ(book_.open()[0]->since, kStart);
}

TEST_F(BookTest, HistoryOfAFiringCheckIsItsOutagesBeginningHoweverSlowItWas) {
  Enter(Firing("db-1", "unit", "UNIT_INACTIVE", kStart + Span::Seconds(30), 2));
  EnterLate(Late(Firing("db-1", "unit", "UNIT_STOPPING", kStart, 1)));
  EXPECT_THAT(Said(), ElementsAre("opened UNIT_INACTIVE"));
  EXPECT_EQ(book_.open()[0]->since, kStart);
  EXPECT_EQ(book_.open()[0]->reason, "UNIT_INACTIVE");
}

TEST_F(BookTest, HistoryOfARememberedIncidentOnlyAddsToItsTimeline) {
  const Alert port = Firing("app-1", "port", "REFUSED", kStart);
  const uint64_t told = Enter(port);
  Enter(Over(port, kStart + Span::Seconds(20)));
  Wait(kEndSettles);
  // As a collector that restarts gets it from its store.
  IncidentBook restored({}, told, {*changes_.incidents.back()});
  BookChanges changes;
  const Alert unit = Late(Firing("db-1", "unit", "UNIT_INACTIVE", kStart));
  EXPECT_EQ(restored.EnterLate(unit, hosts_, Now(), &changes), told);
  restored.Note({.host = unit.host,
                 .check = unit.check.ToString(),
                 .subject = "database",
                 .at = kStart,
                 .late = true},
                Now(), &changes);
  EXPECT_TRUE(changes.notifications.empty());
  ASSERT_EQ(changes.timeline.size(), 1u);
  EXPECT_EQ(changes.timeline[0].incident, told);
}

TEST_F(BookTest, WhatBeganWithTheSameTransitionAgainHasAKeyOfItsOwn) {
  const Alert unit = Firing("db-1", "unit", "UNIT_FAILED", kStart);
  Enter(unit);
  const std::string key = book_.open()[0]->dedup_key;
  Enter(Over(unit, kStart + Span::Seconds(1)));
  Wait(kEndSettles);
  Wait(kReopen);
  Enter(unit);
  EXPECT_NE(book_.open()[0]->dedup_key, key);
}

TEST_F(BookTest, ChangesHoldTheNewestStateOfEachIncidentOnce) {
  Enter(Firing("app-1", "port", "REFUSED", kStart));
  Enter(Firing("db-1", "unit", "UNIT_FAILED", kStart));
  ASSERT_EQ(changes_.incidents.size(), 1u);
  EXPECT_EQ(changes_.incidents[0]->alerts.size(), 2u);
  EXPECT_EQ(changes_.incidents[0], book_.open()[0]) << "readers share what did not change";
}

TEST_F(BookTest, AGapStandsOnlyWhereItFallsInTheIncidentsTime) {
  const Alert unit = Firing("db-1", "unit", "UNIT_FAILED", kStart);
  Enter(unit);
  Enter(Over(unit, kStart + Span::Seconds(10)));
  Wait(kEndSettles);
  changes_.timeline.clear();
  const auto gap = [&](int64_t from, int64_t to) {
    book_.NoteGap({unit.host, kStart + Span::Seconds(from), kStart + Span::Seconds(to), "lost"},
                  Now(), &changes_);
    return changes_.timeline.size();
  };
  EXPECT_EQ(gap(-60, -30), 0u);
  EXPECT_EQ(gap(30, 60), 0u);
  EXPECT_EQ(gap(2, 30), 1u) << "also when it is over by now";
}

// A storm: what one more costs must not grow with what is broken already.
TEST_F(BookTest, ALargeIncidentIsLookedAtSeldomAndWhatIsGraverOrTheEndIsToldAtOnce) {
  const auto warning = [&](int n) {
    Alert alert = Firing(absl::StrCat("app-", n), "unit", "UNIT_FAILED", now_);
    alert.severity = Severity::kWarning;
    return alert;
  };
  int count = 0;
  while (count < int{IncidentBook::kLarge}) Enter(warning(count++));
  Said();
  changes_.incidents.clear();
  for (int i = 0; i < 100; ++i, Wait(Span::Millis(20))) Enter(warning(count++));
  EXPECT_LT(book_.open()[0]->alerts.size(), size_t(count));
  EXPECT_THAT(Said(), testing::SizeIs(testing::Le(1u)));
  Wait(Span::Seconds(6));
  EXPECT_EQ(book_.open()[0]->alerts.size(), size_t(count));
  Said();
  const Alert grave = Firing("db-1", "unit", "UNIT_STOPPED", now_);
  Enter(grave);
  EXPECT_THAT(Said(), ElementsAre("updated UNIT_STOPPED"));
  for (int n = 0; n < count; ++n) Enter(Over(warning(n), now_));
  Enter(Over(grave, now_));
  Wait(Span::Seconds(10));
  EXPECT_TRUE(book_.open().empty());
}

TEST_F(BookTest, WhatJoinedALargeIncidentBeforeTheEndOfItsCollectorIsPartOfItAfterwards) {
  Incident known;
  std::vector<Alert> firing;
  for (int n = 0; n < 20; ++n) {
    firing.push_back(Firing(absl::StrCat("app-", n), "unit", "UNIT_FAILED", kStart));
    firing.back().incident = 42;
    if (n == 0) Enter(firing[0]);
  }
  known = *book_.open()[0];
  IncidentBook restarted({}, 41, {known}, firing);
  Said();
  restarted.Conclude(hosts_, Now(), &changes_);
  ASSERT_EQ(restarted.open().size(), 1u);
  EXPECT_EQ(restarted.open()[0]->alerts.size(), 20u);
  EXPECT_THAT(Said(), ElementsAre("updated UNIT_FAILED")) << "nobody was told of the others";
}

}  // namespace
}  // namespace faultline::incidents
