#include "cli/render.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/cli/messages.h"

namespace faultline::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(RenderStatus, SaysWhatIsWrongFirstToLast) {
  EXPECT_EQ(RenderStatus(FromJson<v1::Status>(BrokenStatusJson()), "http://c:7480", {}),
            R"(Faultline 0.1.0 at http://c:7480, up 2d; 2026-11-22 03:14:17.900 UTC

Hosts   2 connected
Checks  1 CRITICAL, 1 UNKNOWN, 7 OK
Alerts  1 firing, 1 pending

OPEN INCIDENTS
ID  SEVERITY  SUBJECT   FOR  TITLE
42  critical  database  10s  database down. mysql.service on db-1 was stopped.

NOT OK
STATE                        HOST   CHECK                  REASON         FOR    DETAIL
CRITICAL                     db-1   unit:mysql.service     UNIT_INACTIVE  10s    stopped by a systemctl request
UNKNOWN (last known 4m ago)  app-1  log:flask-app.service  NO_JOURNAL     2h14m  no journal here
)");
}

TEST(RenderStatus, SaysHowTheChannelsAre) {
  const std::string json = R"({"now": "2026-11-22T03:14:30Z", "hosts_connected": 1, "channels": [
      {"name": "chat"},
      {"name": "pager", "failing_since": "2026-11-22T03:14:10Z", "waiting": 2,
       "error": "http://h:80: cannot connect", "oldest_waiting_at": "2026-11-22T03:14:00Z"}]})";
  v1::Status status = FromJson<v1::Status>(json);
  const std::string text = RenderStatus(status, "http://c:7480", {});
  EXPECT_THAT(text, HasSubstr("Notify  chat OK\n"
                              "        pager fails for 20s: http://h:80: cannot connect; 2 "
                              "incidents wait since 30s\n"));
  EXPECT_THAT(text, Not(HasSubstr("Everything is OK")));
  EXPECT_TRUE(HasStuckChannel(status));
  status.mutable_channels(1)->set_waiting(0);
  EXPECT_FALSE(HasStuckChannel(status)) << "nobody misses anything";
  status.mutable_channels(1)->set_waiting(1);
  status.mutable_channels(1)->mutable_failing_since()->set_seconds(status.now().seconds() - 9);
  EXPECT_FALSE(HasStuckChannel(status)) << "not for long";
}

TEST(RenderStatus, SaysThatAllIsWell) {
  v1::Status status;
  status.set_version("0.1.0");
  status.set_hosts_connected(2);
  status.set_checks_ok(9);
  EXPECT_EQ(RenderStatus(status, "http://c:7480", {}), R"(Faultline 0.1.0 at http://c:7480

Hosts   2 connected
Checks  9 OK
Alerts  none

Everything is OK.
)");
  status.set_hosts_silent(1);
  EXPECT_THAT(RenderStatus(status, "http://c:7480", {}), Not(HasSubstr("Everything is OK")));
}

TEST(RenderStatus, SaysThatAReloadWasRefused) {
  auto status = FromJson<v1::Status>(R"({"now": "2026-11-22T03:14:30Z", "hosts_connected": 1,
    "reload_refused": {"at": "2026-11-22T03:09:30Z", "error": "c.yaml:3: a\nc.yaml:4: b"}})");
  const std::string text = RenderStatus(status, "http://c:7480", {});
  EXPECT_THAT(text, HasSubstr("Reload  refused 5m ago, the next start may fail: c.yaml:3: a\n"
                              "        c.yaml:4: b\n"));
  EXPECT_THAT(text, Not(HasSubstr("Everything is OK")));
}

TEST(RenderStatus, TellsWhoSaidGoodbyeFromWhoIsSilent) {
  auto status =
      FromJson<v1::Status>(R"({"hosts_connected": 1, "hosts_silent": 3, "hosts_said_goodbye": 1})");
  EXPECT_THAT(RenderStatus(status, "http://c:7480", {}),
              HasSubstr("Hosts   1 connected, 2 silent, 1 stopped on purpose\n"));
  status.set_hosts_said_goodbye(3);
  EXPECT_THAT(RenderStatus(status, "http://c:7480", {}),
              HasSubstr("Hosts   1 connected, 3 stopped on purpose\n"));
}

