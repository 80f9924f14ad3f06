// What waits for each channel, and what it was told.
#include "collector/store/outbox.h"

#include <fstream>

#include "absl/strings/str_cat.h"
#include "collector/store/schema.h"
#include "gmock/gmock.h"
#include "tests/collector/store/store_samples.h"

namespace faultline::store {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

bool SkipNone(const Waiting&) { return false; }

// Of an incident with a subject of its own.
incidents::Notification Say(uint64_t incident, uint32_t version,
                            incidents::IncidentState state = incidents::IncidentState::kOpen,
                            const std::string& subject = "") {
  incidents::Notification said = SampleNotification(incident, version);
  said.incident.state = state;
  said.incident.subject = subject.empty() ? absl::StrCat("subject ", incident) : subject;
  said.incident.notifications = version;
  return said;
}

constexpr auto kOpen = incidents::IncidentState::kOpen;
constexpr auto kResolved = incidents::IncidentState::kResolved;

class OutboxTest : public StoreTest {
 protected:
  void Open(std::vector<std::string> channels = {"pager"}) {
    store_.reset();
    SqliteOptions options = Options(std::move(channels));
    options.on_channels = [this](const ChannelChanges& changes) { changes_ = changes; };
    store_ = MustOpen(options);
    ASSERT_TRUE(CommitAndWait(*store_, {}));
  }
  void Decide(std::vector<incidents::Notification> outbox) {
    Commit commit;
    for (const incidents::Notification& said : outbox) commit.incidents.push_back(said.incident);
    commit.outbox = std::move(outbox);
    ASSERT_TRUE(CommitAndWait(*store_, std::move(commit)));
  }
  void Mark(OutboxMark::Kind kind, uint64_t incident, uint32_t version, WallTime at = At(5)) {
    OutboxMark mark;
    mark.kind = kind;
    mark.channel = "pager";
    mark.incident = incident;
    mark.version = version;
    mark.at = at;
    mark.why = "why";
    store_->Mark(std::move(mark), nullptr);
    ASSERT_TRUE(CommitAndWait(*store_, {}));
  }
  std::vector<Waiting> Window(const std::string& channel = "pager") {
    return store_->Window(channel, SkipNone).value();
  }
  // "incident/version urgency".
  std::vector<std::string> Seen(const std::string& channel = "pager") {
    std::vector<std::string> seen;
    for (const Waiting& each : Window(channel)) {
      seen.push_back(absl::StrCat(each.incident, "/", each.version, " ", int(each.urgency)));
    }
    return seen;
  }

