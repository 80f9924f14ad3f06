// What is deleted and what stays.
#include "collector/store/retention.h"

#include <fstream>

#include "collector/store/read.h"
#include "collector/store/schema.h"
#include "collector/store/write.h"
#include "tests/collector/store/store_samples.h"

namespace faultline::store {
namespace {

constexpr int64_t kDays = 86400;

class RetentionTest : public StoreTest {
 protected:
  void SetUp() override {
    std::ofstream(Options().path).flush();
    auto writer = Connection::Open(Options().path, Access::kWriter);
    ASSERT_TRUE(writer.ok()) << writer.status();
    writer_ = *std::move(writer);
    ASSERT_TRUE(Migrate(*writer_).ok());
  }
  void Write(const Commit& commit) {
    ASSERT_TRUE(writer_->Execute("BEGIN").ok());
    ASSERT_TRUE(WriteCommit(*writer_, commit, {"pager"}).ok());
    ASSERT_TRUE(writer_->Execute("COMMIT").ok());
  }
  static incidents::Incident Ended(uint64_t id, WallTime resolved) {
    incidents::Incident incident = SampleIncident(id);
    incident.state = incidents::IncidentState::kResolved;
    incident.resolved_at = resolved;
    return incident;
  }
  static incidents::TimelineEntry Line(uint64_t incident, WallTime recorded) {
    incidents::TimelineEntry line;
    line.incident = incident;
    line.at = line.recorded = recorded;
    return line;
  }
  void DeleteAllOld() {
    absl::StatusOr<bool> more = true;
    while (more.ok() && *more) more = DeleteOld(*writer_, before_);
    ASSERT_TRUE(more.ok()) << more.status();
  }
  int64_t Rows(const std::string& from) const { return CountRows(Options().path, from); }