TEST(RenderStatus, SaysThatAHostIsNotHeardAndWhatItSaidIsLastKnown) {
  auto status = FromJson<v1::Status>(R"({"version": "0.1.0", "now": "2026-11-22T03:14:17.900Z",
    "hosts_connected": 1, "hosts_silent": 1, "checks_ok": 9, "checks_last_known": 31,
    "unheard_hosts": [{"name": "db-1", "checks": 33, "last_heard_at": "2026-11-22T03:06:31.250Z"}]})");
  const std::string one = RenderStatus(status, "http://c:7480", {});
  EXPECT_THAT(one, HasSubstr("1 host not heard since 03:06:31 UTC (db-1): its 32 checks are last "
                             "known\n"));
  EXPECT_THAT(one, HasSubstr("31 last known OK, 9 OK"));
  EXPECT_THAT(one, Not(HasSubstr("Everything is OK")));
  for (const char* name : {"a", "b", "c", "d"}) {
    v1::Host& host = *status.add_unheard_hosts();
    host.set_name(name);
    host.set_checks(2);
  }
  *status.mutable_unheard_hosts(0)->mutable_last_heard_at() =
      FromJson<v1::Host>(R"({"last_heard_at": "2026-11-20T03:06:31Z"})").last_heard_at();
  EXPECT_THAT(RenderStatus(status, "http://c:7480", {}),
              HasSubstr("5 hosts not heard, the first since 2026-11-20 03:06:31 UTC (db-1, a, b, 2 "
                        "more): their 36 checks are last known\n"));
}

TEST(RenderStatus, SaysWhatToDoWhenNoHostIsThere) {
  EXPECT_THAT(RenderStatus({}, "http://c:7480", {}), HasSubstr("No host has connected yet."));
  // The one command that adds a host, wherever somebody looks for hosts.
  for (const std::string& text : {RenderStatus({}, "http://c:7480", {}), RenderHosts({}, {})}) {
    EXPECT_THAT(text, HasSubstr("\n  sudo faultline token create --stack "));
    EXPECT_THAT(text, HasSubstr("\n  sudo systemctl start faultline-agent\n"));
  }
}

TEST(RenderStatus, ColoursByState) {
  const std::string text =
      RenderStatus(FromJson<v1::Status>(BrokenStatusJson()), "http://c:7480", {.color = true});
  EXPECT_THAT(text, HasSubstr("\x1b[1;31mCRITICAL\x1b[0m"));
  EXPECT_THAT(text, HasSubstr("\x1b[35mUNKNOWN (last known 4m ago)\x1b[0m"));
  EXPECT_THAT(text, HasSubstr("\x1b[32m7 OK\x1b[0m"));
}

TEST(RenderStatus, CutsLinesToTheTerminal) {
  const std::string text =
      RenderStatus(FromJson<v1::Status>(BrokenStatusJson()), "http://c:7480", {.width = 80});
  EXPECT_THAT(text, HasSubstr("db-1   unit:mysql.service     UNIT_INACTIVE  10s    stopped by a "
                              "sy…\n"));
}

TEST(RenderHosts, ShowsTheStackOnlyWhenThereAreSeveral) {
  auto hosts = FromJson<v1::ListHostsResponse>(HostsJson());
  EXPECT_EQ(
      RenderHosts(hosts, {.now = kNow}),
      R"(HOST   STACK         ROLE  LINK       FOR     WORST                  CHECKS  ADDRESSES
app-1  shop-prod     app   connected  14m17s  OK                          5  10.0.1.10 fe80::1
db-1   shop-staging  db    silent     10s     CRITICAL (last known)       4
)");
  hosts.mutable_hosts(1)->mutable_stack()->set_env("prod");
  EXPECT_THAT(RenderHosts(hosts, {.now = kNow}), Not(HasSubstr("STACK")));
}

