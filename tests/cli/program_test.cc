// The built program, end to end against a canned collector.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/cli/canned_collector.h"
#include "tests/cli/messages.h"
#include "tests/cli/program.h"

namespace faultline::cli {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class ProgramTest : public testing::Test {
 protected:
  ProgramTest() { collector_.ServeEmpty(); }

  // Runs to the end, with the collector's address in the environment.
  int Run(const Program::Words& words) {
    Program program(words, {"FAULTLINE_COLLECTOR=" + collector_.url()});
    const int code = program.Wait();
    output_ = program.output();
    errors_ = program.errors();
    return code;
  }

  CannedCollector collector_;
  std::string output_;
  std::string errors_;
};

TEST_F(ProgramTest, StatusEndsWith0WhenAllIsWell) {
  collector_.Serve("/api/v1/status",
                   R"({"version": "0.1.0", "hosts_connected": 2, "checks_ok": 9,
                       "checks_warning": 1})");
  EXPECT_EQ(Run({"status"}), 0);
  EXPECT_THAT(output_, HasSubstr("9 OK"));
  EXPECT_EQ(errors_, "");
}

TEST_F(ProgramTest, StatusEndsWith1WhenSomethingIsCriticalOrOpenOrAHostIsNotHeard) {
  collector_.Serve("/api/v1/status", BrokenStatusJson());
  EXPECT_EQ(Run({"status"}), 1);
  EXPECT_THAT(output_, HasSubstr("database down."));
  EXPECT_THAT(output_, Not(HasSubstr("\x1b")));
  collector_.Serve("/api/v1/status", R"({"checks_critical": 1})");
  EXPECT_EQ(Run({"status"}), 1);
  collector_.Serve("/api/v1/status", R"({"open_incidents": [{"id": "1"}]})");
  EXPECT_EQ(Run({"status", "--output", "json"}), 1);
  collector_.Serve("/api/v1/status",
                   R"({"checks_ok": 9, "unheard_hosts": [{"name": "db-1", "checks": 4}]})");
  EXPECT_EQ(Run({"status"}), 1);
  EXPECT_THAT(output_, HasSubstr("1 host not heard (db-1): its 3 checks are last known"));
  collector_.Serve("/api/v1/status", R"({"reload_refused": {"error": "c.yaml:3: no"}})");
  EXPECT_EQ(Run({"status"}), 1);
  EXPECT_THAT(output_, HasSubstr("the next start may fail: c.yaml:3: no"));
}

TEST_F(ProgramTest, OtherCommandsEndWith0AlsoWhenThereIsTrouble) {
  collector_.Serve("/api/v1/hosts", HostsJson());
  EXPECT_EQ(Run({"host", "list"}), 0);
  EXPECT_THAT(output_, HasSubstr("CRITICAL"));
}

TEST_F(ProgramTest, EndsWith1WhenTheAnswerIsOfNoUse) {
  collector_.Serve("/api/v1/status", "<html>");
  EXPECT_EQ(Run({"status"}), 1);
  EXPECT_THAT(errors_, StartsWith("faultline: the collector's answer cannot be read"));
  EXPECT_EQ(Run({"incident", "show", "7"}), 1);
  EXPECT_EQ(errors_, "faultline: there is no incident 7; see: faultline incident list\n");
}

TEST_F(ProgramTest, EndsWith2WhenItIsUsedWrongly) {
  EXPECT_EQ(Run({"hosts"}), 2);
  EXPECT_EQ(errors_,
            "faultline: unknown command 'hosts'; did you mean 'host list'?\n"
            "See: faultline --help\n");
  EXPECT_EQ(output_, "");
  EXPECT_EQ(Run({"incident", "show", "latest"}), 2);
  EXPECT_EQ(Run({"incident", "list", "--limit", "0"}), 2);
  EXPECT_EQ(Run({"status", "--collector", "ftp://x"}), 2);
  EXPECT_EQ(Run({}), 2);
}

