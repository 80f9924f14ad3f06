// The commands that change something: the built program against a canned collector.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "cli/operator_key.h"
#include "tests/cli/canned_collector.h"
#include "tests/cli/program.h"
#include "tests/fakes/temp_directory.h"

namespace faultline::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr char kToken[] = "ftok.abcdefghij.abcdefghijklmnopqrstuvwxyz";
constexpr char kCreated[] =
    R"({"token": "ftok.abcdefghij.abcdefghijklmnopqrstuvwxyz", "details": {"id": "abcdefghij",
        "stack": {"stack": "shop", "env": "prod"}, "roles": ["db"], "uses": 3,
        "expires_at": "2026-11-27T03:14:07Z"}})";

class ChangeTest : public testing::Test {
 protected:
  ChangeTest() {
    std::ofstream(temp_ / "operator.key") << key_ << "\n";
    chmod((temp_ / "operator.key").c_str(), 0640);
    collector_.Serve("/api/v1/tokens", kCreated);
    collector_.Serve("/api/v1/tokens/abcdefghij/revoke", R"({"id": "abcdefghij"})");
    collector_.Serve("/api/v1/hosts",
                     R"({"hosts": [{"stack": {"stack": "shop", "env": "prod"}, "name": "db-1"},
                         {"stack": {"stack": "shop", "env": "prod"}, "name": "app-1"},
                         {"stack": {"stack": "shop", "env": "staging"}, "name": "app-1"}]})");
    collector_.Serve("/api/v1/hosts/revoke",
                     R"({"stack": {"stack": "shop", "env": "prod"}, "host": "db-1",
                         "certificates": 2, "open_tokens": ["abcdefghij"],
                         "readmitting_tokens": ["freshfresh", "otherother"]})");
    collector_.Serve("/api/v1/hosts/forget",
                     R"({"stack": {"stack": "shop", "env": "prod"}, "host": "db-1",
                         "may_return": true})");
  }
  int Run(const Program::Words& words, const std::string& key_file = "operator.key") {
    Program program(words, {"FAULTLINE_COLLECTOR=" + collector_.url(),
                            "FAULTLINE_OPERATOR_KEY_FILE=" + temp_ / key_file});
    const int code = program.Wait();
    output_ = program.output();
    errors_ = program.errors();
    return code;
  }

  const fakes::TempDirectory temp_;
  const std::string key_ = std::string(64, 'a');
  CannedCollector collector_;
  std::string output_;
  std::string errors_;
};

TEST_F(ChangeTest, ATokenComesAloneOnTheStandardOutput) {
  EXPECT_EQ(Run({"token", "create", "--role", "db", "--stack", "shop", "--env", "prod", "--ttl",
                 "24h", "--uses", "3", "--replace"}),
            0)
      << errors_;
  EXPECT_EQ(output_, std::string(kToken) + "\n");
  EXPECT_THAT(errors_,
              HasSubstr("Shown this once. Role db of shop-prod, 3 uses, until 2026-11-27"));
  EXPECT_THAT(errors_, Not(HasSubstr(kToken)));
  const std::string request = collector_.last_request("/api/v1/tokens");
  EXPECT_THAT(request, HasSubstr("POST /api/v1/tokens HTTP/1.1\r\n"));
  EXPECT_THAT(request, HasSubstr("\r\nAuthorization: Bearer " + key_ + "\r\n"));
  EXPECT_THAT(request, HasSubstr("\r\nContent-Type: application/json\r\n"));
  EXPECT_THAT(request,
              HasSubstr(R"({"stack":{"stack":"shop","env":"prod"},"roles":["db"],"uses":3,)"
                        R"("ttlSeconds":86400,"replace":true})"));
}

TEST_F(ChangeTest, ATokenNeedsNoRole) {
  EXPECT_EQ(Run({"token", "create", "--stack", "shop", "--env", "prod"}), 0) << errors_;
  EXPECT_THAT(collector_.last_request("/api/v1/tokens"),
              HasSubstr("{\"stack\":{\"stack\":\"shop\",\"env\":\"prod\"}}"));
}

TEST_F(ChangeTest, JsonIsTheApisAnswer) {
  EXPECT_EQ(Run({"token", "create", "--role", "db", "--stack", "shop", "--env", "prod", "--output",
                 "json"}),
            0);
  EXPECT_THAT(output_, HasSubstr("\"token\": \"ftok."));
  EXPECT_EQ(errors_, "");
}

