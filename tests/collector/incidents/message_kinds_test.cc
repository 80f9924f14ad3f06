// Messages that lead with what each kind of check says, against golden files.
#include <string>
#include <utility>
#include <vector>

#include "collector/incidents/message.h"
#include "collector/incidents/next_command.h"
#include "gmock/gmock.h"
#include "tests/collector/incidents/golden.h"
#include "tests/collector/incidents/message_story.h"

namespace faultline::incidents {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;

const CheckId kFirewall{"firewall", "3306", ""};
const CheckId kPort{"port", "10.0.2.10:3306", ""};
const CheckId kMysql{"mysql", "10.0.2.10:3306", ""};
const CheckId kHttp{"http", "https://app.example.com/", ""};

Story BlockedByFirewall(const std::string& removal) {
  Story story;
  story.See("db-1", kFirewall, "database", State::kCritical, "DROP_RULE",
            "INPUT rule 1 \"-p tcp --dport 3306 -j DROP\" drops what comes to port 3306",
            {"added 03:14:07.401, 3 packets dropped", removal});
  story.Fire("db-1", kFirewall);
  story.SeePort("app-1", State::kCritical, "TIMEOUT", "10.0.2.10:3306 does not answer",
                {"5 of 5; normally 0.4 ms"});
  return story;
}

TEST(MessageKindsTest, AFirewallRuleDropsThePort) {
  ExpectGolden("firewall_drop",
               BlockedByFirewall("to remove it: sudo iptables -D INPUT -p tcp --dport "
                                 "3306 -j DROP")
                   .Message());
}

TEST(MessageKindsTest, OnlyTheDeletionOfARuleIsOfferedForPasting) {
  for (const char* evil : {"to remove it: sudo rm -rf /", "to remove it: sudo iptables -F",
                           "to remove it: sudo iptables -D INPUT 1; reboot",
                           "to remove it: sudo iptables -D INPUT $(reboot)",
                           "to remove it: sudo nft delete rule ip filter INPUT handle 3 | sh"}) {
    const std::string message = BlockedByFirewall(evil).Message();
    const size_t commands = message.find("Do: ");
    ASSERT_NE(commands, std::string::npos);
    EXPECT_THAT(message.substr(commands), Not(HasSubstr("to remove it"))) << evil;
    EXPECT_THAT(message.substr(commands), Not(HasSubstr("reboot"))) << evil;
    EXPECT_THAT(message.substr(commands), HasSubstr("sudo nft list ruleset")) << evil;
  }
}

TEST(MessageKindsTest, TheDatabaseHangs) {
  Story story;
  model::CheckPicture& check =
      story.See("app-1", kMysql, "database", State::kCritical, "NO_GREETING",
                "10.0.2.10:3306 accepts connections and says nothing: the server hangs");
  check.remote_address = "10.0.2.10";
  check.remote_port = 3306;
  story.Fire("app-1", kMysql);
  ExpectGolden("mysql_hung", story.Message());
}

TEST(MessageKindsTest, ThePageFails) {
  Story story;
  story.See("app-1", kHttp, "site", State::kCritical, "STATUS_502",
            "https://app.example.com/ answers 502: nginx is up, the application behind it is not",
            {"the body says: 502 Bad Gateway"});
  story.Fire("app-1", kHttp);
  ExpectGolden("http_502", story.Message());
}

TEST(MessageKindsTest, ADiskFills) {
  Story story;
  const CheckId disk{"disk", "/var/lib/mysql", ""};
  story.See("db-1", disk, "capacity db-1", State::kWarning, "DISK_FULL",
            "/var/lib/mysql: 91 % of 40 GiB used, 3.6 GiB left", {"full in about 3 h"});
  story.Fire("db-1", disk, rules::Severity::kWarning);
  ExpectGolden("disk_full", story.Message());
  story.See("db-1", disk, "capacity db-1", State::kOk, "", "/var/lib/mysql: 60 % of 40 GiB used");
  story.Resolve(Span::Seconds(600));
  ExpectGolden("resolved_disk", story.Message());
}

TEST(MessageKindsTest, TheRouteIsGone) {
  Story story;
  const CheckId route{"route", "10.0.2.10", ""};
  story.See("app-1", route, "database", State::kCritical, "NO_ROUTE", "no route to 10.0.2.10",
            {"route 10.0.2.0/24 was deleted 03:14:07.401"});
  story.Fire("app-1", route);
  ExpectGolden("route_gone", story.Message());
}

TEST(MessageKindsTest, APortIsOpenToAHostThatMustNotReachIt) {
  Story story;
  const CheckId exposure{"exposure", "10.0.2.10:3306", ""};
  model::CheckPicture& check =
      story.See("app-1", exposure, "exposure", State::kCritical, "EXPOSED",
                "10.0.2.10:3306 answers; this host must not be able to reach it");
  check.remote_address = "10.0.2.10";
  check.remote_port = 3306;
  story.Fire("app-1", exposure);
  ExpectGolden("exposure", story.Message());
  story.See("app-1", exposure, "exposure", State::kOk, "", "closed to this host: does not answer");
  story.Resolve(Span::Seconds(600));
  ExpectGolden("resolved_exposure", story.Message());
}

TEST(MessageKindsTest, EachTroubleIsNamedAsItsUserFeelsIt) {
  const auto title = [](const CheckId& id, const std::string& subject, const std::string& reason) {
    Story story;
    story.See("db-1", id, subject, State::kCritical, reason, "the check's own words");
    story.Fire("db-1", id);
    return story.Title();
  };
  EXPECT_THAT(title(kMysql, "database", "TOO_MANY_CONNECTIONS"), HasSubstr(": database refuses"));
  EXPECT_THAT(title(kMysql, "database", "READ_ONLY"), HasSubstr(": database read-only."));
  EXPECT_THAT(title(kMysql, "database", "REFUSED"), HasSubstr(": database unreachable."));
  EXPECT_THAT(title(kMysql, "database", "TLS_FAILED"), HasSubstr("in trouble (tls failed)"));
  EXPECT_THAT(title(kHttp, "site", "NO_HTTPS_REDIRECT"), HasSubstr("does not redirect to HTTPS"));
  EXPECT_THAT(title(kHttp, "site", "TIMEOUT"), HasSubstr(": site unreachable."));
  EXPECT_THAT(title(kPort, "database", "PACKET_LOSS"), HasSubstr("in trouble (packet loss)"));
  EXPECT_THAT(title(kFirewall, "database", "PARTIAL_DROP"), HasSubstr("(partial drop)"));
  EXPECT_THAT(title({"certificate", "/x.pem", ""}, "certificate", "SERVED_IS_OLDER"),
              HasSubstr(": certificate renewed but not reloaded."));
  EXPECT_THAT(title({"memory", "system", ""}, "capacity db-1", "MEMORY_PRESSURE"),
              HasSubstr(": memory of db-1 in trouble (memory pressure)."));
}

TEST(MessageKindsTest, EveryKindHasACommandToGoOnWith) {
  Story story;
  for (const char* kind :
       {"unit", "listener", "port", "certificate", "agent", "mysql", "http", "disk", "route",
        "firewall", "memory", "clock", "bootstrap", "exposure"}) {
    const CheckId id{kind, "/target:3306", ""};
    story.See("db-1", id, "database", State::kCritical, "TIMEOUT", "words");
    story.incident().alerts.clear();
    EXPECT_THAT(NextCommands(story.Fire("db-1", id), story.hosts()),
                Contains(HasSubstr("aws ssm start-session")))
        << kind;
  }
}

}  // namespace
}  // namespace faultline::incidents