TEST_F(ProgramTest, EndsWith3WhenTheCollectorCannotBeReached) {
  std::string url;
  {
    const CannedCollector gone;
    url = gone.url();
  }
  for (const Program::Words& words :
       std::vector<Program::Words>{{"status"}, {"host", "list"}, {"watch"}, {"watch", "--lines"}}) {
    Program program(words, {"FAULTLINE_COLLECTOR=" + url});
    EXPECT_EQ(program.Wait(), 3);
    EXPECT_EQ(program.errors(), "faultline: cannot reach the collector at " + url +
                                    ": connection refused. Is it running? Try: systemctl status "
                                    "faultline-collector, or give --collector URL\n");
  }
}

TEST_F(ProgramTest, JsonIsTheApisOwn) {
  collector_.Serve("/api/v1/hosts", R"({"hosts":[{"name":"db-1","from_the_future":[1,2.50]}]})");
  EXPECT_EQ(Run({"host", "list", "--output", "json"}), 0);
  EXPECT_EQ(output_, R"({
  "hosts": [
    {
      "name": "db-1",
      "from_the_future": [
        1,
        2.50
      ]
    }
  ]
}
)");
}

TEST_F(ProgramTest, AsksTheApiForWhatIsWantedOnly) {
  collector_.Serve("/api/v1/checks?stack=shop&env=prod&host=db-1&state=critical&kind=unit",
                   R"({"checks": [{"id": "unit:mysql.service", "state": "STATE_CRITICAL"}]})");
  EXPECT_EQ(Run({"check", "list", "--stack", "shop", "--env", "prod", "--host", "db-1", "--state",
                 "critical", "--kind", "unit"}),
            0);
  EXPECT_THAT(output_, HasSubstr("unit:mysql.service"));
  collector_.Serve("/api/v1/alerts?state=firing", R"({"alerts": [{"name": "ServiceDown"}]})");
  EXPECT_EQ(Run({"alert", "list", "--state", "firing"}), 0);
  EXPECT_THAT(output_, HasSubstr("ServiceDown"));
  collector_.Serve("/api/v1/incidents?stack=shop&env=prod&state=open&limit=5",
                   R"({"incidents": [{"id": "42"}]})");
  EXPECT_EQ(Run({"incident", "list", "--stack", "shop", "--env", "prod", "--state", "open",
                 "--limit", "5"}),
            0);
  EXPECT_THAT(output_, HasSubstr("42"));
}

TEST_F(ProgramTest, NarrowsTheStatusToOneStack) {
  collector_.Serve("/api/v1/status", BrokenStatusJson());
  for (const std::string path : {"/api/v1/hosts", "/api/v1/checks", "/api/v1/alerts"}) {
    collector_.Serve(path + "?stack=blog", "{}");
  }
  collector_.Serve("/api/v1/hosts?stack=blog",
                   R"({"hosts": [{"stack": {"stack": "blog"}, "name": "b-1",
                                  "link": "LINK_CONNECTED"}]})");
  EXPECT_EQ(Run({"status", "--stack", "blog"}), 0);
  EXPECT_THAT(output_, HasSubstr("1 connected"));
  EXPECT_THAT(output_, HasSubstr("Everything is OK."));
  EXPECT_EQ(Run({"status", "--stack", "blog", "--output", "json"}), 0);
  EXPECT_THAT(output_, HasSubstr("\"checks_critical\": 0"));
}

TEST_F(ProgramTest, AsksForIncidentsOfOneEnvironment) {
  collector_.Serve("/api/v1/incidents?env=test", R"({"incidents": [
      {"id": "1", "stack": {"stack": "shop", "env": "test"}}]})");
  EXPECT_EQ(Run({"incident", "list", "--env", "test", "--output", "json"}), 0);
  EXPECT_THAT(output_, HasSubstr("\"id\": \"1\""));
}