TEST_F(ChangeTest, WhatIsMissingOrWrongIsSaidBeforeAnythingIsAsked) {
  EXPECT_EQ(Run({"token", "create", "--role", ",", "--stack", "shop", "--env", "prod"}), 2);
  EXPECT_THAT(errors_, HasSubstr("--role is one of app, db, collector, outside, host"));
  EXPECT_EQ(Run({"token", "create", "--role", "db", "--env", "prod"}), 2);
  EXPECT_THAT(errors_, HasSubstr("--stack is needed"));
  const Program::Words good = {"token",   "create", "--role", "db",
                               "--stack", "shop",   "--env",  "prod"};
  for (const auto& [option, value] :
       {std::pair{"--uses", "0"}, {"--uses", "x"}, {"--ttl", "1s"}, {"--ttl", "forever"}}) {
    Program::Words words = good;
    words.insert(words.end(), {option, value});
    EXPECT_EQ(Run(words), 2) << option << value;
    EXPECT_THAT(errors_, HasSubstr(option));
  }
  EXPECT_EQ(Run({"host", "revoke", "db-1", "--yes"}), 2);
  EXPECT_THAT(errors_, HasSubstr("STACK/HOST"));
  EXPECT_EQ(collector_.requests("/api/v1/tokens"), 0u);
}

TEST_F(ChangeTest, AKeyThatOthersMayReadIsNotUsed) {
  std::ofstream(temp_ / "open.key") << key_ << "\n";
  chmod((temp_ / "open.key").c_str(), 0644);
  EXPECT_EQ(Run({"token", "revoke", "abcdefghij"}, "open.key"), 1);
  EXPECT_THAT(errors_,
              HasSubstr("open.key has mode 0644, so others on this host may read a secret; "
                        "if it is the right file, type: chmod 640 "));
  EXPECT_EQ(collector_.requests("/api/v1/tokens/abcdefghij/revoke"), 0u);
}

TEST_F(ChangeTest, ATokenIsRevokedByItsIdAlsoWhenAllOfItIsGiven) {
  EXPECT_EQ(Run({"token", "revoke", "abcdefghij"}), 0) << errors_;
  EXPECT_EQ(output_, "Revoked the token abcdefghij. Hosts that joined with it stay.\n");
  EXPECT_EQ(Run({"token", "revoke", kToken}), 0);
  EXPECT_THAT(collector_.last_request("/api/v1/tokens/abcdefghij/revoke"),
              Not(HasSubstr("klmnopqrstuvwxyz")));
  EXPECT_EQ(Run({"token", "revoke", "zzzzzzzzzz"}), 1);
  EXPECT_THAT(errors_, HasSubstr("there is no token 'zzzzzzzzzz'; see: faultline token list"));
}

TEST_F(ChangeTest, RevokingAHostNeedsAYesAndTellsOfTokensThatAreStillOpen) {
  EXPECT_EQ(Run({"host", "revoke", "shop/db-1"}), 2);
  EXPECT_THAT(errors_, HasSubstr("confirm with --yes"));
  EXPECT_EQ(collector_.requests("/api/v1/hosts/revoke"), 0u);
  EXPECT_EQ(Run({"host", "revoke", "shop/db-1", "--env", "prod", "--yes"}), 0) << errors_;
  EXPECT_EQ(output_, "Revoked shop-prod/db-1, 2 certificates.\n");
  EXPECT_THAT(errors_, HasSubstr("still lets other hosts in. To end that: faultline token revoke "
                                 "abcdefghij\n"));
  EXPECT_THAT(errors_, HasSubstr("joins under the name again at once. To prevent that:\n"
                                 "  faultline token revoke freshfresh\n"
                                 "  faultline token revoke otherother\n"));
  EXPECT_THAT(collector_.last_request("/api/v1/hosts/revoke"),
              HasSubstr(R"({"stack":"shop","env":"prod","host":"db-1"})"));
}

