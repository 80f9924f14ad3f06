// Evidence of an earlier outage has no place in the message of a later one.
#include <csignal>

#include "gmock/gmock.h"
#include "tests/collector/incidents/message_story.h"

namespace faultline::incidents {
namespace {

using testing::HasSubstr;
using testing::Not;

const CheckId kNginx{"unit", "nginx.service", ""};
const CheckId kApp{"unit", "todo.service", ""};
const CheckId kMysqlUnit{"unit", "mysql.service", ""};
const CheckId kAppLog{"log", "todo.service", ""};
const CheckId kNginxLog{"log", "/var/log/nginx/error.log", ""};
const CheckId kMysqlLog{"log", "mysql.service", ""};

TEST(StaleEvidenceTest, AStoppedApplicationIsNotBlamedOnTheOutageBefore) {
  Story story;
  story.Watch(
      "app-1", kAppLog, {.subject = "site", .unit = "todo.service"},
      LogHas("todo.service",
             {{Span::Seconds(25), "pymysql.err.OperationalError: (2003, \"Can't connect\")"}},
             story.now()));
  story.See("app-1", kApp, AgentUnit("todo.service").WasStopped(7));
  EXPECT_THAT(story.Message(), Not(HasSubstr("Can't connect")));
  EXPECT_THAT(story.Message(), Not(HasSubstr("error line")));
  for (const EvidenceLine& line : story.incident().evidence) {
    EXPECT_THAT(line.text, Not(HasSubstr("Can't connect")));
  }
}

TEST(StaleEvidenceTest, AKilledServerIsNotBlamedOnARefusalOfBefore) {
  Story story;
  story.Watch(
      "app-1", kNginxLog, {.subject = "site"},
      LogHas(kNginxLog.target, {{Span::Seconds(20), "connect() failed (111: Connection refused)"}},
             story.now()));
  story.See("app-1", kNginx, AgentUnit("nginx.service").WasKilledBy(SIGKILL));
  EXPECT_THAT(story.Message(), Not(HasSubstr("Connection refused")));
}

TEST(StaleEvidenceTest, AKilledDatabaseDidNotFailToStart) {
  Story story;
  story.Watch("db-1", kMysqlLog, {.unit = "mysql.service"},
              LogHas("mysql.service",
                     {{Span::Seconds(40), "[ERROR] unknown variable 'nonsense=1'"},
                      {Span::Seconds(39), "Failed to start mysql.service - MySQL."}},
                     story.now()));
  story.See("db-1", kMysqlUnit, AgentUnit("mysql.service").WasKilledBy(SIGKILL));
  EXPECT_THAT(story.Message(), Not(HasSubstr("does not start")));
  EXPECT_THAT(story.Message(), Not(HasSubstr("nonsense")));
}

TEST(StaleEvidenceTest, ALineOfTheCauseIsQuotedWithItsTime) {
  Story story;
  story.Watch(
      "db-1", kMysqlLog, {.unit = "mysql.service"},
      LogHas("mysql.service",
             {{Span::Seconds(60), "of long ago"}, {Span::Seconds(3), "disk quota exceeded"}},
             story.now()));
  story.See("db-1", kMysqlUnit, AgentUnit("mysql.service").ExitedWith(1));
  EXPECT_THAT(story.Message(), HasSubstr("exited with status 1: \"disk quota exceeded\"."));
  EXPECT_THAT(story.Message(), Not(HasSubstr("long ago")));
}

TEST(StaleEvidenceTest, AStopThatWasAskedForHasNoCauseInTheSecondsBefore) {
  Story story;
  story.Watch(
      "app-1", kAppLog, {.subject = "site", .unit = "todo.service"},
      LogHas("todo.service",
             {{Span::Seconds(3), "pymysql.err.OperationalError: (2003, \"Can't connect\")"}},
             story.now()));
  story.See("app-1", kApp, AgentUnit("todo.service").WasStopped(7));
  for (const EvidenceLine& line : story.incident().evidence) {
    EXPECT_THAT(line.text, Not(HasSubstr("Can't connect")));
  }
}

// Three seconds after an outage of its database was mended, it is killed.
TEST(StaleEvidenceTest, WhatAProgramSaidInARunBeforeIsNotWhyThisOneEnded) {
  Story story;
  story.Watch(
      "app-1", kAppLog, {.subject = "site", .unit = "todo.service"},
      LogHas("todo.service", {{Span::Millis(100), "[ERROR] of the run before"}}, story.now()));
  story.Pass(Span::Seconds(1));
  story.Watch("app-1", kApp, {.subject = "site"}, AgentUnit("todo.service").Runs());
  story.Pass(Span::Seconds(2));
  story.See("app-1", kApp, AgentUnit("todo.service").WasKilledBy(SIGKILL));
  EXPECT_THAT(story.Message(), Not(HasSubstr("of the run before")));
}

TEST(StaleEvidenceTest, APageThatWasWellSinceAnErrorDoesNotFailForIt) {
  Story story;
  const CheckId page{"http", "https://todo.example/", ""};
  const auto answers = [](int status) {
    return PageAnswers("https://todo.example/", "127.0.0.1:443", status, "", "");
  };
  const Watched watched{
      .subject = "site", .address = "127.0.0.1", .port = 443, .interval = Span::Seconds(5)};
  story.Watch("app-1", page, watched, answers(200));
  story.Pass(Span::Seconds(60));
  story.Watch(
      "app-1", kAppLog, {.subject = "site", .unit = "todo.service"},
      LogHas("todo.service", {{Span::Seconds(1), "OperationalError: (1045, \"Access denied\")"}},
             story.now()));
  story.Refresh("app-1", page, answers(200));
  story.Pass(Span::Seconds(4));
  story.See("app-1", page, answers(500));
  story.Pass(Span::Seconds(1));
  EXPECT_THAT(story.Message(), HasSubstr("CRITICAL"));
  EXPECT_THAT(story.Message(), Not(HasSubstr("Access denied")));
  EXPECT_THAT(story.Message(), Not(HasSubstr("login")));
}

TEST(StaleEvidenceTest, ALineBetweenTwoLooksIsEvidence) {
  Story story;
  const CheckId page{"http", "https://todo.example/", ""};
  story.Pass(Span::Seconds(60));
  story.Watch(
      "app-1", kAppLog, {.subject = "site", .unit = "todo.service"},
      LogHas("todo.service", {{Span::Seconds(3), "OperationalError: (1045, \"Access denied\")"}},
             story.now()));
  story.Watch(
      "app-1", page,
      {.subject = "site", .address = "127.0.0.1", .port = 443, .interval = Span::Seconds(5)},
      PageAnswers("https://todo.example/", "127.0.0.1:443", 500, "", ""));
  story.Pass(Span::Seconds(1));
  EXPECT_THAT(story.Message(), HasSubstr("Access denied"));
}

// What the web server in front of it logs is a consequence, and what systemd adds no cause.
TEST(StaleEvidenceTest, AnApplicationsCauseIsNoLineOfNginxNorOfSystemd) {
  Story story;
  const CheckId todo_log{"log", "todo.service", ""};
  const CheckId nginx_log{"log", "/var/log/nginx/error.log", ""};
  story.Watch("app-1", todo_log, {.subject = "site", .unit = "todo.service"},
              LogHas("todo.service", {}, story.now()));
  story.Watch("app-1", nginx_log, {.subject = "site"}, LogHas(nginx_log.target, {}, story.now()));
  story.See("app-1", nginx_log,
            LogHas(nginx_log.target, {{Span::Millis(300), "[error] connect() failed (111)"}},
                   story.now()));
  story.See(
      "app-1", todo_log,
      LogHas("todo.service", {{Span::Millis(200), "todo.service: Failed with result 'exit-code'."}},
             story.now()));
  story.See("app-1", {"unit", "todo.service", ""}, AgentUnit("todo.service").ExitedWith(3));
  EXPECT_THAT(story.Message(), HasSubstr("todo.service on app-1 exited with status 3.\n"));
}

// Without a log check the unit check has looked itself.
TEST(StaleEvidenceTest, TheUnitChecksOwnLineNamesTheCauseOnce) {
  Story story;
  Seen failed = AgentUnit("mysql.service").ExitedWith(7);
  failed.evidence.push_back(
      {.text = "its log: [ERROR] unknown variable 'nonsense=1'", .at = story.now()});
  story.See("db-1", kMysqlUnit, failed);
  EXPECT_THAT(story.Message(),
              HasSubstr("exited with status 7: \"unknown variable 'nonsense=1'\""));
  EXPECT_THAT(story.Message(), Not(HasSubstr("its log")));
}

TEST(StaleEvidenceTest, AFailedStartIsSaidWithItsCauseWhateverSystemdSaysLast) {
  Story story;
  story.Watch("db-1", kMysqlLog, {.unit = "mysql.service"},
              LogHas("mysql.service", {}, story.now()));
  Seen log = LogHas("mysql.service", {{Span::Millis(300), "[ERROR] unknown variable 'nonsense=1'"}},
                    story.now());
  // As the newest line beside the first.
  log.evidence.push_back({.text = "Failed to start mysql.service - MySQL.", .at = story.now()});
  story.See("db-1", kMysqlLog, log);
  story.See("db-1", kMysqlUnit, AgentUnit("mysql.service").ExitedWith(7));
  EXPECT_THAT(story.Message(),
              testing::StartsWith(
                  "CRITICAL shop-prod: database down. mysql.service on db-1 does not start: "
                  "\"unknown variable 'nonsense=1'\" (it exited with status 7).\n"));
}

TEST(StaleEvidenceTest, WhatWasSoBeforeIsDated) {
  Story story;
  // Told to nobody, and no outage by itself.
  story.Watch("app-1", {"ping", "10.0.2.10", ""}, {.subject = "database", .address = "10.0.2.10"},
              PingIsSilent("10.0.2.10"));
  story.Pass(Span::Seconds(60));
  story.See("db-1", kMysqlUnit, AgentUnit("mysql.service").WasStopped(7));
  EXPECT_THAT(story.Message(),
              HasSubstr("Impact: app-1 gets no ping answer from 10.0.2.10 (since 03:14:07 UTC)\n"));
}

}  // namespace
}  // namespace faultline::incidents