TEST_F(ProgramTest, ANameThatTheCollectorDoesNotKnowIsAnErrorAndNotAnEmptyList) {
  const std::string unknown = CannedCollector::Http(
      404, R"({"error": {"code": "not_found", "message": "host: there is no host \"wbe\"; did you )"
           R"(mean \"web\"?"}})");
  collector_.ServeRaw("/api/v1/checks?host=wbe", unknown);
  for (const Program::Words& words : std::vector<Program::Words>{
           {"check", "list", "--host", "wbe"}, {"check", "show", "unit:x", "--host", "wbe"}}) {
    EXPECT_EQ(Run(words), 1);
    EXPECT_EQ(output_, "");
    EXPECT_EQ(errors_, "faultline: host: there is no host \"wbe\"; did you mean \"web\"?\n");
  }
  // What is sifted here asks there when nothing is left.
  collector_.Serve("/api/v1/tokens", "{}");
  collector_.ServeRaw("/api/v1/hosts?stack=shpo",
                      CannedCollector::Http(404, R"({"error": {"message": "no stack shpo"}})"));
  EXPECT_EQ(Run({"token", "list", "--stack", "shpo"}), 1);
  EXPECT_EQ(errors_, "faultline: no stack shpo\n");
  collector_.Serve("/api/v1/hosts?stack=shop", R"({"hosts": [{"name": "db-1"}]})");
  EXPECT_EQ(Run({"token", "list", "--stack", "shop"}), 0);
}

TEST_F(ProgramTest, ShowsOneHostAndSuggestsANameThatIsClose) {
  collector_.Serve("/api/v1/hosts", HostsJson());
  collector_.Serve("/api/v1/checks?stack=shop&env=staging&host=db-1",
                   R"({"checks": [{"id": "unit:mysql.service", "state": "STATE_CRITICAL"}]})");
  EXPECT_EQ(Run({"host", "show", "db-1"}), 0);
  EXPECT_THAT(output_, HasSubstr("CRITICAL  unit:mysql.service"));
  EXPECT_EQ(Run({"host", "show", "bd-1"}), 1);
  EXPECT_EQ(errors_,
            "faultline: there is no host 'bd-1'; did you mean 'db-1'? See: faultline host list\n");
}

TEST_F(ProgramTest, AsksWhichWhenSeveralChecksHaveTheId) {
  collector_.Serve("/api/v1/checks", R"({"checks": [
      {"host": "a", "id": "unit:x", "stack": {"stack": "shop", "env": "prod"}},
      {"host": "b", "id": "unit:x", "stack": {"stack": "shop", "env": "prod"}}]})");
  EXPECT_EQ(Run({"check", "show", "unit:x"}), 2);
  EXPECT_EQ(errors_,
            "faultline: 'unit:x' is on several hosts (shop-prod/a, shop-prod/b); say which with "
            "--host\n");
}

TEST_F(ProgramTest, LetsNoEscapeSequenceOfTheDataThrough) {
  collector_.Serve("/api/v1/checks",
                   "{\"checks\": [{\"id\": \"unit:\\u001b]0;x\\u0007y\", "
                   "\"detail\": \"\\u009b2J\\r\\nforged\"}]}");
  for (const std::string form : {"text", "wide", "json"}) {
    EXPECT_EQ(Run({"check", "list", "--output", form}), 0);
    EXPECT_THAT(output_, Not(HasSubstr("\x1b")));
    EXPECT_THAT(output_, Not(HasSubstr("\x07")));
    EXPECT_THAT(output_, Not(HasSubstr("\xc2\x9b")));
    EXPECT_THAT(output_, Not(HasSubstr("\nforged")));
  }
}

TEST_F(ProgramTest, ColoursWhenItIsTold) {
  collector_.Serve("/api/v1/status", BrokenStatusJson());
  EXPECT_EQ(Run({"status", "--color", "always"}), 1);
  EXPECT_THAT(output_, HasSubstr("\x1b[1;31mCRITICAL\x1b[0m"));
}

TEST_F(ProgramTest, SaysThatItsOutputCannotBeWritten) {
  Program program({"host", "list"}, {"FAULTLINE_COLLECTOR=" + collector_.url()}, Program::kFull);
  EXPECT_EQ(program.Wait(), 1);
  EXPECT_THAT(program.errors(), HasSubstr("cannot write the output: No space left on device"));
}

}  // namespace
}  // namespace faultline::cli