TEST_F(ChangeTest, AHostIsNamedAsListsShowItOrByItsStack) {
  constexpr char kProd[] = R"({"stack":"shop","env":"prod","host":"db-1"})";
  for (const char* path : {"shop/db-1", "shop-prod/db-1"}) {
    EXPECT_EQ(Run({"host", "revoke", path, "--yes"}), 0) << errors_;
    EXPECT_THAT(collector_.last_request("/api/v1/hosts/revoke"), HasSubstr(kProd));
  }
  // What was printed can be typed.
  EXPECT_EQ(output_, "Revoked shop-prod/db-1, 2 certificates.\n");
  const size_t before = collector_.requests("/api/v1/hosts/revoke");
  EXPECT_EQ(Run({"host", "revoke", "shop/app-1", "--yes"}), 2);
  EXPECT_THAT(errors_, HasSubstr("may be shop-prod/app-1 or shop-staging/app-1"));
  EXPECT_EQ(Run({"host", "revoke", "shop/db-1", "--stack", "other", "--yes"}), 2);
  EXPECT_THAT(errors_, HasSubstr("--stack other"));
  EXPECT_EQ(collector_.requests("/api/v1/hosts/revoke"), before);
  EXPECT_EQ(Run({"host", "revoke", "shop/app-1", "--env", "staging", "--yes"}), 0) << errors_;
  EXPECT_THAT(collector_.last_request("/api/v1/hosts/revoke"), HasSubstr("staging"));
  // One that has joined and never come is in no list.
  EXPECT_EQ(Run({"host", "revoke", "shop/new-1", "--yes"}), 0) << errors_;
  EXPECT_THAT(collector_.last_request("/api/v1/hosts/revoke"),
              HasSubstr(R"({"stack":"shop","host":"new-1"})"));
}

TEST_F(ChangeTest, AHostIsForgottenByItsNameAloneAfterAYes) {
  EXPECT_EQ(Run({"host", "forget", "db-1"}), 2);
  EXPECT_THAT(errors_, HasSubstr("confirm with --yes"));
  EXPECT_EQ(collector_.requests("/api/v1/hosts/forget"), 0u);
  for (const char* name : {"db-1", "shop/db-1", "shop-prod/db-1"}) {
    EXPECT_EQ(Run({"host", "forget", name, "--yes"}), 0) << errors_;
    EXPECT_EQ(output_, "Forgot shop-prod/db-1.\n");
    EXPECT_THAT(errors_, HasSubstr("comes back when its agent is started. To prevent that: "
                                   "faultline host revoke shop/db-1 --env prod\n"));
    EXPECT_THAT(collector_.last_request("/api/v1/hosts/forget"),
                HasSubstr(R"({"stack":"shop","env":"prod","host":"db-1"})"));
  }
}

TEST_F(ChangeTest, AHostThatIsInNoListOrInSeveralIsNotForgotten) {
  EXPECT_EQ(Run({"host", "forget", "app-1", "--yes"}), 2);
  EXPECT_THAT(errors_, HasSubstr("may be shop-prod/app-1 or shop-staging/app-1"));
  EXPECT_EQ(Run({"host", "forget", "db-2", "--yes"}), 1);
  EXPECT_THAT(errors_, HasSubstr("there is no host 'db-2'; did you mean 'db-1'?"));
  EXPECT_EQ(Run({"host", "forget", "db-1", "--env", "staging", "--yes"}), 1);
  EXPECT_EQ(collector_.requests("/api/v1/hosts/forget"), 0u);
  EXPECT_EQ(Run({"host", "forget", "app-1", "--env", "staging", "--yes"}), 0) << errors_;
  EXPECT_THAT(collector_.last_request("/api/v1/hosts/forget"), HasSubstr("staging"));
}

TEST_F(ChangeTest, ThePersonAtTheTerminalIsAskedAndAnythingButAYesChangesNothing) {
  const auto answer = [&](const std::string& typed) {
    Program program({"host", "revoke", "shop/db-1"},
                    {"FAULTLINE_COLLECTOR=" + collector_.url(),
                     "FAULTLINE_OPERATOR_KEY_FILE=" + temp_ / "operator.key"},
                    Program::kTerminal);
    EXPECT_TRUE(program.WaitFor("Revoke shop-prod/db-1? Its stream ends at once"));
    program.Type(typed);
    const int code = program.Wait();
    errors_ = program.errors();
    return code;
  };
  for (const char* no : {"\n", "n\n", "no\n", "yeah\n"}) {
    EXPECT_NE(answer(no), 0) << no;
    EXPECT_THAT(errors_, HasSubstr("nothing was changed"));
  }
  EXPECT_EQ(collector_.requests("/api/v1/hosts/revoke"), 0u);
  EXPECT_EQ(answer("y\n"), 0) << errors_;
  EXPECT_EQ(collector_.requests("/api/v1/hosts/revoke"), 1u);
}