  std::unique_ptr<Store> store_;
  ChannelChanges changes_;
};

TEST_F(OutboxTest, EveryChannelHasItsOwn) {
  Open({"pager", "chat"});
  Decide({Say(42, 1)});
  EXPECT_THAT(Seen("pager"), ElementsAre("42/1 0"));
  Mark(OutboxMark::Kind::kTold, 42, 1);
  EXPECT_THAT(Seen("pager"), IsEmpty());
  EXPECT_THAT(Seen("chat"), ElementsAre("42/1 0"));
  EXPECT_THAT(Seen("unknown"), IsEmpty());
  EXPECT_EQ(store_->Told("pager", 42)->version, 1u);
  EXPECT_EQ(store_->Told("pager", 42)->at, At(5));
  EXPECT_EQ(store_->Told("chat", 42)->version, 0u);
}

TEST_F(OutboxTest, WhatGoesOnAfterItsEndIsNewsToEverybody) {
  Open();
  Decide({Say(42, 1), Say(42, 2, kResolved)});
  Mark(OutboxMark::Kind::kTold, 42, 2);
  Decide({Say(42, 3)});
  EXPECT_THAT(Seen(), ElementsAre("42/3 0"));
  Decide({Say(42, 4, kResolved), Say(42, 5)});
  Mark(OutboxMark::Kind::kTold, 42, 4);  // its end was on the way
  EXPECT_THAT(Seen(), ElementsAre("42/5 0"));
}

TEST_F(OutboxTest, ANotificationStaysAsItWasDecided) {
  Open();
  Decide({Say(42, 1)});
  Commit later;
  later.incidents = {SampleIncident()};
  later.incidents[0].title = "something else meanwhile";
  later.incidents[0].alerts.clear();
  ASSERT_TRUE(CommitAndWait(*store_, later));
  const auto frozen = store_->Frozen(42, 1);
  ASSERT_TRUE(frozen.ok()) << frozen.status();
  EXPECT_EQ(frozen->title, "as of version 1");
  EXPECT_THAT(frozen->alerts, SizeIs(2));
  EXPECT_THAT(frozen->evidence, SizeIs(2));
  ASSERT_THAT(Window(), SizeIs(1));
  EXPECT_EQ(Window()[0].decided_at, At(1001));
}

TEST_F(OutboxTest, WhatIsDecidedMeanwhileTakesThePlaceOfWhatWaits) {
  Open();
  Decide({Say(42, 1), Say(43, 1)});
  Decide({Say(42, 2)});
  EXPECT_THAT(Seen(), ElementsAre("42/2 0", "43/1 0")) << "and keeps its turn";
  EXPECT_EQ(Window()[0].decided_at, At(1001)) << "and its age";
  Decide({Say(42, 3, kResolved)});
  EXPECT_THAT(Seen(), ElementsAre("42/3 4", "43/1 0")) << "nobody was told before it was over";
  Decide({Say(42, 2)});
  EXPECT_THAT(Seen(), ElementsAre("42/3 4", "43/1 0")) << "an older one changes nothing";
}

TEST_F(OutboxTest, WhatFollowsSomethingThatWasToldIsNewsOfIt) {
  Open();
  Decide({Say(42, 1)});
  Decide({Say(42, 2)});
  Mark(OutboxMark::Kind::kTold, 42, 1);  // it was under way when the second came
  EXPECT_THAT(Seen(), ElementsAre("42/2 3"));
  Mark(OutboxMark::Kind::kTold, 42, 2);
  EXPECT_THAT(Seen(), IsEmpty());
  Decide({Say(42, 3, kResolved)});
  EXPECT_THAT(Seen(), ElementsAre("42/3 3"));
  Mark(OutboxMark::Kind::kTold, 42, 3);
  Mark(OutboxMark::Kind::kTold, 42, 2);
  EXPECT_EQ(store_->Told("pager", 42)->version, 3u) << "it does not go back";
}

TEST_F(OutboxTest, WhatTheChannelKnowsAlreadyDoesNotWait) {
  Open();
  Mark(OutboxMark::Kind::kTold, 42, 2);  // from memory
  Decide({Say(42, 1)});
  Decide({Say(42, 2)});
  EXPECT_THAT(Seen(), IsEmpty());
  Decide({Say(42, 3)});
  EXPECT_THAT(Seen(), ElementsAre("42/3 3"));
}

TEST_F(OutboxTest, UrgencyIsThatOfWhatPeopleDoNotKnow) {
  incidents::Incident incident = SampleIncident();
  EXPECT_EQ(UrgencyOf(incident, false), Urgency::kUntoldCritical);
  EXPECT_EQ(UrgencyOf(incident, true), Urgency::kNews);
  incident.severity = rules::Severity::kWarning;
  EXPECT_EQ(UrgencyOf(incident, false), Urgency::kUntoldWarning);
  incident.severity = rules::Severity::kInfo;
  EXPECT_EQ(UrgencyOf(incident, false), Urgency::kUntoldInfo);
  incident.state = kResolved;
  EXPECT_EQ(UrgencyOf(incident, false), Urgency::kOver);
  EXPECT_EQ(UrgencyOf(incident, true), Urgency::kNews);
}

// Outage after outage of one subject, and nobody could be told.
TEST_F(OutboxTest, WhatIsOverGivesWayToNewTroubleOfItsSubject) {
  Open();
  for (uint64_t incident = 1; incident <= 3; ++incident) {
    Decide({Say(incident, 1, kOpen, "shop")});
    Decide({Say(incident, 2, kResolved, "shop")});
  }
  Decide({Say(9, 1, kOpen, "other"), Say(9, 2, kResolved, "other")});
  EXPECT_THAT(Seen(), ElementsAre("3/2 4", "9/2 4"));
  Decide({Say(4, 1, kOpen, "shop")});
  EXPECT_THAT(Seen(), ElementsAre("9/2 4", "4/1 0"));
  const auto timeline = store_->Timeline(3);
  ASSERT_THAT(*timeline, SizeIs(1));
  EXPECT_EQ((*timeline)[0].text,
            "not told to pager by itself: it was over, and incident 4 follows");
}

TEST_F(OutboxTest, TheEndOfWhatWasToldIsKeptBeforeNewTroubleOfItsSubject) {
  Open();
  Decide({Say(1, 1, kOpen, "shop")});
  Mark(OutboxMark::Kind::kTold, 1, 1);
  Decide({Say(1, 2, kResolved, "shop"), Say(2, 1, kOpen, "shop")});
  EXPECT_THAT(Seen(), ElementsAre("1/2 3", "2/1 0"));
}

TEST_F(OutboxTest, AWindowHasSomeOfEachHostAndNotAllOfOne) {
  Open();
  std::vector<incidents::Notification> many;
  for (uint64_t incident = 1; incident <= 300; ++incident) many.push_back(Say(incident, 1));
  Decide(many);
  for (incidents::Notification& said : many) said = Say(said.incident.id, 2, kResolved);
  incidents::Notification other = Say(1000, 1);
  other.incident.host = "app-1";
  Decide({other});
  const auto window = Window();
  EXPECT_THAT(window, SizeIs(9));
  EXPECT_EQ(window.back().incident, 1000u);
  const auto rest = store_->Window("pager", [](const Waiting& each) { return each.order <= 8; });
  ASSERT_TRUE(rest.ok());
  EXPECT_EQ(rest->front().incident, 9u) << "what is passed over takes no place";
  EXPECT_THAT(*rest, SizeIs(9));
  EXPECT_EQ(*store_->Untold("pager", window[0].host), 300u);
}

TEST_F(OutboxTest, OfVeryManyHostsTheMostUrgentAreSeenAndTheWindowIsBounded) {
  Open();
  std::vector<incidents::Notification> many;
  for (uint64_t incident = 1; incident <= 3000; ++incident) {
    many.push_back(Say(incident, 1));
    many.back().incident.alerts.clear();
    many.back().incident.evidence.clear();
    many.back().incident.host = absl::StrCat("host-", incident);
    many.back().incident.severity =
        incident > 2995 ? rules::Severity::kCritical : rules::Severity::kWarning;
  }
  Decide(many);
  const auto window = Window();
  EXPECT_THAT(window, SizeIs(64));
  EXPECT_EQ(
      std::count_if(window.begin(), window.end(),
                    [](const Waiting& each) { return each.urgency == Urgency::kUntoldCritical; }),
      5);
}

TEST_F(OutboxTest, WhatComesFirstOfASubjectComesAlongThoughItIsOfAFullHost) {
  Open();
  std::vector<incidents::Notification> many;
  for (uint64_t incident = 1; incident <= 20; ++incident) many.push_back(Say(incident, 1));
  many.push_back(Say(21, 1, kOpen, "shop"));
  many.push_back(Say(22, 1, kOpen, "shop"));
  many.back().incident.host = "app-1";
  Decide(many);
  const auto window = Window();
  ASSERT_THAT(window, SizeIs(10));
  EXPECT_EQ(window[8].incident, 21u);
  EXPECT_EQ(window[9].incident, 22u);
}

TEST_F(OutboxTest, TheTallyIsOfAllThatWaits) {
  Open();
  EXPECT_EQ(store_->Tally("pager")->waiting, 0u);
  EXPECT_EQ(store_->Tally("pager")->oldest, WallTime{});
  std::vector<incidents::Notification> many;
  for (uint64_t incident = 1; incident <= 5000; ++incident) {
    many.push_back(Say(incident, 1));
    many.back().incident.alerts.clear();
    many.back().decided_at = At(static_cast<int64_t>(9000 - incident));
  }
  Decide(many);
  EXPECT_EQ(store_->Tally("pager")->waiting, 5000u);
  EXPECT_EQ(store_->Tally("pager")->oldest, At(4000));
}

TEST_F(OutboxTest, WhatWaitsAndWhatWasToldSurviveARestart) {
  Open();
  Decide({Say(42, 1), Say(43, 1)});
  Mark(OutboxMark::Kind::kTold, 42, 1);
  Open();
  EXPECT_THAT(Seen(), ElementsAre("43/1 0"));
  Decide({Say(42, 2)});
  EXPECT_THAT(Seen(), ElementsAre("43/1 0", "42/2 3"));
  EXPECT_THAT(changes_.added, IsEmpty());
  EXPECT_THAT(changes_.gone, IsEmpty());
}

TEST_F(OutboxTest, ANewChannelIsToToldWhatIsOpenAndTheOneThatIsGoneForgotten) {
  Open();
  Decide({Say(1, 1), Say(2, 1), Say(3, 1)});
  Decide({Say(2, 2)});
  Mark(OutboxMark::Kind::kTold, 2, 2);
  Decide({Say(3, 2, kResolved)});
  Decide({Say(4, 1)});
  Commit unsaid;  // pieced together from history: nobody was told yet
  unsaid.incidents = {Say(5, 0).incident};
  ASSERT_TRUE(CommitAndWait(*store_, unsaid));
  Open({"oncall"});
  EXPECT_THAT(Seen("oncall"), ElementsAre("1/1 0", "2/2 0", "4/1 0"));
  EXPECT_TRUE(store_->Frozen(2, 2).ok());
  EXPECT_THAT(Seen("pager"), IsEmpty());
  ASSERT_THAT(changes_.gone, SizeIs(1));
  EXPECT_EQ(changes_.gone[0].channel, "pager");
  EXPECT_EQ(changes_.gone[0].dropped, 3u);
  ASSERT_THAT(changes_.added, SizeIs(1));
  EXPECT_EQ(changes_.added[0].told, 3u);
  EXPECT_EQ(store_->Told("pager", 2)->version, 0u);
}

TEST_F(OutboxTest, ChannelsMayChangeWhileItRuns) {
  Open();
  std::atomic<int> heard = 0;
  store_->set_outbox_listener([&] { ++heard; });
  Decide({Say(1, 1)});
  EXPECT_EQ(heard, 1);
  store_->SetChannels({"pager", "chat"});
  ASSERT_TRUE(CommitAndWait(*store_, {}));
  EXPECT_EQ(heard, 2);
  EXPECT_THAT(Seen("chat"), ElementsAre("1/1 0"));
  Decide({Say(2, 1)});
  EXPECT_THAT(Seen("chat"), ElementsAre("1/1 0", "2/1 0"));
}

TEST_F(OutboxTest, TheTimelineTellsWhatBecameOfAMessage) {
  Open();
  Decide({Say(42, 1)});
  Mark(OutboxMark::Kind::kFailed, 42, 1, At(100));
  OutboxMark told;
  told.channel = "pager";
  told.incident = 42;
  told.version = 1;
  told.attempts = 3;
  told.at = At(200);
  for (int twice = 0; twice < 2; ++twice) store_->Mark(told, nullptr);
  Mark(OutboxMark::Kind::kReminded, 42, 1, At(300));
  const auto timeline = store_->Timeline(42);
  ASSERT_THAT(*timeline, SizeIs(3));
  EXPECT_EQ((*timeline)[0].kind, incidents::TimelineKind::kNotifyFailed);
  EXPECT_EQ((*timeline)[0].text, "message 1 to pager failed, trying on: why");
  EXPECT_EQ((*timeline)[1].kind, incidents::TimelineKind::kNotified);
  EXPECT_EQ((*timeline)[1].text, "message 1 delivered to pager at attempt 3");
  EXPECT_EQ((*timeline)[2].text, "reminder delivered to pager");
  EXPECT_EQ(store_->Told("pager", 42)->reminders, 1u);
  EXPECT_EQ(store_->Told("pager", 42)->at, At(300));
}

TEST_F(OutboxTest, WhatWasToldLongAgoAndIsOpenAndCriticalIsFound) {
  Open();
  auto warning = Say(2, 1);
  warning.incident.severity = rules::Severity::kWarning;
  Decide({Say(1, 1), warning, Say(3, 1), Say(4, 1), Say(5, 1)});
  for (uint64_t incident = 1; incident <= 4; ++incident) {
    Mark(OutboxMark::Kind::kTold, incident, 1, At(static_cast<int64_t>(100 - incident)));
  }
  Decide({Say(3, 2, kResolved)});
  const auto found = store_->ToldBefore("pager", At(100), 10);
  ASSERT_TRUE(found.ok()) << found.status();
  ASSERT_THAT(*found, SizeIs(2));
  EXPECT_EQ((*found)[0].incident, 4u);
  EXPECT_EQ((*found)[1].incident, 1u);
  EXPECT_THAT(*store_->ToldBefore("pager", At(98), 10), SizeIs(1));
}

TEST_F(OutboxTest, TheListenerHearsOnlyOfCommitsWithNotifications) {
  Open();
  std::atomic<int> heard = 0;
  size_t due_when_heard = 0;
  store_->set_outbox_listener([&] {
    ++heard;
    due_when_heard = Window().size();
  });
  Commit quiet;
  quiet.incidents = {SampleIncident()};
  ASSERT_TRUE(CommitAndWait(*store_, quiet));
  EXPECT_EQ(heard, 0);
  Decide({Say(42, 1)});
  EXPECT_EQ(heard, 1);
  EXPECT_EQ(due_when_heard, 1u) << "what the listener is told of can be read at once";
}

// The tables of the release before, with what they held.
TEST_F(OutboxTest, AnOlderOutboxIsTakenOver) {
  std::ofstream(Options().path).flush();
  {
    auto writer = Connection::Open(Options().path, Access::kWriter);
    ASSERT_TRUE(MigrateTo(**writer, 1).ok());
    const auto incident = [&](int id, int version, int severity, int state) {
      return absl::StrCat("INSERT INTO incidents VALUES (", id, ",", version, ",'key ", id,
                          "','shop','prod','s", id, "',", severity, ",", state,
                          ",'','db-1','R','title','text',1,1,0,0,0,", version, ");");
    };
    std::string sql;
    for (const auto& [id, severity] : {std::pair{1, 2}, {2, 1}, {3, 2}}) {
      absl::StrAppend(&sql, incident(id, 0, severity, 0), incident(id, 1, severity, 0));
    }
    absl::StrAppend(&sql, incident(1, 2, 2, 0), incident(3, 2, 2, 1));
    const auto row = [](int id, int version, int delivered) {
      return absl::StrCat("INSERT INTO outbox (channel, incident, version, event, decided_at, ",
                          "delivered_at) VALUES ('pager',", id, ",", version, ",0,", 10 + version,
                          ",", delivered, ");");
    };
    absl::StrAppend(&sql, row(1, 1, 77), row(1, 2, 0), row(2, 1, 0), row(3, 1, 0), row(3, 2, 0));
    ASSERT_TRUE((*writer)->Execute(sql).ok());
  }
  Open();
  EXPECT_THAT(Seen(), ElementsAre("1/2 3", "2/1 1", "3/2 4"));
  EXPECT_EQ(store_->Told("pager", 1)->version, 1u);
  EXPECT_EQ(store_->Told("pager", 1)->at, WallTime{77});
  EXPECT_THAT(changes_.added, IsEmpty()) << "it was there before";
  EXPECT_EQ(Window()[0].line, LineOf(store_->Frozen(1, 2).value()));
  EXPECT_EQ(Window()[0].host, HostKeyOf(store_->Frozen(1, 2).value()));
}

}  // namespace
}  // namespace faultline::store