TEST(RenderHosts, ShowsWhatOfAHostCouldNotBeUsed) {
  auto host = FromJson<v1::ListHostsResponse>(HostsJson()).hosts(0);
  EXPECT_THAT(RenderHost(host, {}, {.now = kNow}), Not(HasSubstr("NOT UNDERSTOOD")));
  v1::RefusedEntry& entry = *host.add_refused();
  entry.set_name("log:/var/log/x");
  entry.set_why("declarations.checks[1].interval_ns: too long");
  entry.set_times(3);
  EXPECT_THAT(
      RenderHost(host, {}, {.now = kNow}),
      HasSubstr("NOT UNDERSTOOD\nCHECK           TIMES  LAST  WHY\n"
                "log:/var/log/x      3        declarations.checks[1].interval_ns: too long"));
}

TEST(RenderHosts, ShowsMoreWhenWide) {
  const std::string text =
      RenderHosts(FromJson<v1::ListHostsResponse>(HostsJson()), {.wide = true, .now = kNow});
  EXPECT_THAT(text, HasSubstr("+2.1ms (+-0.4)"));
  EXPECT_THAT(text, HasSubstr("2026-11-22 03:14:17.000 UTC"));
}

TEST(RenderHosts, SaysThatThereAreNone) {
  EXPECT_THAT(RenderHosts({}, {}), HasSubstr("No hosts."));
  EXPECT_EQ(RenderChecks({}, {}), "No checks.\n");
  EXPECT_EQ(RenderAlerts({}, {}), "No alerts.\n");
  EXPECT_EQ(RenderIncidents({}, {}), "No incidents.\n");
}

TEST(RenderHost, ShowsItsChecksWorstFirst) {
  const auto hosts = FromJson<v1::ListHostsResponse>(HostsJson());
  const auto checks = FromJson<v1::ListChecksResponse>(R"({"checks": [
      {"host": "app-1", "id": "unit:nginx.service", "state": "STATE_OK"},
      {"host": "app-1", "id": "port:10.0.2.10:3306", "state": "STATE_CRITICAL",
       "reason": "REFUSED"}]})");
  EXPECT_EQ(RenderHost(hosts.hosts(0), checks, {.now = kNow}), R"(Host        app-1
Stack       shop-prod
Role        app
Link        connected for 14m17s
Last heard  2026-11-22 03:14:17.000 UTC
Worst       OK
Addresses   10.0.1.10 fe80::1
Agent       0.1.0
Clock       +2.1ms (+-0.4)

CHECKS
STATE     CHECK                REASON   FOR  DETAIL
CRITICAL  port:10.0.2.10:3306  REFUSED
OK        unit:nginx.service
)");
}

TEST(RenderCheck, ShowsEvidenceAndGauges) {
  const auto check = FromJson<v1::Check>(R"({
      "stack": {"stack": "shop", "env": "prod"}, "host": "db-1", "id": "unit:mysql.service",
      "state": "STATE_CRITICAL", "reason": "UNIT_STOPPING", "subject": "database",
      "since": "2026-11-22T03:14:07.412Z",
      "evidence": [{"text": "systemd stop job 4711"}],
      "gauges": [{"name": "unit_restarts", "value": 2},
                 {"name": "log_last_line_timestamp_seconds", "value": 1796110812}]})");
  EXPECT_EQ(RenderCheck(check, {.now = kNow}), R"(Check    unit:mysql.service
Host     db-1 (shop-prod)
State    CRITICAL
Reason   UNIT_STOPPING
Subject  database
Since    2026-11-22 03:14:07.412 UTC (10s ago)

EVIDENCE
  systemd stop job 4711

GAUGES
  unit_restarts                    2
  log_last_line_timestamp_seconds  2026-12-01 07:40:12.000 UTC
)");
}