TEST_F(ChangeTest, AKeyThatCannotBeReadIsExplained) {
  EXPECT_EQ(Run({"token", "revoke", "abcdefghij"}, "missing.key"), 1);
  EXPECT_THAT(errors_, HasSubstr("--operator-key-file or $FAULTLINE_OPERATOR_KEY_FILE"));
  std::ofstream(temp_ / "bad.key") << "secretsecret\n";
  chmod((temp_ / "bad.key").c_str(), 0600);
  EXPECT_EQ(Run({"token", "revoke", "abcdefghij"}, "bad.key"), 1);
  EXPECT_THAT(errors_, HasSubstr("64 hexadecimal digits"));
  EXPECT_THAT(errors_, Not(HasSubstr("secretsecret")));
}

TEST_F(ChangeTest, TheKeyLeavesThisMachineOnlyEncrypted) {
  EXPECT_TRUE(CheckKeyMayTravel("http://127.0.0.1:7480").ok());
  EXPECT_TRUE(CheckKeyMayTravel("http://localhost:7480").ok());
  EXPECT_TRUE(CheckKeyMayTravel("http://[::1]:7480").ok());
  EXPECT_TRUE(CheckKeyMayTravel("https://collector.example").ok());
  for (const char* far : {"http://collector.example:7480", "http://10.0.0.1",
                          "http://127.evil.example", "http://[2001:db8::1]:7480"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(CheckKeyMayTravel(far))) << far;
  }
}

TEST_F(ChangeTest, TokensAreListedWithoutSecrets) {
  collector_.Serve("/api/v1/tokens",
                   R"({"tokens": [{"id": "abcdefghij", "stack": {"stack": "shop", "env": "prod"},
                       "roles": ["db"], "uses": 3, "used": 1, "state": "STATE_ACTIVE",
                       "replace": true}]})");
  EXPECT_EQ(Run({"token", "list"}), 0) << errors_;
  EXPECT_THAT(output_, HasSubstr("abcdefghij"));
  EXPECT_THAT(output_, HasSubstr("active"));
  EXPECT_THAT(output_, HasSubstr("1/3"));
  collector_.Serve("/api/v1/hosts?stack=other", "{}");  // a stack that is known
  EXPECT_EQ(Run({"token", "list", "--stack", "other"}), 0);
  EXPECT_THAT(output_, HasSubstr("No tokens"));
}

TEST_F(ChangeTest, AChannelThatTakesTheTestIsSaidWithItsAnswer) {
  collector_.Serve("/api/v1/channels/test", R"({"number": 3})");
  collector_.Serve("/api/v1/channels",
                   R"({"channels": [{"name": "chat"}, {"name": "pager", "last_test": {"number": 3,
                       "finished": true, "delivered": true, "answer": "answered 204"}}]})");
  EXPECT_EQ(Run({"notify", "test", "pager"}), 0) << errors_;
  EXPECT_EQ(output_, "pager took it: answered 204\n");
  EXPECT_EQ(Run({"notify", "test", "pager", "--output", "json"}), 0);
  EXPECT_THAT(output_, HasSubstr("\"delivered\": true"));
}

TEST_F(ChangeTest, OneThatDoesNotTakeTheTestIsTroubleWithTheReason) {
  collector_.Serve("/api/v1/channels/test", R"({"number": 1})");
  collector_.Serve("/api/v1/channels",
                   R"({"channels": [{"name": "pager", "last_test": {"number": 1, "finished": true,
                       "answer": "http://h:80 answered 404: no such hook"}}]})");
  EXPECT_EQ(Run({"notify", "test", "pager"}), 1);
  EXPECT_THAT(errors_, HasSubstr("pager did not take it: http://h:80 answered 404: no such hook"));
  // An older test's outcome is not this one's.
  collector_.Serve("/api/v1/channels/test", R"({"number": 2})");
  EXPECT_EQ(Run({"notify", "test", "pager", "--wait", "300ms"}), 1);
  EXPECT_THAT(errors_, HasSubstr("no answer within 300ms"));
  EXPECT_EQ(Run({"notify", "test", "pager", "--wait", "soon"}), 2);
  EXPECT_EQ(Run({"notify", "test"}), 2);
}

}  // namespace
}  // namespace faultline::cli
