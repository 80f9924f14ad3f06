#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "tests/agent/host/tcp_testing.h"
#include "tests/agent/reporter_testing.h"

namespace faultline::agent {
namespace {

namespace v1 = faultline::v1;
using testing::ElementsAre;
using testing::Pair;
using testing::UnorderedElementsAre;

class ReporterReloadTest : public ReporterTest {
 protected:
  config::CheckConfig Listener(Span interval) const {
    config::CheckConfig check;
    check.id = {.kind = "listener", .target = absl::StrCat("127.0.0.1:", port_.port()), .name = ""};
    check.interval = interval;
    return check;
  }

  // All numbers that were sent, in their order: declared ones positive, withdrawn ones negative.
  std::vector<int> Sent() const {
    std::vector<int> numbers;
    for (const v1::CheckDeclarations& message : link_.declarations) {
      for (const auto& check : message.checks())
        numbers.push_back(static_cast<int>(check.number()));
      for (const uint32_t gone : message.withdrawn()) numbers.push_back(-static_cast<int>(gone));
    }
    return numbers;
  }

  host::TestListener port_;
};

TEST_F(ReporterReloadTest, WhatIsUnchangedIsNotTouched) {
  Start({Unit("a"), Unit("b")});
  const uint64_t before = Transitions();
  const Reporter::Reloaded done = reporter_->Reload({Unit("b"), Unit("a")});
  EXPECT_EQ(done.kept, 2u);
  EXPECT_EQ(done.changed + done.added + done.removed, 0u);
  ASSERT_TRUE(UntilOk(2));
  EXPECT_EQ(Transitions(), before);
  EXPECT_TRUE(link_.declarations.empty());
  EXPECT_EQ(systemd_->watched["a.service"], 1);
}

TEST_F(ReporterReloadTest, KnowsWhetherAUnitIsStillUp) {
  Start({Unit("a"), Unit("b"), Listener(Span::Millis(20))});
  EXPECT_TRUE(reporter_->HasUnitThatIsUp());
  for (const char* unit : {"a.service", "b.service"}) {
    EXPECT_TRUE(reporter_->HasUnitThatIsUp()) << unit;
    host::UnitListener& listener = *systemd_->listeners[unit];
    listener.OnJob(7, "stop");
    SteadySystemd::Tell(unit, listener, "deactivating", "stop-sigterm");
  }
  EXPECT_FALSE(reporter_->HasUnitThatIsUp()) << "the listener is none";
}

TEST_F(ReporterReloadTest, ANewCheckIsDeclaredAndStarted) {
  Start({Unit("a")});
  const uint64_t before = Transitions();
  EXPECT_EQ(reporter_->Reload({Unit("a"), Unit("c")}).added, 1u);
  ASSERT_FALSE(link_.declarations.empty()) << "declared before it has said anything";
  EXPECT_EQ(Sent()[0], 2);
  EXPECT_EQ(Transitions(), before);
  ASSERT_TRUE(UntilOk(2));
  EXPECT_EQ(Transitions(), before + 1);
}

TEST_F(ReporterReloadTest, ARemovedCheckIsWithdrawnAndStopped) {
  Start({Unit("a"), Unit("b")});
  EXPECT_EQ(reporter_->Reload({Unit("b")}).removed, 1u);
  EXPECT_THAT(Sent(), ElementsAre(-1));
  EXPECT_EQ(systemd_->watching["a.service"], 0);
  EXPECT_EQ(systemd_->watching["b.service"], 1);
  v1::Snapshot snapshot;
  EXPECT_THAT(Snapshot(&snapshot), UnorderedElementsAre(Pair("unit:b.service", 2)));
  ASSERT_EQ(snapshot.checks_size(), 1);
  EXPECT_EQ(snapshot.checks(0).observation().check(), 2u);
}

TEST_F(ReporterReloadTest, WhatIsNotWatchedIsToldOnceItChanges) {
  Start({Unit("a")});
  v1::CheckDeclarations first;
  v1::Snapshot snapshot;
  reporter_->TakeSnapshot(&first, &snapshot);
  EXPECT_TRUE(first.has_absent()) << "an empty list is an answer, too";
  const std::vector<config::AbsentCheck> absent = {
      {"clock", "system", config::AbsentCheck::Why::kDisabled, "it is disabled"}};
  reporter_->Reload({Unit("a")}, absent);
  ASSERT_EQ(link_.declarations.size(), 1u);
  EXPECT_EQ(link_.declarations[0].absent().checks(0).kind(), "clock");
  EXPECT_EQ(link_.declarations[0].absent().checks(0).why(), v1::AbsentCheck::WHY_DISABLED);
  reporter_->Reload({Unit("a")}, absent);
  EXPECT_EQ(link_.declarations.size(), 1u) << "nothing new";
  v1::CheckDeclarations again;
  reporter_->TakeSnapshot(&again, &snapshot);
  EXPECT_EQ(again.absent().checks_size(), 1);
}

TEST_F(ReporterReloadTest, ANumberIsNeverUsedForAnotherCheck) {
  Start({Unit("a")});
  reporter_->Reload({Unit("b")});
  reporter_->Reload({Unit("a")});
  EXPECT_THAT(Snapshot(), UnorderedElementsAre(Pair("unit:a.service", 3)));
}

TEST_F(ReporterReloadTest, AChangedCheckKeepsItsNumberAndWhatItSaid) {
  Start({Listener(Span::Seconds(30)), Unit("a")});
  const uint64_t before = Transitions();
  v1::Snapshot snapshot_before;
  Snapshot(&snapshot_before);
  EXPECT_EQ(reporter_->Reload({Listener(Span::Seconds(5)), Unit("a")}).changed, 1u);
  ASSERT_EQ(link_.declarations.size(), 1u);
  EXPECT_EQ(link_.declarations[0].checks(0).number(), 1u);
  EXPECT_EQ(link_.declarations[0].checks(0).interval_ns(), Span::Seconds(5).ns);
  v1::Snapshot snapshot;
  Snapshot(&snapshot);
  EXPECT_EQ(snapshot.checks(0).observation().state(), v1::STATE_OK);
  EXPECT_EQ(snapshot.checks(0).last_seq(), snapshot_before.checks(0).last_seq());
  EXPECT_EQ(Transitions(), before) << "the same answer is no news";
}

TEST_F(ReporterReloadTest, AChangedCheckStillTellsWhatIsNew) {
  Start({Listener(Span::Seconds(30))});
  port_.Close();
  reporter_->Reload({Listener(Span::Seconds(5))});
  EXPECT_TRUE(
      host::RunUntil(*loop_, [&] { return reporter_->Summarize().counts[State::kCritical] == 1; }));
  EXPECT_THAT(reporter_->Summarize().worst, testing::EndsWith(" NOT_LISTENING"));
}

// Nobody is to believe for a moment that it is not watched any more.
TEST_F(ReporterReloadTest, AChangedSubjectBeginsAnewBeforeTheOldOneEnds) {
  Start({Unit("a", "site")});
  EXPECT_EQ(reporter_->Reload({Unit("a", "database")}).changed, 1u);
  EXPECT_THAT(Sent(), ElementsAre(2, -1));
  ASSERT_TRUE(UntilOk(1));
  EXPECT_THAT(Snapshot(), UnorderedElementsAre(Pair("unit:a.service", 2)));
}

TEST_F(ReporterReloadTest, ALookThatWaitsForARemovedCheckIsAnsweredWithoutIt) {
  Start({Unit("a"), Unit("b")});
  v1::LookNow ask;
  ask.set_request(7);
  ask.add_checks(1);
  ask.set_deadline_ns(Span::Seconds(20).ns);
  reporter_->OnLookNow(ask);
  bool posted = false;
  loop_->Post([&] { posted = true; });
  ASSERT_TRUE(host::RunUntil(*loop_, [&] { return posted; }));
  ASSERT_TRUE(link_.looks.empty()) << "the fake systemd answers no look";
  reporter_->Reload({Unit("b")});
  ASSERT_EQ(link_.looks.size(), 1u);
  EXPECT_EQ(link_.looks[0].request(), 7u);
  EXPECT_THAT(link_.looks[0].unanswered(), ElementsAre(1));
}

TEST_F(ReporterReloadTest, ALookAtAWithdrawnNumberIsHarmless) {
  Start({Unit("a"), Unit("b")});
  reporter_->Reload({Unit("b")});
  v1::LookNow ask;
  ask.add_checks(1);
  ask.set_deadline_ns(Span::Seconds(20).ns);
  reporter_->OnLookNow(ask);
  EXPECT_TRUE(host::RunUntil(*loop_, [&] { return link_.looks.size() == 1; }));
}

TEST_F(ReporterReloadTest, ManyNewChecksAreDeclaredInSeveralMessages) {
  Start({Unit("a")});
  std::vector<config::CheckConfig> many;
  for (int i = 0; i < 450; ++i) many.push_back(Unit(absl::StrCat("u", i)));
  reporter_->Reload(many);
  EXPECT_EQ(link_.declarations.size(), 1u + 3u);
  EXPECT_TRUE(UntilOk(450));
}

TEST_F(ReporterReloadTest, ChangesAreTold) {
  Start({Unit("a")});
  const int before = changes_;
  reporter_->Reload({Unit("a")});
  EXPECT_GT(changes_, before);
}

}  // namespace
}  // namespace faultline::agent
