#include "collector/operator/verify_rows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>

#include "tests/collector/operator/verify_hosts.h"

namespace faultline::operator_api {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

TEST(VerifyRowsTest, AllRowsOfTheChecklistPassWhereAllIsWell) {
  const std::vector<VerifyRow> rows = Rows(AllWellHosts());
  std::vector<std::string> got;
  for (const VerifyRow& row : rows) {
    EXPECT_EQ(row.state, RowState::kPass) << row.name << " from " << row.host << ": " << row.seen;
    EXPECT_FALSE(row.check.empty());
    EXPECT_FALSE(row.expected.empty());
    EXPECT_GT(row.observed, kAsked);
    got.push_back(row.name + " | " + row.host + " | " + row.command);
  }
  EXPECT_THAT(got, ::testing::ElementsAre(
                       "Flask health | app-1 | curl -I https://app.example.com/",
                       "Flask health | outside-1 | curl -I https://app.example.com/",
                       "App HTTP fallback | app-1 | curl -I http://app.example.com/",
                       "App HTTP fallback | outside-1 | curl -I http://app.example.com/",
                       "App internal health | app-1 | curl https://app.example.com/",
                       "App internal health | outside-1 | curl https://app.example.com/",
                       "DB from the app | app-1 | curl https://app.example.com/db-check",
                       "DB connectivity | app-1 | mysql -h 10.0.2.10 -P 3306 -u appuser -p",
                       "Port check | app-1 | nc -vz 10.0.2.10 3306",
                       "App logs | app-1 | sudo journalctl -u flask-app -n 200",
                       "Nginx logs | app-1 | sudo tail /var/log/nginx/flask_access.log",
                       "System logs | app-1 | sudo tail /var/log/cloud-init-output.log",
                       "System logs | collector-1 | sudo tail /var/log/cloud-init-output.log",
                       "System logs | db-1 | sudo tail /var/log/cloud-init-output.log",
                       "DB is private | collector-1 | nc -vz 10.0.2.10 3306",
                       "DB is private | outside-1 | nc -vz 10.0.2.10 3306"));
}

// One check of the app host is changed; what its row says.
TEST(VerifyRowsTest, EachRowSaysWhatItsCheckProves) {
  using Change = std::function<void(model::CheckPicture&)>;
  const auto says = [](State state, const char* reason, const char* detail) {
    return [=](model::CheckPicture& check) {
      check.state = state;
      check.reason = reason;
      check.detail = detail;
    };
  };
  const auto gauges = [](Gauges values) {
    return [=](model::CheckPicture& check) { check.gauges = values; };
  };
  const struct {
    const char* row;
    CheckId check;
    Change change;
    const char* want;
  } table[] = {
      {"Flask health", kPage, [](auto&) {}, "pass: 200, and the chain is valid"},
      {"Flask health", kPage, says(State::kCritical, "STATUS_502", "answers 502"),
       "fail: answers 502"},
      {"Flask health", kPage, says(State::kCritical, "TLS_FAILED", "chain incomplete"),
       "fail: chain incomplete"},
      {"Flask health", kPage, says(State::kWarning, "SLOW", "but after 3 s"),
       "fail: but after 3 s"},
      {"Flask health", kPage, says(State::kCritical, "BODY_MISMATCH", "not JSON"),
       "pass: 200, and the chain is valid"},
      {"Flask health", kPage, gauges({{"http_status_code", 200}, {"http_tls_verified", 0}}),
       "fail: the chain is not valid here, and the check does not mind (verify: no)"},
      {"Flask health", kPage, gauges({{"http_status_code", 204}, {"http_tls_verified", 1}}),
       "fail: answers 200 OK"},
      {"Flask health", kPage, gauges({{"http_status_code", 200}}),
       "not checked: the agent is too old to say; update it"},
      {"Flask health", kPage, says(State::kUnknown, "CA_UNREADABLE", "ca: cannot be read"),
       "not checked: ca: cannot be read"},
      {"App HTTP fallback", kPlainPage, says(State::kCritical, "NO_HTTPS_REDIRECT", "answers 200"),
       "fail: answers 200"},
      {"App HTTP fallback", kPlainPage, gauges({{"http_status_code", 200}}),
       "fail: answers 301, a redirect to HTTPS"},
      {"App internal health", kPage, says(State::kCritical, "BODY_MISMATCH", "not JSON"),
       "fail: not JSON"},
      {"App internal health", kPage, gauges({{"http_status_code", 200}}),
       "n/a: no body is expected; to expect one, write site: {health_body: PATTERN} into its "
       "agent.yaml"},
      {"DB from the app", kDbPage, says(State::kCritical, "STATUS_OTHER", "answers 503"),
       "fail: answers 503"},
      {"DB from the app", kDbPage, says(State::kUnknown, "CANNOT_ASK", "the application is down"),
       "not checked: the application is down"},
      {"DB connectivity", kLogin, says(State::kCritical, "NO_GREETING", "hangs"), "fail: hangs"},
      {"DB connectivity", kLogin, says(State::kUnknown, "AUTH_DENIED", "1045"),
       "not checked: 1045"},
      {"Port check", kMysqlPort, says(State::kCritical, "REFUSED", ""), "fail: REFUSED"},
      {"App logs", kAppLog, says(State::kWarning, "ERROR_SEEN", "2 error lines"),
       "fail: 2 error lines"},
      {"Nginx logs", kAccessLog, says(State::kWarning, "ERROR_SEEN", "1 error line"),
       "pass: newest entry 4 s before the look"},
      {"Nginx logs", kAccessLog, gauges({{"log_last_line_timestamp_seconds", kNow - 301}}),
       "fail: newest entry 301 s before the look"},
      {"Nginx logs", kAccessLog, gauges({}), "fail: no entry since the agent began to read"},
      {"Nginx logs", kAccessLog, says(State::kUnknown, "LOG_UNREADABLE", "no such file"),
       "not checked: no such file"},
      {"System logs", kBootstrap, says(State::kCritical, "USER_DATA_FAILED", "pip3 not found"),
       "fail: pip3 not found"},
      {"System logs", kBootstrap, gauges({{"bootstrap_finished", 0}}),
       "fail: cloud-init ended well"},
      {"System logs", kBootstrap, gauges({}),
       "not checked: the agent is too old to say; update it"},
      {"Port check", kMysqlPort,
       [](model::CheckPicture& check) { check.observed = kAsked - Span::Millis(2); },
       "stale: has not answered; before: 10.0.2.10:3306 answers"},
      {"Port check", kMysqlPort,
       // The host's clock is known to a millisecond.
       [](model::CheckPicture& check) { check.observed = kAsked - Span::Millis(1); },
       "pass: 10.0.2.10:3306 answers"},
      {"Port check", kMysqlPort,
       [](model::CheckPicture& check) { check.state = State::kUnspecified; },
       "stale: has not answered"},
  };
  for (const auto& row : table) {
    auto hosts = AllWellHosts();
    row.change(hosts[kApp].checks.at(row.check));
    EXPECT_EQ(Row(Rows(hosts), row.row, "app-1"), row.want);
  }
}

TEST(VerifyRowsTest, AClosedDatabaseProvesSomethingOnlyWhileItsUsersReachIt) {
  auto hosts = AllWellHosts();
  model::CheckPicture& seen = hosts[kCollector].checks.at(kExposure);
  seen.state = State::kCritical;
  seen.reason = "EXPOSED";
  seen.detail = "10.0.2.10:3306 answers";
  EXPECT_EQ(Row(Rows(hosts), "DB is private", "collector-1"), "fail: 10.0.2.10:3306 answers");
  EXPECT_EQ(Row(Rows(hosts), "DB is private", "outside-1"), "pass: closed to this host: no route");
  hosts[kApp].checks.at(kMysqlPort).state = State::kCritical;
  EXPECT_EQ(
      Row(Rows(hosts), "DB is private", "outside-1"),
      "not checked: no proof: no host of role app reaches it now either; closed to this host: "
      "no route");
  EXPECT_EQ(Row(Rows(hosts), "DB is private", "collector-1"), "fail: 10.0.2.10:3306 answers");
}

TEST(VerifyRowsTest, TheHostsClockIsTakenIntoAccount) {
  auto hosts = AllWellHosts();
  hosts[kApp].clock_offset = Span::Seconds(3600);
  hosts[kApp].checks.at(kAccessLog).gauges[0].value = kNow + 3600 - 7;
  EXPECT_EQ(Row(Rows(hosts), "Nginx logs", "app-1"), "pass: newest entry 7 s before the look");
}

TEST(VerifyRowsTest, ASilentHostsRowsAreStaleAndNobodyWaitsForThem) {
  auto hosts = AllWellHosts();
  hosts[kDb].link = model::LinkState::kSilent;
  hosts[kApp].checks.at(kMysqlPort).observed = kAsked - Span::Seconds(1);
  for (const VerifyRow& row : Rows(hosts)) {
    const bool asked = row.name == "Port check";
    EXPECT_EQ(row.state == RowState::kStale, row.host == "db-1" || asked) << row.name;
    EXPECT_EQ(row.answer_due, asked) << row.name;
  }
  EXPECT_EQ(Row(Rows(hosts), "System logs", "db-1"),
            "stale: its agent is silent; before: cloud-init ended well");
}

// After a restart of the collector that was killed while the host was connected.
TEST(VerifyRowsTest, OfAHostThatIsAwayAndOfWhichNothingIsKnownNoCheckIsCalledMissing) {
  auto hosts = AllWellHosts();
  hosts[kDb].link = model::LinkState::kGoodbye;
  hosts[kDb].checks.clear();
  hosts[kDb].absent.reset();
  for (const VerifyRow& row : Rows(hosts)) {
    if (row.host != "db-1") continue;
    EXPECT_EQ(row.state, RowState::kStale) << row.name;
    EXPECT_FALSE(row.answer_due) << row.name;
    EXPECT_THAT(row.seen,
                AllOf(HasSubstr("its agent is silent"), testing::Not(HasSubstr("no such check")),
                      testing::Not(HasSubstr("write"))))
        << row.name;
  }
}

TEST(VerifyRowsTest, WhatNobodyLooksAtSaysHowToGetIt) {
  auto hosts = AllWellHosts();
  hosts[kApp].checks.erase(kLogin);
  hosts[kApp].checks.erase(kPage);
  hosts[kCollector].checks.erase(kExposure);
  const auto rows = Rows(hosts);
  EXPECT_THAT(Row(rows, "DB connectivity", "app-1"),
              HasSubstr("not checked: this host has no such check: write database: {address: "));
  EXPECT_THAT(Row(rows, "DB is private", "collector-1"),
              HasSubstr("database: {address: HOST:PORT}"));
  EXPECT_THAT(Row(rows, "App internal health", "app-1"), HasSubstr("no such check"))
      << "another page is no substitute";
}

using Why = model::AbsentCheck::Why;

// The newcomer's stack: two hosts, two sites, no application and no cloud-init of the runbook's.
std::map<HostId, model::HostPicture> TwoHosts() {
  auto hosts = AllWellHosts();
  hosts.erase(kCollector);
  hosts.erase(kOutside);
  model::HostPicture& app = hosts[kApp];
  for (const CheckId& id : {kDbPage, kAppLog, kAccessLog, kBootstrap}) app.checks.erase(id);
  Put(&app, {Well({"log", "todo.service", ""}, "site", "no error lines"),
             Well({"log", "/var/log/nginx/todo.log", ""}, "site", "no error lines",
                  {{"log_last_line_timestamp_seconds", kNow - 4}}),
             Well({"http", "https://a.io/", ""}, "site", "answers 200 OK",
                  {{"http_status_code", 200}, {"http_tls_verified", 1}})});
  app.checks.at(kPage).expected = {{"body", "pong"}};
  app.absent = {{"http", "https://{site.domain}{site.db_check}", Why::kDisabled, "it is disabled"},
                {"bootstrap", "cloud-init", Why::kNotHere, "this host has no cloud-init at work"}};
  model::HostPicture& data = hosts[kDb];
  data.identity.role = "collector,db";
  data.checks.erase(kBootstrap);
  data.absent = {
      {"bootstrap", "cloud-init", Why::kNotHere, "this host has no cloud-init at work"},
      {"exposure", "{database.address}", Why::kNotHere, "this host has the role db too"}};
  return hosts;
}

TEST(VerifyRowsTest, AStackThatIsWellIsGreenWhateverItsApplication) {
  const auto rows = Rows(TwoHosts());
  for (const VerifyRow& row : rows) {
    EXPECT_TRUE(row.state == RowState::kPass || row.state == RowState::kNotApplicable)
        << row.name << " from " << row.host << ": " << row.seen;
    if (row.name == "App internal health") {
      EXPECT_EQ(row.expected, "a body with pong");
    }
  }
  EXPECT_EQ(Row(rows, "DB from the app", "app-1"), "n/a: it is disabled");
  EXPECT_EQ(Row(rows, "System logs", "app-1"), "n/a: this host has no cloud-init at work");
  EXPECT_EQ(Row(rows, "System logs", "db-1"), "n/a: this host has no cloud-init at work");
  EXPECT_EQ(Row(rows, "DB is private", "db-1"), "n/a: this host has the role db too");
  EXPECT_EQ(Row(rows, "App logs", "app-1"), "pass: no error lines");
}

TEST(VerifyRowsTest, AFactThatWasForgottenIsNamedWithItsLine) {
  auto hosts = TwoHosts();
  hosts[kApp].checks.erase(kLogin);
  hosts[kApp].absent->push_back({"mysql", "{database.address}", Why::kUnknownFact,
                                 "it does not know database.password_file; write database: "
                                 "{password_file: ...}"});
  EXPECT_EQ(Row(Rows(hosts), "DB connectivity", "app-1"),
            "not checked: this host has no such check: it does not know database.password_file; "
            "write database: {password_file: ...} into its agent.yaml");
  hosts[kApp].absent->clear();
  EXPECT_EQ(Row(Rows(hosts), "DB connectivity", "app-1"),
            "not checked: this host has no such check: its agent.yaml does not have the role; "
            "write role: app there");
}

TEST(VerifyRowsTest, ACheckThatFindsNothingToLookAtDoesNotApply) {
  auto hosts = AllWellHosts();
  model::CheckPicture& bootstrap = hosts[kApp].checks.at(kBootstrap);
  bootstrap.state = State::kUnknown;
  bootstrap.reason = "NO_CLOUD_INIT";
  bootstrap.detail = "this host has no cloud-init";
  EXPECT_EQ(Row(Rows(hosts), "System logs", "app-1"), "n/a: this host has no cloud-init");
  bootstrap.reason = "CLOUD_INIT_NOT_RUN";
  EXPECT_EQ(Row(Rows(hosts), "System logs", "app-1"), "not checked: this host has no cloud-init");
}

TEST(VerifyRowsTest, WhatIsConfiguredIsWhatIsExpected) {
  auto hosts = AllWellHosts();
  model::CheckPicture& page = hosts[kApp].checks.at(kPage);
  page.expected = {{"status", "204"}};
  page.gauges = {{"http_status_code", 204}, {"http_tls_verified", 1}};
  const auto rows = Rows(hosts);
  EXPECT_EQ(Row(rows, "Flask health", "app-1"), "pass: 204, and the chain is valid");
  EXPECT_EQ(rows[0].expected, "204, valid chain");
}

TEST(VerifyRowsTest, APlainHostShowsHowItsBootEnded) {
  auto hosts = AllWellHosts();
  const HostId plain{kShop, "web-1"};
  hosts[plain] = ShopHost(plain, "host", "10.0.1.40");
  Put(&hosts[plain], {Booted()});
  EXPECT_EQ(Row(Rows(hosts), "System logs", "web-1"), "pass: cloud-init ended well");
}

TEST(VerifyRowsTest, AStackWithoutHostsOfARoleSaysSo) {
  auto hosts = AllWellHosts();
  hosts.erase(kCollector);
  hosts.erase(kOutside);
  EXPECT_THAT(Row(Rows(hosts), "DB is private", ""),
              HasSubstr("no host of role collector or outside has joined shop-prod; to let one in: "
                        "faultline token create --role outside --stack shop --env prod"));
  EXPECT_THAT(Row(Rows(hosts), "DB is private", ""), HasSubstr("not checked: "));
  EXPECT_THAT(VerifyNotes(Published(AllWellHosts()), kShop), SizeIs(0));
  EXPECT_THAT(VerifyNotes(Published({{kApp, AppHost()}}), kShop), SizeIs(1));
}

TEST(VerifyRowsTest, EveryHostHasARowAndOtherStacksHaveNone) {
  auto hosts = AllWellHosts();
  const HostId second{kShop, "app-2"};
  hosts[second] = hosts[kApp];
  hosts[second].identity.id = second;
  const CheckId replica{"port", "10.0.2.11:3306", ""};
  Put(&hosts[second], {Well(replica, "database", "10.0.2.11:3306 answers")});
  const HostId other{{"blog", "prod"}, "app-9"};
  hosts[other] = hosts[kApp];
  hosts[other].identity.id = other;
  const auto rows = Rows(hosts);
  EXPECT_EQ(Row(rows, "Port check", "app-1"), "pass: 10.0.2.10:3306 answers");
  EXPECT_EQ(Row(rows, "Port check", "app-2"), "several rows") << "one for each database";
  EXPECT_EQ(Row(rows, "Port check", "app-9"), "no row");
  EXPECT_EQ(Row(rows, "Flask health", "app-2"), "pass: 200, and the chain is valid");
}

}  // namespace
}  // namespace faultline::operator_api
