#include "collector/operator/api.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/fakes/fixed_clock.h"
#include "tests/fakes/fixed_pictures.h"
#include "tests/fakes/readable_store.h"
#include "tests/fakes/shop_stack.h"

namespace faultline::operator_api {
namespace {

using namespace fakes;
using ::testing::HasSubstr;

class ApiTest : public ::testing::Test {
 protected:
  FixedPictures pictures_;
  ReadableStore store_;
  FixedClock clock_{kStopped + Span::Seconds(42)};
  Context context_{pictures_, store_, clock_, kStopped - Span::Seconds(86400), "0.1.0"};
};

TEST_F(ApiTest, AnEmptyCollectorHasAnEmptyStatus) {
  const auto status = GetStatus(context_, {});
  ASSERT_TRUE(status.ok());
  EXPECT_EQ(status->version(), "0.1.0");
  EXPECT_EQ(status->now().seconds(), 1795317289);
  EXPECT_EQ(status->hosts_connected() + status->hosts_silent(), 0u);
  EXPECT_EQ(status->troubled_checks_size(), 0);
}

TEST_F(ApiTest, StatusCountsAndListsWhatIsNotWellWorstFirst) {
  pipeline::Picture picture = DatabaseStopped();
  model::HostPicture app = AppHost();
  app.link = model::LinkState::kSilent;
  app.checks[CheckId{"unit", "nginx.service", ""}].state = State::kUnknown;
  app.checks[CheckId{"unit", "flask-app.service", ""}].state = State::kWarning;
  app.checks[kMysqlPort].state = State::kUnspecified;
  picture.hosts[kApp] = std::make_shared<const model::HostPicture>(app);
  pictures_.Set(picture);

  const auto status = GetStatus(context_, {});
  ASSERT_TRUE(status.ok());
  EXPECT_EQ(status->hosts_connected(), 1u);
  EXPECT_EQ(status->hosts_silent(), 1u);
  EXPECT_EQ(status->checks_ok(), 0u);
  EXPECT_EQ(status->checks_last_known(), 1u);
  EXPECT_EQ(status->checks_warning(), 1u);
  EXPECT_EQ(status->checks_critical(), 2u);
  EXPECT_EQ(status->checks_unknown(), 2u);
  EXPECT_EQ(status->alerts_firing(), 1u);
  ASSERT_EQ(status->open_incidents_size(), 1);
  EXPECT_EQ(status->open_incidents(0).id(), 42u);
  ASSERT_EQ(status->troubled_checks_size(), 5);
  EXPECT_EQ(status->troubled_checks(0).state(), v1::STATE_CRITICAL);
  EXPECT_EQ(status->troubled_checks(1).state(), v1::STATE_CRITICAL);
  EXPECT_EQ(status->troubled_checks(2).state(), v1::STATE_WARNING);
  EXPECT_EQ(status->troubled_checks(3).state(), v1::STATE_UNKNOWN);
  EXPECT_TRUE(status->troubled_checks(2).stale());
}

class TwoChannels : public ChannelAccess {
 public:
  std::vector<ChannelState> States() override {
    ChannelState chat;
    chat.name = "chat";
    ChannelState pager;
    pager.name = "pager";
    pager.failing_since = kStopped;
    pager.error = "answered 404";
    pager.waiting = 3;
    pager.oldest = kStopped;
    pager.test = {.number = 2, .finished = true, .delivered = false, .answer = "no"};
    return {chat, pager};
  }
  absl::StatusOr<ChannelTestState> Test(const std::string& channel) override {
    if (channel != "pager") return absl::NotFoundError("there is no such channel");
    return ChannelTestState{.number = 3, .finished = false, .delivered = false, .answer = {}};
  }
};

TEST_F(ApiTest, TheChannelsAreInTheStatusAndCanBeTried) {
  EXPECT_EQ(GetStatus(context_, {})->channels_size(), 0);
  EXPECT_TRUE(absl::IsNotFound(TestChannel(context_, {}, "x").status()));
  TwoChannels channels;
  context_.channels = &channels;
  const auto listed = ListChannels(context_, {});
  ASSERT_TRUE(listed.ok());
  ASSERT_EQ(listed->channels_size(), 2);
  EXPECT_EQ(GetStatus(context_, {})->channels_size(), 2);
  EXPECT_FALSE(listed->channels(0).has_failing_since());
  EXPECT_FALSE(listed->channels(0).has_last_test());
  EXPECT_EQ(listed->channels(1).waiting(), 3u);
  EXPECT_EQ(listed->channels(1).error(), "answered 404");
  EXPECT_EQ(listed->channels(1).oldest_waiting_at().seconds(),
            listed->channels(1).failing_since().seconds());
  EXPECT_EQ(listed->channels(1).last_test().number(), 2u);
  v1::TestChannelRequest request;
  request.set_channel("pager");
  const auto begun = TestChannel(context_, request, "x");
  ASSERT_TRUE(begun.ok());
  EXPECT_EQ(begun->number(), 3u);
  EXPECT_FALSE(ListChannels(context_, {{"stack", "shop"}}).ok());
}

TEST_F(ApiTest, WhatAHostThatIsGoneSaidIsLastKnownAndNeverOk) {
  pipeline::Picture picture = AllWell();
  const uint32_t all = [&] {
    pictures_.Set(picture);
    return GetStatus(context_, {})->checks_ok();
  }();
  model::HostPicture db = DbHost();
  const uint32_t its = static_cast<uint32_t>(db.checks.size());
  db.link = model::LinkState::kSilent;
  db.link_since = clock_.Now() - Span::Seconds(9);
  picture.hosts[kDb] = std::make_shared<const model::HostPicture>(db);
  pictures_.Set(picture);
  auto status = GetStatus(context_, {});
  EXPECT_EQ(status->checks_ok(), all - its);
  EXPECT_EQ(status->checks_last_known(), its);
  EXPECT_EQ(status->unheard_hosts_size(), 0) << "not for 10 s yet";

  db.link_since = clock_.Now() - Span::Seconds(11);
  picture.hosts[kDb] = std::make_shared<const model::HostPicture>(db);
  pictures_.Set(picture);
  status = GetStatus(context_, {});
  ASSERT_EQ(status->unheard_hosts_size(), 1);
  EXPECT_EQ(status->unheard_hosts(0).name(), "db-1");

  db.link = model::LinkState::kGoodbye;
  picture.hosts[kDb] = std::make_shared<const model::HostPicture>(db);
  pictures_.Set(picture);
  status = GetStatus(context_, {});
  EXPECT_EQ(status->unheard_hosts_size(), 0) << "it said so";
  EXPECT_EQ(status->hosts_silent(), 1U);
  EXPECT_EQ(status->hosts_said_goodbye(), 1U);
  EXPECT_EQ(status->checks_ok(), all - its);
}

TEST_F(ApiTest, HostsAreFilteredByStackAndEnvironment) {
  pictures_.Set(AllWell());
  EXPECT_EQ(ListHosts(context_, {})->hosts_size(), 2);
  EXPECT_EQ(ListHosts(context_, {{"stack", "shop"}, {"env", "prod"}})->hosts_size(), 2);
  EXPECT_EQ(ListHosts(context_, {{"stack", ""}})->hosts_size(), 2);
}

// An empty answer to a name that nobody has would read as "all is well".
TEST_F(ApiTest, ANameThatIsNotKnownIsAnErrorThatSaysWhatIsMeant) {
  pictures_.Set(DatabaseStopped());
  const auto error = [](const auto& answer) {
    EXPECT_TRUE(absl::IsNotFound(answer.status())) << answer.status();
    return std::string(answer.status().message());
  };
  EXPECT_EQ(error(ListHosts(context_, {{"stack", "shpo"}})),
            "stack: there is no stack \"shpo\"; did you mean \"shop\"?");
  EXPECT_EQ(error(ListHosts(context_, {{"env", "staging"}})),
            "env: there is no env \"staging\"; known: prod");
  EXPECT_EQ(error(ListChecks(context_, {{"host", "bd-1"}})),
            "host: there is no host \"bd-1\"; did you mean \"db-1\"?");
  EXPECT_THAT(error(ListChecks(context_, {{"kind", "mysq"}})), HasSubstr("mean \"mysql\"?"));
  EXPECT_THAT(
      error(ListChecks(context_, {{"stack", "shop"}, {"env", "prod"}, {"host", "x"}})),
      HasSubstr("no host \"x\" of the stack \"shop\" in the environment \"prod\"; known: "));
  EXPECT_THAT(error(ListAlerts(context_, {{"host", "bd-1"}})), HasSubstr("mean \"db-1\"?"));
  EXPECT_THAT(error(ListIncidents(context_, {{"stack", "shpo"}, {"env", "prod"}})),
              HasSubstr("mean \"shop\"?"));
  EXPECT_THAT(error(ListHosts(context_, {{"stack", "a\x1b[2J"}})), testing::Not(HasSubstr("\x1b")));
  pictures_.Set({});
  EXPECT_EQ(error(ListHosts(context_, {{"stack", "shop"}})),
            "stack: there is no stack \"shop\"; no host has connected yet");
}

TEST_F(ApiTest, ANameThatIsKnownMayHaveNothing) {
  pictures_.Set(AllWell());
  const auto none = ListChecks(context_, {{"kind", "firewall"}});
  ASSERT_TRUE(none.ok()) << none.status();  // no host has one, and the rules know it
  EXPECT_EQ(none->checks_size(), 0);
  for (const char* own : {"identity", "spool"}) {  // of the agents themselves
    EXPECT_TRUE(ListChecks(context_, {{"kind", own}}).ok()) << own;
  }
  const auto alerts = ListAlerts(context_, {{"host", "db-1"}});
  ASSERT_TRUE(alerts.ok()) << alerts.status();
  EXPECT_EQ(alerts->alerts_size(), 0);
}

TEST_F(ApiTest, ChecksAreFilteredByHostKindAndState) {
  pictures_.Set(DatabaseStopped());
  EXPECT_EQ(ListChecks(context_, {})->checks_size(), 6);
  EXPECT_EQ(ListChecks(context_, {{"host", "db-1"}})->checks_size(), 2);
  EXPECT_EQ(ListChecks(context_, {{"kind", "unit"}})->checks_size(), 3);
  EXPECT_EQ(ListChecks(context_, {{"state", "critical"}})->checks_size(), 2);
  EXPECT_EQ(ListChecks(context_, {{"state", "STATE_OK"}})->checks_size(), 4);
  EXPECT_EQ(ListChecks(context_, {{"state", "ok,Critical"}})->checks_size(), 6);
  const auto one = ListChecks(context_, {{"kind", "unit"}, {"state", "critical"}});
  ASSERT_EQ(one->checks_size(), 1);
  EXPECT_EQ(one->checks(0).id(), "unit:mysql.service");
}

TEST_F(ApiTest, AlertsComeFiringFirst) {
  pipeline::Picture picture = DatabaseStopped();
  rules::Alert pending = ServiceDown();
  pending.rule = "Pending";
  pending.state = rules::AlertState::kPending;
  rules::Alert resolved = ServiceDown();
  resolved.state = rules::AlertState::kResolved;
  pipeline::AlertList alerts = {std::make_shared<const rules::Alert>(resolved),
                                std::make_shared<const rules::Alert>(pending)};
  alerts.insert(alerts.end(), picture.alerts->begin(), picture.alerts->end());
  picture.alerts = std::make_shared<const pipeline::AlertList>(std::move(alerts));
  pictures_.Set(picture);
  const auto listed = ListAlerts(context_, {});
  ASSERT_EQ(listed->alerts_size(), 3);
  EXPECT_EQ(listed->alerts(0).state(), v1::Alert::STATE_FIRING);
  EXPECT_EQ(listed->alerts(1).state(), v1::Alert::STATE_PENDING);
  EXPECT_EQ(ListAlerts(context_, {{"state", "pending"}})->alerts(0).name(), "Pending");
}

TEST_F(ApiTest, AFilterThatACallDoesNotKnowIsNamed) {
  const auto hosts = ListHosts(context_, {{"hots", "db-1"}});
  EXPECT_TRUE(absl::IsInvalidArgument(hosts.status()));
  EXPECT_THAT(std::string(hosts.status().message()), HasSubstr("'hots'"));
  EXPECT_THAT(std::string(hosts.status().message()), HasSubstr("stack, env"));
  EXPECT_TRUE(absl::IsInvalidArgument(GetStatus(context_, {{"a", "b"}}).status()));
}

TEST_F(ApiTest, AValueThatAFilterDoesNotTakeIsNamed) {
  for (const Params& params : std::vector<Params>{{{"state", "broken"}},
                                                  {{"state", "ok,"}},
                                                  {{"state", "ok"}, {"state", "ok"}},
                                                  {{"state", std::string(600, 'a')}},
                                                  {{"state", "\xff\x01"}}}) {
    const auto checks = ListChecks(context_, params);
    EXPECT_TRUE(absl::IsInvalidArgument(checks.status())) << params[0].second;
    EXPECT_THAT(std::string(checks.status().message()), HasSubstr("state"));
  }
  for (const char* limit : {"0", "-1", "1001", "ten", "1e3", "99999999999999999999"}) {
    const auto incidents = ListIncidents(context_, {{"limit", limit}});
    EXPECT_TRUE(absl::IsInvalidArgument(incidents.status())) << limit;
    EXPECT_THAT(std::string(incidents.status().message()), HasSubstr("limit"));
  }
}

incidents::Incident Resolved(uint64_t id) {
  incidents::Incident incident = DatabaseDown();
  incident.id = id;
  incident.state = incidents::IncidentState::kResolved;
  incident.resolved_at = kStopped + Span::Seconds(9);
  return incident;
}

TEST_F(ApiTest, IncidentsComeNewestFirstAndBounded) {
  for (uint64_t id = 1; id <= 5; ++id) store_.Put(Resolved(id));
  const auto all = ListIncidents(context_, {});
  ASSERT_EQ(all->incidents_size(), 5);
  EXPECT_EQ(all->incidents(0).id(), 5u);
  EXPECT_EQ(ListIncidents(context_, {{"limit", "2"}})->incidents_size(), 2);
  EXPECT_EQ(ListIncidents(context_, {{"state", "open"}})->incidents_size(), 0);
  EXPECT_EQ(ListIncidents(context_, {{"stack", "shop"}, {"env", "prod"}})->incidents_size(), 5);
}

TEST_F(ApiTest, AStackWithoutHostsIsKnownByItsPast) {
  store_.Put(Resolved(41));
  pictures_.Set({});
  for (const Params& stack : std::vector<Params>{
           {{"stack", "shop"}}, {{"env", "prod"}}, {{"stack", "shop"}, {"env", "prod"}}}) {
    EXPECT_EQ(ListIncidents(context_, stack)->incidents_size(), 1);
    Params open = stack;
    open.emplace_back("state", "open");
    const auto none = ListIncidents(context_, open);
    ASSERT_TRUE(none.ok()) << none.status();
    EXPECT_EQ(none->incidents_size(), 0);
  }
  EXPECT_TRUE(absl::IsNotFound(ListIncidents(context_, {{"stack", "shpo"}}).status()));
}

TEST_F(ApiTest, AnOpenIncidentIsListedBeforeTheStoreKnowsIt) {
  store_.Put(Resolved(41));
  pictures_.Set(DatabaseStopped());
  const auto all = ListIncidents(context_, {});
  ASSERT_EQ(all->incidents_size(), 2);
  EXPECT_EQ(all->incidents(0).id(), 42u);
  EXPECT_EQ(ListIncidents(context_, {{"state", "resolved"}})->incidents_size(), 1);
  EXPECT_EQ(ListIncidents(context_, {{"state", "open"}})->incidents_size(), 1);
}

TEST_F(ApiTest, AnIncidentComesWithItsTimeline) {
  store_.Put(Resolved(42));
  store_.PutTimeline(42, DatabaseTimeline());
  const auto incident = GetIncident(context_, "42", {});
  ASSERT_TRUE(incident.ok());
  EXPECT_EQ(incident->state(), v1::Incident::STATE_RESOLVED);
  ASSERT_EQ(incident->timeline_size(), 2);
  EXPECT_EQ(incident->timeline(0).kind(), "transition");
  EXPECT_EQ(incident->timeline(1).kind(), "opened");
}

TEST_F(ApiTest, WhatIsNoIncidentIsSaid) {
  EXPECT_TRUE(absl::IsNotFound(GetIncident(context_, "7", {}).status()));
  for (const char* id : {"", "0", "-1", "4x", "1e1", "99999999999999999999999"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(GetIncident(context_, id, {}).status())) << id;
  }
  EXPECT_TRUE(absl::IsInvalidArgument(GetIncident(context_, "7", {{"a", "b"}}).status()));
}

TEST_F(ApiTest, AStoreThatCannotBeReadHidesNoOpenIncident) {
  pictures_.Set(DatabaseStopped());
  store_.Fail(absl::InternalError("disk I/O error"));
  const auto list = ListIncidents(context_, {});
  EXPECT_TRUE(absl::IsUnavailable(list.status()));
  EXPECT_THAT(std::string(list.status().message()), HasSubstr("disk I/O error"));
  EXPECT_EQ(GetIncident(context_, "42", {})->id(), 42u);
  EXPECT_EQ(GetStatus(context_, {})->open_incidents_size(), 1);
  EXPECT_TRUE(absl::IsUnavailable(GetIncident(context_, "41", {}).status()));
}

}  // namespace
}  // namespace faultline::operator_api
