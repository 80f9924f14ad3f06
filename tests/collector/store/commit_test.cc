// What goes in comes out again, after a restart too.
#include <algorithm>

#include "gmock/gmock.h"
#include "tests/collector/store/store_samples.h"

namespace faultline::store {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class CommitTest : public StoreTest {};

void ExpectSame(const rules::Alert& a, const rules::Alert& b) {
  EXPECT_EQ(a.id, b.id);
  EXPECT_EQ(a.rule, b.rule);
  EXPECT_EQ(a.host, b.host);
  EXPECT_EQ(a.check, b.check);
  EXPECT_EQ(a.subject, b.subject);
  EXPECT_EQ(a.severity, b.severity);
  EXPECT_EQ(a.state, b.state);
  EXPECT_EQ(a.reason, b.reason);
  EXPECT_EQ(a.detail, b.detail);
  EXPECT_EQ(a.decision, b.decision);
  EXPECT_EQ(a.since, b.since);
  EXPECT_EQ(a.received, b.received);
  EXPECT_EQ(a.fired_at, b.fired_at);
  EXPECT_EQ(a.resolved_at, b.resolved_at);
  EXPECT_EQ(a.deadline, b.deadline);
  EXPECT_EQ(a.late, b.late);
  EXPECT_EQ(a.incident, b.incident);
  EXPECT_EQ(a.transition.spool_id, b.transition.spool_id);
  EXPECT_EQ(a.transition.start_number, b.transition.start_number);
  EXPECT_EQ(a.transition.seq, b.transition.seq);
}

void ExpectSame(const incidents::Incident& a, const incidents::Incident& b) {
  EXPECT_EQ(a.id, b.id);
  EXPECT_EQ(a.dedup_key, b.dedup_key);
  EXPECT_EQ(a.stack, b.stack);
  EXPECT_EQ(a.subject, b.subject);
  EXPECT_EQ(a.severity, b.severity);
  EXPECT_EQ(a.state, b.state);
  EXPECT_EQ(a.lead_alert, b.lead_alert);
  EXPECT_EQ(a.host, b.host);
  EXPECT_EQ(a.reason, b.reason);
  EXPECT_EQ(a.title, b.title);
  EXPECT_EQ(a.text, b.text);
  EXPECT_EQ(a.since, b.since);
  EXPECT_EQ(a.opened_at, b.opened_at);
  EXPECT_EQ(a.resolved_at, b.resolved_at);
  EXPECT_EQ(a.opened_mono, b.opened_mono);
  EXPECT_EQ(a.late, b.late);
  EXPECT_EQ(a.notifications, b.notifications);
  ASSERT_EQ(a.evidence.size(), b.evidence.size());
  for (size_t i = 0; i < a.evidence.size(); ++i) {
    EXPECT_EQ(a.evidence[i].host, b.evidence[i].host);
    EXPECT_EQ(a.evidence[i].at, b.evidence[i].at);
    EXPECT_EQ(a.evidence[i].text, b.evidence[i].text);
  }
  ASSERT_EQ(a.alerts.size(), b.alerts.size());
  for (size_t i = 0; i < a.alerts.size(); ++i) ExpectSame(a.alerts[i], b.alerts[i]);
}

TEST_F(CommitTest, AnEmptyDatabaseLoadsAsNothing) {
  auto store = MustOpen(Options());
  auto loaded = store->Load();
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  EXPECT_THAT(loaded->alerts, IsEmpty());
  EXPECT_THAT(loaded->incidents, IsEmpty());
  EXPECT_THAT(loaded->positions, IsEmpty());
  EXPECT_THAT(loaded->hosts, IsEmpty());
  EXPECT_EQ(loaded->last_incident_id, 0u);
}

TEST_F(CommitTest, AForgottenHostLeavesItsRowsAndMayComeAgain) {
  const HostId gone{{"shop", "prod"}, "old-1"};
  const auto picture = [](const HostId& id) {
    auto host = std::make_shared<model::HostPicture>();
    host->identity.id = id;
    return host;
  };
  const HostId other{{"shop", "prod"}, "new-1"};
  auto store = MustOpen(Options());
  Commit known;
  known.hosts = {picture(gone), picture(other)};
  known.positions = {{gone, "spool", Stream::kTransitions, 7},
                     {other, "spool", Stream::kTransitions, 9}};
  ASSERT_TRUE(CommitAndWait(*store, known));
  Commit forgets;
  forgets.forgotten = {gone};
  EXPECT_FALSE(forgets.empty());
  ASSERT_TRUE(CommitAndWait(*store, forgets));
  auto loaded = store->Load();
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  ASSERT_THAT(loaded->hosts, SizeIs(1));
  EXPECT_EQ(loaded->hosts[0].identity.id, other);
  ASSERT_THAT(loaded->positions, SizeIs(1));
  EXPECT_EQ(loaded->positions[0].host, other);

  Commit again;  // it went and came within one commit
  again.forgotten = {gone};
  again.hosts = {picture(gone)};
  ASSERT_TRUE(CommitAndWait(*store, again));
  EXPECT_THAT(store->Load()->hosts, SizeIs(2));
}

TEST_F(CommitTest, IncidentsAndAlertsComeBackWholeAfterARestart) {
  rules::Alert resolved = SampleAlert("other.service");
  resolved.state = rules::AlertState::kResolved;
  {
    auto store = MustOpen(Options());
    Commit commit;
    commit.alerts = {SampleAlert(), resolved};
    commit.incidents = {SampleIncident()};
    ASSERT_TRUE(CommitAndWait(*store, commit));
  }
  auto store = MustOpen(Options());
  auto loaded = store->Load();
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  ASSERT_THAT(loaded->alerts, SizeIs(1)) << "the resolved one is of no use for going on";
  ExpectSame(loaded->alerts[0], SampleAlert());
  ASSERT_THAT(loaded->incidents, SizeIs(1));
  ExpectSame(loaded->incidents[0], SampleIncident());
  EXPECT_EQ(loaded->last_incident_id, 42u);
  auto one = store->GetIncident(42);
  ASSERT_TRUE(one.ok()) << one.status();
  ExpectSame(*one, SampleIncident());
  EXPECT_TRUE(absl::IsNotFound(store->GetIncident(43).status()));
}

TEST_F(CommitTest, HostsComeBackSilentUnlessTheySaidGoodbye) {
  model::HostPicture host;
  host.identity = {Db1(), "db"};
  host.link = model::LinkState::kConnected;
  host.addresses = {"10.0.2.10", "fd00::1"};
  host.agent_version = "0.1.0";
  host.instance_id = "i-0abc";
  host.region = "us-east-1";
  host.boot_id = "boot";
  host.spool_id = "spool-a";
  host.start_number = 7;
  host.link_since = At(1);
  host.last_heard = At(2);
  host.clock_offset = Span::Millis(-3);
  host.clock_uncertainty = Span::Millis(4);
  model::HostPicture gone = host;
  gone.identity.id.host = "gone-1";
  gone.link = model::LinkState::kGoodbye;
  gone.addresses = {};
  auto store = MustOpen(Options());
  Commit commit;
  commit.hosts = {std::make_shared<model::HostPicture>(host),
                  std::make_shared<model::HostPicture>(gone)};
  ASSERT_TRUE(CommitAndWait(*store, commit));

  auto loaded = store->Load();
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  ASSERT_THAT(loaded->hosts, SizeIs(2));
  const model::HostPicture& db = loaded->hosts[0];
  EXPECT_EQ(db.identity.id, Db1());
  EXPECT_EQ(db.identity.role, "db");
  EXPECT_EQ(db.link, model::LinkState::kSilent);
  EXPECT_THAT(db.addresses, ElementsAre("10.0.2.10", "fd00::1"));
  EXPECT_EQ(db.agent_version, "0.1.0");
  EXPECT_EQ(db.instance_id, "i-0abc");
  EXPECT_EQ(db.region, "us-east-1");
  EXPECT_EQ(db.boot_id, "boot");
  EXPECT_EQ(db.spool_id, "spool-a");
  EXPECT_EQ(db.start_number, 7u);
  EXPECT_EQ(db.link_since, At(1));
  EXPECT_EQ(db.last_heard, At(2));
  EXPECT_EQ(db.clock_offset, Span::Millis(-3));
  EXPECT_EQ(db.clock_uncertainty, Span::Millis(4));
  EXPECT_EQ(loaded->hosts[1].link, model::LinkState::kGoodbye);
  EXPECT_THAT(loaded->hosts[1].addresses, IsEmpty());
}

TEST_F(CommitTest, APositionNeverGoesBack) {
  auto store = MustOpen(Options());
  for (uint64_t seq : {5, 9, 3}) {
    Commit commit;
    commit.positions = {{Db1(), "spool-a", Stream::kTransitions, seq}};
    ASSERT_TRUE(CommitAndWait(*store, commit));
  }
  auto loaded = store->Load();
  ASSERT_TRUE(loaded.ok());
  ASSERT_THAT(loaded->positions, SizeIs(1));
  EXPECT_EQ(loaded->positions[0].seq, 9u);
  EXPECT_EQ(loaded->positions[0].host, Db1());
  EXPECT_EQ(loaded->positions[0].spool_id, "spool-a");
  EXPECT_EQ(loaded->positions[0].stream, Stream::kTransitions);
}

TEST_F(CommitTest, RecordsThatComeTwiceAreStoredOnce) {
  auto store = MustOpen(Options());
  Commit commit;
  commit.transitions = {SampleTransition(1), SampleTransition(2), SampleTransition(1)};
  StoredLogEvent event;
  event.host = Db1();
  event.spool_id = "spool-a";
  event.seq = 1;
  event.check = {"log", "mysql.service", ""};
  event.fingerprint = 0xdead'beef'dead'beef;
  event.last = SystemClock().Now();
  commit.log_events = {event, event};
  StoredGap gap;
  gap.host = Db1();
  gap.spool_id = "spool-a";
  gap.first_seq = 3;
  gap.last_seq = 9;
  gap.to = SystemClock().Now();
  commit.gaps = {gap};
  commit.transitions[0].received = commit.transitions[1].received = SystemClock().Now();
  ASSERT_TRUE(CommitAndWait(*store, commit));
  ASSERT_TRUE(CommitAndWait(*store, commit));
  const std::string path = Options().path;
  EXPECT_EQ(CountRows(path, "transitions"), 2);
  EXPECT_EQ(CountRows(path, "log_events WHERE fingerprint < 0"), 1);
  EXPECT_EQ(CountRows(path, "gaps WHERE first_seq = 3 AND last_seq = 9"), 1);
}

TEST_F(CommitTest, TheTimelineIsInTheOrderOfWhatHappened) {
  auto store = MustOpen(Options());
  incidents::TimelineEntry opened;
  opened.incident = 42;
  opened.at = At(10);
  opened.recorded = At(11);
  opened.kind = incidents::TimelineKind::kOpened;
  opened.host = "db-1";
  opened.check = "unit:mysql.service";
  opened.state = State::kCritical;
  opened.reason = "UNIT_INACTIVE";
  opened.text = "database down";
  incidents::TimelineEntry late = opened;
  late.at = At(5);
  late.recorded = At(99);
  late.kind = incidents::TimelineKind::kLateTransition;
  late.late = true;
  incidents::TimelineEntry other = opened;
  other.incident = 43;
  Commit commit;
  commit.timeline = {opened, late, other};
  ASSERT_TRUE(CommitAndWait(*store, commit));

  auto timeline = store->Timeline(42);
  ASSERT_TRUE(timeline.ok()) << timeline.status();
  ASSERT_THAT(*timeline, SizeIs(2));
  EXPECT_EQ((*timeline)[0].kind, incidents::TimelineKind::kLateTransition);
  EXPECT_TRUE((*timeline)[0].late);
  const incidents::TimelineEntry& second = (*timeline)[1];
  EXPECT_EQ(second.at, At(10));
  EXPECT_EQ(second.recorded, At(11));
  EXPECT_EQ(second.kind, incidents::TimelineKind::kOpened);
  EXPECT_EQ(second.host, "db-1");
  EXPECT_EQ(second.check, "unit:mysql.service");
  EXPECT_EQ(second.state, State::kCritical);
  EXPECT_EQ(second.reason, "UNIT_INACTIVE");
  EXPECT_EQ(second.text, "database down");
  EXPECT_FALSE(second.late);
}

TEST_F(CommitTest, AnIncidentKeepsItsAlertsAfterTheyWentOnToAnotherOne) {
  auto store = MustOpen(Options());
  Commit commit;
  commit.incidents = {SampleIncident(42)};
  ASSERT_TRUE(CommitAndWait(*store, commit));
  rules::Alert again = SampleAlert();
  again.incident = 43;
  again.reason = "UNIT_FAILED";
  commit.incidents = {SampleIncident(43)};
  commit.incidents[0].alerts = {again};
  commit.alerts = {again};
  ASSERT_TRUE(CommitAndWait(*store, commit));

  auto first = store->GetIncident(42);
  ASSERT_TRUE(first.ok());
  ASSERT_THAT(first->alerts, SizeIs(2));
  EXPECT_EQ(first->alerts[0].reason, "UNIT_STOPPING");
  auto second = store->GetIncident(43);
  ASSERT_TRUE(second.ok());
  ASSERT_THAT(second->alerts, SizeIs(1));
  EXPECT_EQ(second->alerts[0].reason, "UNIT_FAILED");
}

TEST_F(CommitTest, IncidentsAreListedNewestFirstByStateAndStack) {
  auto store = MustOpen(Options());
  Commit commit;
  for (uint64_t id = 1; id <= 6; ++id) {
    incidents::Incident incident = SampleIncident(id);
    if (id % 2 == 0) incident.state = incidents::IncidentState::kResolved;
    if (id > 4) incident.stack = {"blog", "prod"};
    commit.incidents.push_back(incident);
  }
  commit.outbox = {SampleNotification(1, 1)};  // frozen versions are not listed
  ASSERT_TRUE(CommitAndWait(*store, commit));

  const auto ids = [&](const IncidentFilter& filter) {
    std::vector<uint64_t> found;
    auto incidents = store->ListIncidents(filter);
    EXPECT_TRUE(incidents.ok()) << incidents.status();
    for (const auto& incident : *incidents) found.push_back(incident.id);
    return found;
  };
  EXPECT_THAT(ids({}), ElementsAre(6, 5, 4, 3, 2, 1));
  EXPECT_THAT(ids({.limit = 2}), ElementsAre(6, 5));
  EXPECT_THAT(ids({.state = incidents::IncidentState::kOpen}), ElementsAre(5, 3, 1));
  EXPECT_THAT(ids({.stack = "blog", .env = "prod"}), ElementsAre(6, 5));
  EXPECT_THAT(ids({.stack = "shop"}), ElementsAre(4, 3, 2, 1));
  EXPECT_THAT(ids({.env = "prod", .limit = 3}), ElementsAre(6, 5, 4));
  EXPECT_THAT(ids({.stack = "shop", .env = "test"}), testing::IsEmpty());
  EXPECT_THAT(ids({.state = incidents::IncidentState::kResolved, .stack = "shop", .env = "prod"}),
              ElementsAre(4, 2));
}

TEST_F(CommitTest, OnlyIncidentsThatEndedWithinTheLastDayAreLoadedAgain) {
  auto store = MustOpen(Options());
  const WallTime now = SystemClock().Now();
  Commit commit;
  commit.incidents = {SampleIncident(1), SampleIncident(2), SampleIncident(3)};
  for (int i : {0, 1}) {
    commit.incidents[i].state = incidents::IncidentState::kResolved;
    commit.incidents[i].resolved_at = now - Span::Seconds(i == 0 ? 90'000 : 60);
  }
  ASSERT_TRUE(CommitAndWait(*store, commit));
  auto loaded = store->Load();
  ASSERT_TRUE(loaded.ok());
  ASSERT_THAT(loaded->incidents, SizeIs(2));
  EXPECT_EQ(loaded->incidents[0].id, 2u);
  EXPECT_EQ(loaded->incidents[1].id, 3u);
}

TEST_F(CommitTest, HostileTextIsStoredAsItIs) {
  auto store = MustOpen(Options());
  incidents::Incident incident = SampleIncident();
  incident.title = std::string("'; DROP TABLE incidents; -- \0 \xff", 31);
  Commit commit;
  commit.incidents = {incident};
  ASSERT_TRUE(CommitAndWait(*store, commit));
  auto read = store->GetIncident(42);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->title, incident.title);
}

TEST_F(CommitTest, ReadersSeeACommitWhole) {
  auto store = MustOpen(Options());
  std::atomic<bool> stop = false;
  std::thread reader([&] {
    while (!stop) {
      auto incident = store->GetIncident(42);
      if (!incident.ok()) continue;
      // Every commit gives the incident as many alerts as it has notifications.
      EXPECT_EQ(incident->alerts.size(), incident->notifications);
    }
  });
  for (uint32_t n = 1; n <= 50; ++n) {
    Commit commit;
    commit.incidents = {SampleIncident()};
    commit.incidents[0].notifications = n;
    commit.incidents[0].alerts.assign(n, SampleAlert());
    EXPECT_TRUE(CommitAndWait(*store, std::move(commit)));
  }
  stop = true;
  reader.join();
}

// A large incident is written less often than its alerts.
TEST_F(CommitTest, AnOpenIncidentIsLoadedWithItsAlertsAsTheyWereLast) {
  Commit opened;
  opened.incidents = {SampleIncident(42)};
  opened.alerts = opened.incidents[0].alerts;
  Commit later;
  later.alerts = {SampleAlert()};
  later.alerts[0].state = rules::AlertState::kResolved;
  later.alerts[0].resolved_at = At(9);
  auto store = MustOpen(Options());
  ASSERT_TRUE(CommitAndWait(*store, opened));
  ASSERT_TRUE(CommitAndWait(*store, later));
  const auto loaded = store->Load();
  ASSERT_TRUE(loaded.ok());
  ASSERT_THAT(loaded->incidents, SizeIs(1));
  EXPECT_EQ(loaded->incidents[0].alerts[0].state, rules::AlertState::kResolved);
  EXPECT_EQ(loaded->incidents[0].alerts[1].state, rules::AlertState::kFiring);
}

}  // namespace
}  // namespace faultline::store