TEST(RenderChecks, ShowsAStateThatItDoesNotKnowAsItCame) {
  v1::ListChecksResponse checks;
  checks.add_checks()->set_state(static_cast<v1::State>(17));
  checks.mutable_checks(0)->set_id("unit:x");
  EXPECT_THAT(RenderChecks(checks, {}), HasSubstr("STATE_17"));
}

TEST(RenderAlerts, SaysHowLongAnEndedOneLasted) {
  const auto alerts = FromJson<v1::ListAlertsResponse>(R"({"alerts": [
      {"name": "ServiceDown", "stack": {"stack": "shop", "env": "prod"}, "host": "db-1",
       "check": "unit:mysql.service", "severity": "critical", "state": "STATE_RESOLVED",
       "reason": "UNIT_STOPPING", "since": "2026-11-22T01:00:00Z",
       "resolved_at": "2026-11-22T01:00:12Z"}]})");
  EXPECT_THAT(RenderAlerts(alerts, {.now = kNow}), HasSubstr("UNIT_STOPPING  12s"));
}

TEST(RenderAlerts, SaysWhyEachIsInItsState) {
  const auto alerts = FromJson<v1::ListAlertsResponse>(R"({"alerts": [
      {"name": "ServiceDown", "stack": {"stack": "shop", "env": "prod"}, "host": "db-1",
       "check": "unit:mysql.service", "severity": "critical", "state": "STATE_PENDING",
       "reason": "UNIT_STOPPING", "decision": "waiting for the restart's grace of 30 s",
       "since": "2026-11-22T03:14:07Z"}]})");
  EXPECT_EQ(RenderAlerts(alerts, {.now = kNow}),
            "STATE    SEVERITY  ALERT        HOST  CHECK               REASON         FOR  INCIDENT"
            "  WHY\n"
            "pending  critical  ServiceDown  db-1  unit:mysql.service  UNIT_STOPPING  10s          "
            "  waiting for the restart's grace of 30 s\n");
}

TEST(RenderIncident, ShowsItsMessageAlertsAndTimeline) {
  const auto incident = FromJson<v1::Incident>(R"({
      "id": "42", "dedup_key": "k1", "stack": {"stack": "shop", "env": "prod"},
      "subject": "database", "severity": "critical", "state": "STATE_RESOLVED", "host": "db-1",
      "title": "CRITICAL shop-prod: database down.",
      "text": "CRITICAL shop-prod: database down.\nImpact: app-1 cannot connect\u001b[2J",
      "since": "2026-11-22T03:14:07Z", "resolved_at": "2026-11-22T03:16:07Z",
      "alerts": [{"name": "ServiceDown", "host": "db-1", "check": "unit:mysql.service",
                  "severity": "critical", "state": "STATE_RESOLVED", "incident": "42"}],
      "evidence": [{"text": "db-1: systemd stop job"}],
      "timeline": [{"at": "2026-11-22T03:14:07Z", "kind": "opened", "host": "db-1",
                    "state": "STATE_CRITICAL", "reason": "UNIT_STOPPING", "text": "opened"},
                   {"at": "2026-11-22T03:16:07Z", "kind": "resolved", "late": true}]})");
  EXPECT_EQ(RenderIncident(incident, {.now = kNow}), R"(CRITICAL shop-prod: database down.
Impact: app-1 cannot connect [2J

Incident  42
State     resolved
Stack     shop-prod
Subject   database
Host      db-1
Since     2026-11-22 03:14:07.000 UTC
Resolved  2026-11-22 03:16:07.000 UTC
Lasted    2m
Key       k1

EVIDENCE
  db-1: systemd stop job

ALERTS
STATE     SEVERITY  ALERT        HOST  CHECK               REASON  FOR  INCIDENT  WHY
resolved  critical  ServiceDown  db-1  unit:mysql.service                     42

TIMELINE
AT                           WHAT             HOST  CHECK  STATE     REASON         TEXT
2026-11-22 03:14:07.000 UTC  opened           db-1         CRITICAL  UNIT_STOPPING  opened
2026-11-22 03:16:07.000 UTC  resolved (late)
)");
}

