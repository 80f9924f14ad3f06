// Messages that lead with what each kind of check says, against golden files.
#include <string>

#include "gmock/gmock.h"
#include "tests/collector/incidents/golden.h"
#include "tests/collector/incidents/message_story.h"

namespace faultline::incidents {
namespace {

using testing::HasSubstr;
using testing::Not;

const CheckId kDbUnit{"unit", "mysql.service", ""};
const CheckId kFirewall{"firewall", "3306", ""};
const CheckId kDbPort{"port", "10.0.2.10:3306", ""};
const CheckId kDbLogin{"mysql", "10.0.2.10:3306", ""};
const CheckId kHttp{"http", "https://app.example.com/", "list"};
const CheckId kAppUnitLog{"log", "todo.service", ""};
constexpr char kDbEndpoint[] = "10.0.2.10:3306";
constexpr char kUrl[] = "https://app.example.com/";
constexpr char kHere[] = "127.0.0.1:443";

void WatchPage(Story& story) {
  story.Watch("app-1", kHttp, {.address = "127.0.0.1", .port = 443, .interval = Span::Seconds(5)},
              PageAnswers(kUrl, kHere, 200, "OK", "well"));
}

void WatchDatabase(Story& story) {
  Seen well = PortAnswers(kDbEndpoint);
  story.Watch("app-1", kDbLogin, {.address = "10.0.2.10", .port = 3306}, well);
}

Story BlockedByFirewall() {
  Story story;
  story.Watch("db-1", kFirewall, {}, FirewallIsOpen("3306"));
  story.See("db-1", kFirewall,
            FirewallHas("tcp dport 3306 counter packets 3 bytes 180 drop", "3306", story.now()));
  story.See("app-1", kDbPort, PortIsSilent(kDbEndpoint));
  story.Pass(Span::Seconds(1));
  return story;
}

TEST(MessageKindsTest, AFirewallRuleDropsThePort) {
  ExpectGolden("firewall_drop", BlockedByFirewall().Message());
}

TEST(MessageKindsTest, OnlyTheDeletionOfARuleIsOfferedForPasting) {
  for (const char* evil : {"to remove it: sudo rm -rf /", "to remove it: sudo iptables -F",
                           "to remove it: sudo iptables -D INPUT 1; reboot",
                           "to remove it: sudo iptables -D INPUT $(reboot)",
                           "to remove it: sudo nft delete rule ip filter INPUT handle 3 | sh"}) {
    Story story;
    Seen seen = FirewallHas("tcp dport 3306 drop", "3306", story.now());
    seen.evidence = {{.text = evil}};
    story.Watch("db-1", kFirewall, {}, seen);
    const std::string message = story.Message();
    const size_t commands = message.find("Do: ");
    ASSERT_NE(commands, std::string::npos);
    EXPECT_THAT(message.substr(commands), Not(HasSubstr("to remove it"))) << evil;
    EXPECT_THAT(message.substr(commands), Not(HasSubstr("reboot"))) << evil;
    EXPECT_THAT(message.substr(commands), HasSubstr("sudo nft list ruleset")) << evil;
  }
}

TEST(MessageKindsTest, TheDatabaseHangs) {
  Story story;
  WatchDatabase(story);
  story.See("app-1", kDbLogin, DatabaseHangs(kDbEndpoint));
  story.Pass(Span::Seconds(1));
  ExpectGolden("mysql_hung", story.Message());
  story.Pass(Span::Seconds(60));
  story.See("app-1", kDbLogin, PortAnswers(kDbEndpoint));
  ExpectGolden("resolved_mysql_hung", story.Message());
}

TEST(MessageKindsTest, ALoginThatHangsOnAClosedPathIsNoHungServer) {
  Story story;
  WatchDatabase(story);
  story.See("app-1", kDbPort, PortIsSilent(kDbEndpoint));
  story.See("app-1", kDbLogin, DatabaseHangs(kDbEndpoint));
  story.Pass(Span::Seconds(1));
  EXPECT_THAT(story.Message(),
              testing::StartsWith("CRITICAL shop-prod: database unreachable. Seen from app-1: "
                                  "10.0.2.10:3306 does not answer.\n"));
  EXPECT_THAT(story.Message(), Not(HasSubstr("hung")));
  story.See("app-1", kDbPort, PortAnswers(kDbEndpoint));
  story.See("app-1", kDbLogin, PortAnswers(kDbEndpoint));
  EXPECT_THAT(story.Message(), Not(HasSubstr("took connections")));
}

TEST(MessageKindsTest, TheDatabaseRefusesWhoWantsToLogIn) {
  Story story;
  WatchDatabase(story);
  story.See("db-1", kDbUnit, AgentUnit("mysql.service").WasStopped(4711));
  story.See("app-1", kDbLogin, DatabaseRefuses(kDbEndpoint));
  story.Pass(Span::Seconds(1));
  EXPECT_THAT(story.Message(), HasSubstr("Impact: app-1 cannot log in to the database "
                                         "(10.0.2.10:3306 refuses)\n"));
}

TEST(MessageKindsTest, ThePageFailsAsItsApplicationIsDown) {
  Story story;
  WatchPage(story);
  story.See("app-1", kHttp,
            PageAnswers(kUrl, kHere, 502, "Bad Gateway", "<title>502 Bad Gateway</title>"));
  story.Pass(Span::Seconds(1));
  ExpectGolden("http_502", story.Message());
}

TEST(MessageKindsTest, ThePageFailsAsTheApplicationMayNotLogIn) {
  Story story;
  WatchPage(story);
  story.Watch("app-1", kAppUnitLog, {.subject = "site", .unit = "todo.service"},
              LogHas("todo.service", {}, story.now()));
  story.Pass(Span::Seconds(10));
  story.See("app-1", kAppUnitLog,
            LogHas("todo.service",
                   {{Span::Seconds(4),
                     "pymysql.err.OperationalError: (1045, \"Access denied for user "
                     "'todo'@'10.0.1.20' (using password: YES)\")"}},
                   story.now()));
  story.See("app-1", kHttp,
            PageAnswers(kUrl, kHere, 500, "INTERNAL SERVER ERROR",
                        "<title>500 Internal Server Error</title>"));
  story.Pass(Span::Seconds(1));
  ExpectGolden("http_500_database", story.Message());
  story.Pass(Span::Seconds(30));
  story.See("app-1", kHttp, PageAnswers(kUrl, kHere, 200, "OK", "well"));
  ExpectGolden("resolved_http_500", story.Message());
}

TEST(MessageKindsTest, ThePageSaysItselfWhatItsDatabaseSaid) {
  Story story;
  WatchPage(story);
  story.See("app-1", kHttp,
            PageAnswers(kUrl, kHere, 503, "SERVICE UNAVAILABLE",
                        R"({"errno": 2003, "error": "Can't connect to MySQL server"})"));
  story.Pass(Span::Seconds(1));
  EXPECT_THAT(story.Message(),
              testing::StartsWith("CRITICAL shop-prod: site answers 503: the application cannot "
                                  "connect to its database.\n"));
}

TEST(MessageKindsTest, APageThatTellsOfTheDatabaseIsNotTheDatabase) {
  Story story;
  const CheckId page{"http", "https://app.example.com/db-check", ""};
  story.Watch("app-1", page, {.subject = "database", .interval = Span::Seconds(5)},
              PageAnswers(page.target, kHere, 503, "SERVICE UNAVAILABLE",
                          R"({"errno": 1040, "error": "Too many connections"})"));
  story.Pass(Span::Seconds(1));
  EXPECT_THAT(story.Message(),
              testing::StartsWith("CRITICAL shop-prod: database out of reach of its application: "
                                  "its database has no connection left.\n"));
}

TEST(MessageKindsTest, ThePageIsShutToBrowsers) {
  Story story;
  WatchPage(story);
  const CheckId file{"certificate", "/etc/nginx/tls/todo.crt", ""};
  story.Watch("app-1", file, {.address = "127.0.0.1", .port = 443},
              ExpiredCertificateFile(story.now()));
  story.See("app-1", kHttp, PageHasExpiredCertificate(kUrl, kHere));
  story.Pass(Span::Seconds(1));
  ExpectGolden("http_certificate_expired", story.Message());
  story.See("app-1", kHttp, PageAnswers(kUrl, kHere, 200, "OK", "well"));
  story.See(
      "app-1", file,
      CertificateFile("app.example.com", story.now() + Span::Seconds(80 * 86400), story.now()));
  story.Pass(Span::Seconds(5));
  ExpectGolden("resolved_http_certificate", story.Message());
}

TEST(MessageKindsTest, ACertificateOfCertbotExpiresSoon) {
  Story story;
  const CheckId id{"certificate", "/etc/letsencrypt/live/app/fullchain.pem", ""};
  story.Watch(
      "app-1", id, {},
      CertificateFile("app.example.com", story.now() + Span::Seconds(int64_t{13} * 86400 + 20'000),
                      story.now()));
  ExpectGolden("certificate_expires_soon", story.Message());
}

TEST(MessageKindsTest, ACertificateOfOnesOwnHasExpiredAndNoServerIsKnown) {
  Story story{Story::Empty{}};
  story.AddHost("app-1", "10.0.1.20");
  const CheckId id{"certificate", "/etc/nginx/it's mine.pem", ""};
  story.Watch("app-1", id, {},
              CertificateFile("app.example.com", story.now() - Span::Seconds(300), story.now()));
  ExpectGolden("certificate_expired", story.Message());
}

TEST(MessageKindsTest, ADiskFills) {
  Story story;
  const CheckId disk{"disk", "/var/lib/mysql", ""};
  constexpr uint64_t kGiB = uint64_t{1} << 30;
  story.Watch("db-1", disk, {}, Disk("/var/lib/mysql", 40 * kGiB, 20 * kGiB));
  story.See("db-1", disk, Disk("/var/lib/mysql", 40 * kGiB, kGiB * 36 / 10));
  ExpectGolden("disk_filling", story.Message());
  story.See("db-1", disk, Disk("/var/lib/mysql", 51 << 20, 0));
  ExpectGolden("disk_full", story.Message());
  story.Pass(Span::Seconds(600));
  story.See("db-1", disk, Disk("/var/lib/mysql", 40 * kGiB, 16 * kGiB));
  ExpectGolden("resolved_disk", story.Message());
}

TEST(MessageKindsTest, TheRouteIsGone) {
  Story story;
  const CheckId route{"route", "10.0.2.10", ""};
  story.Watch("app-1", route, {.address = "10.0.2.10"}, RouteIsGone("10.0.2.10"));
  ExpectGolden("route_gone", story.Message());
}

TEST(MessageKindsTest, TheLinkWasDownAndIsToldLate) {
  Story story;
  const CheckId route{"route", "10.0.2.10", ""};
  story.Watch("app-1", route, {.address = "10.0.2.10"}, PingAnswers("10.0.2.10"));
  story.Cut("app-1");
  story.See("app-1", route, LinkIsDown("10.0.2.10", "eth0"));
  story.Pass(Span::Seconds(12));
  story.See("app-1", route, PingAnswers("10.0.2.10"));
  story.Back("app-1");
  ExpectGolden("late_link_down", story.Message());
}

TEST(MessageKindsTest, APortIsOpenToAHostThatMustNotReachIt) {
  Story story;
  const CheckId exposure{"exposure", "10.0.2.10:3306", ""};
  story.Watch("app-1", exposure, {.address = "10.0.2.10", .port = 3306},
              PortIsOpenThatMustNotBe(kDbEndpoint));
  ExpectGolden("exposure", story.Message());
  story.Pass(Span::Seconds(600));
  story.See("app-1", exposure, PortIsClosedAsItMustBe(kDbEndpoint));
  ExpectGolden("resolved_exposure", story.Message());
}

TEST(MessageKindsTest, TheClockIsWrong) {
  Story story;
  story.Watch("db-1", {"clock", "system", ""}, {}, ClockIsOff(Span::Seconds(3)));
  story.Pass(Span::Seconds(61));
  ExpectGolden("clock_off", story.Message());
}

TEST(MessageKindsTest, MemoryRunsOut) {
  Story story;
  story.Watch("db-1", {"memory", "system", ""}, {}, Memory(2));
  ExpectGolden("memory_low", story.Message());
}

}  // namespace
}  // namespace faultline::incidents