  std::unique_ptr<Connection> writer_;
  const WallTime before_ = At(1'800'000'000);
  const WallTime old_ = At(1'800'000'000 - kDays);
  const WallTime young_ = At(1'800'000'000 + kDays);
};

TEST_F(RetentionTest, AnIncidentThatEndedLongAgoGoesWithAllOfIt) {
  Commit commit;
  commit.incidents = {Ended(1, old_), Ended(2, young_), SampleIncident(3), Ended(4, old_)};
  for (uint64_t id = 1; id <= 4; ++id) {
    commit.timeline.push_back(Line(id, old_));
    commit.outbox.push_back(SampleNotification(id, 1));
  }
  Write(commit);
  ASSERT_TRUE(writer_->Execute("INSERT INTO told VALUES ('pager', 1, 1, 5, 0)").ok());
  DeleteAllOld();
  for (const char* table :
       {"incidents WHERE id = 1", "incident_alerts WHERE of_incident = 1",
        "incident_evidence WHERE of_incident = 1", "incident_faults WHERE of_incident = 1",
        "timeline WHERE incident = 1", "outbox WHERE incident = 1", "told WHERE incident = 1"}) {
    EXPECT_EQ(Rows(table), 0) << table;
  }
  EXPECT_EQ(Rows("incidents WHERE version = 0"), 3);
  EXPECT_EQ(Rows("incidents WHERE id = 3 AND version = 0"), 1) << "it is open";
  EXPECT_EQ(Rows("outbox WHERE incident = 3"), 1);
  EXPECT_EQ(Rows("incidents WHERE id = 4 AND version = 0"), 1) << "ids are counted on from it";
}

TEST_F(RetentionTest, WhatWasLearnedOfLateStaysFromThenOn) {
  Commit commit;
  commit.incidents = {Ended(1, old_), SampleIncident(2)};
  commit.timeline = {Line(1, young_)};
  Write(commit);
  DeleteAllOld();
  EXPECT_EQ(Rows("incidents WHERE id = 1"), 1);
}

TEST_F(RetentionTest, OfAnOpenIncidentOnlyTheOldLinesGo) {
  Commit commit;
  commit.incidents = {SampleIncident(1)};
  for (int n = 0; n < 700; ++n) commit.timeline.push_back(Line(1, old_));
  commit.timeline.push_back(Line(1, young_));
  Write(commit);
  DeleteAllOld();
  EXPECT_EQ(Rows("timeline"), 1);
  EXPECT_EQ(Rows("incidents"), 1);
}

TEST_F(RetentionTest, LogEventsAndGapsAgeByTheCollectorsTimeNotByTheirHosts) {
  StoredLogEvent event;
  event.host = Db1();
  event.spool_id = "spool-a";
  event.seq = 1;
  event.last = At(kDays);  // a host in 1970
  StoredGap gap;
  gap.host = Db1();
  gap.last_seq = 1;
  Commit commit;
  commit.received = young_;
  commit.log_events = {event};
  commit.gaps = {gap};
  Write(commit);
  commit.received = old_;
  commit.log_events[0].seq = 2;
  commit.log_events[0].last = At(4'000'000'000);  // one in 2096
  commit.gaps[0].last_seq = 2;
  commit.gaps[0].to = At(4'000'000'000);
  Write(commit);
  DeleteAllOld();
  EXPECT_EQ(Rows("log_events WHERE seq = 1"), 1);
  EXPECT_EQ(Rows("log_events WHERE seq = 2"), 0);
  EXPECT_EQ(Rows("gaps WHERE last_seq = 1"), 1);
  EXPECT_EQ(Rows("gaps WHERE last_seq = 2"), 0);
}

TEST_F(RetentionTest, PositionsStayWhileTheirSpoolIsInUseOrHasLeftSomething) {
  Commit commit;
  model::HostPicture host;
  host.identity.id = Db1();
  host.spool_id = "in-use";
  commit.hosts = {std::make_shared<const model::HostPicture>(host)};
  for (const char* spool : {"in-use", "spool-a", "gone"}) {
    commit.positions.push_back({Db1(), spool, Stream::kTransitions, 7});
  }
  commit.transitions = {SampleTransition(7)};
  commit.transitions[0].received = young_;
  Write(commit);
  DeleteAllOld();
  EXPECT_EQ(Rows("positions"), 2);
  EXPECT_EQ(Rows("positions WHERE spool_id = 'gone'"), 0);
}

TEST_F(RetentionTest, AlertsThatAreOverGoThoseThatFireStay) {
  Commit commit;
  for (const char* name : {"over", "fires"}) {
    rules::Alert alert = SampleAlert(name);
    alert.state =
        std::string(name) == "over" ? rules::AlertState::kResolved : rules::AlertState::kFiring;
    commit.alerts.push_back(alert);
  }
  Write(commit);
  DeleteAllOld();
  EXPECT_EQ(Rows("alerts"), 1);
  EXPECT_EQ(Rows("alerts WHERE state = 1"), 1);
}

TEST_F(RetentionTest, TooMuchIsDeletedFromTheOldestOnWhateverItIs) {
  Commit commit;
  for (uint64_t seq = 1; seq <= 3000; ++seq) {
    commit.transitions.push_back(SampleTransition(seq));
    commit.transitions.back().detail = std::string(300, 'd');
  }
  commit.incidents = {Ended(1, At(1)), Ended(2, At(5000)), SampleIncident(3), Ended(4, At(2))};
  Write(commit);
  ASSERT_TRUE(writer_->Checkpoint().ok());
  const auto pages = writer_->QueryInt("PRAGMA page_count");
  ASSERT_TRUE(pages.ok());
  const int64_t most = *pages * *writer_->QueryInt("PRAGMA page_size") / 2;
  absl::StatusOr<bool> more = true;
  int steps = 0;
  while (more.ok() && *more) more = DeleteSurplus(*writer_, most), ++steps;
  ASSERT_TRUE(more.ok()) << more.status();
  EXPECT_GT(steps, 2);
  const int64_t left = Rows("transitions");
  EXPECT_GT(left, 500);
  EXPECT_LT(left, 2000);
  EXPECT_EQ(Rows("transitions WHERE seq > " + std::to_string(3000 - left)), left) << "the newest";
  EXPECT_EQ(Rows("incidents WHERE id = 1"), 0);
  EXPECT_EQ(Rows("incidents WHERE id IN (2, 3, 4)"), 3) << "young, open, the newest id";
  EXPECT_FALSE(DeleteSurplus(*writer_, most).value_or(true)) << "then it is enough";
}

TEST_F(RetentionTest, WhenOnlyOpenIncidentsAreLeftItEnds) {
  Commit commit;
  commit.incidents = {SampleIncident(1)};
  Write(commit);
  EXPECT_FALSE(DeleteSurplus(*writer_, 1).value_or(true));
  EXPECT_EQ(Rows("incidents"), 1);
}

TEST_F(RetentionTest, AStartLoadsAThousandRecentIncidentsAndEveryOpenOne) {
  Commit commit;
  for (uint64_t id = 1; id <= 1300; ++id) {
    incidents::Incident incident = Ended(id, At(1'800'000'000 + static_cast<int64_t>(id)));
    incident.alerts.clear();
    incident.evidence.clear();
    commit.incidents.push_back(incident);
  }
  commit.incidents[0] = SampleIncident(1);
  Write(commit);
  const auto loaded = ReadLoaded(*writer_, before_);
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  EXPECT_EQ(loaded->incidents.size(), 1001u);
  EXPECT_EQ(loaded->incidents.front().id, 1u);
  EXPECT_EQ(loaded->incidents[1].id, 301u);
  EXPECT_EQ(loaded->last_incident_id, 1300u);
}

}  // namespace
}  // namespace faultline::store