TEST(RenderIncidents, ShowsHowLongEachLasted) {
  const auto incidents = FromJson<v1::ListIncidentsResponse>(R"({"incidents": [
      {"id": "43", "severity": "warning", "state": "STATE_OPEN", "subject": "site",
       "title": "slow", "since": "2026-11-22T03:14:07Z"},
      {"id": "7", "severity": "critical", "state": "STATE_RESOLVED", "subject": "database",
       "host": "db-1", "title": "down", "since": "2026-11-21T00:00:00Z",
       "resolved_at": "2026-11-21T01:30:00Z"}]})");
  EXPECT_EQ(RenderIncidents(incidents, {.now = kNow}),
            R"(ID  STATE     SEVERITY  SUBJECT   HOST  BEGAN                        LASTED  TITLE
43  open      warning   site            2026-11-22 03:14:07.000 UTC  10s     slow
 7  resolved  critical  database  db-1  2026-11-21 00:00:00.000 UTC  1h30m   down
)");
}

TEST(RenderChange, IsOneLineForEachKind) {
  const View view{.now = kNow};
  const auto line = [&](const char* json) {
    return RenderChange(FromJson<v1::LiveEvent>(json), view);
  };
  EXPECT_EQ(line(R"({"check": {"stack": {"stack": "shop", "env": "prod"}, "host": "db-1",
                     "id": "unit:mysql.service", "state": "STATE_CRITICAL",
                     "reason": "UNIT_STOPPING", "detail": "two\nlines\u001b[2J",
                     "since": "2026-11-22T03:14:07.412Z"}})"),
            "2026-11-22 03:14:07.412 UTC  check     CRITICAL   shop-prod/db-1  unit:mysql.service  "
            "UNIT_STOPPING  two lines [2J\n");
  EXPECT_EQ(line(R"({"host": {"stack": {"stack": "shop", "env": "prod"}, "name": "db-1",
                     "link": "LINK_SILENT"}})"),
            "2026-11-22 03:14:17.900 UTC  host      silent     shop-prod/db-1\n");
  EXPECT_EQ(line(R"({"alert": {"stack": {"stack": "shop", "env": "prod"}, "host": "db-1",
                     "name": "ServiceDown", "check": "unit:mysql.service",
                     "state": "STATE_FIRING", "reason": "UNIT_STOPPING",
                     "fired_at": "2026-11-22T03:14:07.440Z"}})"),
            "2026-11-22 03:14:07.440 UTC  alert     firing     shop-prod/db-1  ServiceDown  "
            "unit:mysql.service  UNIT_STOPPING\n");
  EXPECT_EQ(line(R"({"incident": {"id": "42", "stack": {"stack": "shop", "env": "prod"},
                     "subject": "database", "severity": "critical", "state": "STATE_OPEN",
                     "title": "CRITICAL shop-prod: database down.",
                     "opened_at": "2026-11-22T03:14:07.440Z"}})"),
            "2026-11-22 03:14:07.440 UTC  incident  open       shop-prod  #42  critical  "
            "database:  database down.\n");
  EXPECT_EQ(line(R"({"check_removed": "shop-prod/db-1/unit:x"})"),
            "2026-11-22 03:14:17.900 UTC  check     removed    shop-prod/db-1/unit:x\n");
  EXPECT_THAT(line("{}"), HasSubstr("resync"));
}

TEST(Render, SurvivesTimesThatNoClockHas) {
  v1::Status status;
  status.mutable_now()->set_seconds(INT64_MAX);
  status.mutable_started_at()->set_seconds(INT64_MIN);
  status.mutable_started_at()->set_nanos(-5);
  status.set_hosts_connected(1);
  EXPECT_THAT(RenderStatus(status, "http://c", {}), HasSubstr("Everything is OK."));
}

}  // namespace
}  // namespace faultline::cli
