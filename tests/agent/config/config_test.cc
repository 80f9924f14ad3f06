#include "agent/config/config.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"

namespace faultline::config {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr char kGood[] = R"(collector:
  address: 10.0.1.20:7443
tls:
  ca: /etc/faultline/tls/ca.crt
  certificate: /etc/faultline/tls/agent.crt
  key: /etc/faultline/tls/agent.key
state_dir: /var/lib/faultline/agent
checks:
  - kind: unit
    target: mysql.service
  - kind: listener
    target: "3306"
    unit: mysql.service
  - kind: port
    target: 10.0.2.10:3306
    interval: 500ms
    subject: database
    name: from-app
  - kind: log
    target: /var/log/app.log
    patterns: [ERROR, "FATAL:"]
)";

std::string ErrorsOf(const std::string& text) {
  const absl::StatusOr<AgentConfig> config = ParseAgentConfig(text, "agent.yaml");
  EXPECT_FALSE(config.ok()) << "no error";
  return config.ok() ? "" : std::string(config.status().message());
}

std::string Replaced(std::string text, const std::string& what, const std::string& with) {
  const size_t at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  return text.replace(at, what.size(), with);
}

TEST(AgentConfigTest, TheCloudIsAskedUnlessThatIsSwitchedOff) {
  EXPECT_EQ(ParseAgentConfig(kGood, "agent.yaml")->cloud, "auto");
  EXPECT_EQ(ParseAgentConfig(std::string(kGood) + "cloud: none\n", "agent.yaml")->cloud, "none");
  EXPECT_THAT(ErrorsOf(std::string(kGood) + "cloud: aws\n"),
              HasSubstr("cloud: \"aws\" is not known; write auto"));
}

TEST(AgentConfigTest, ReadsAWholeFile) {
  const absl::StatusOr<AgentConfig> config = ParseAgentConfig(kGood, "agent.yaml");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->file, "agent.yaml");
  EXPECT_EQ(config->collector_address, "10.0.1.20:7443");
  EXPECT_EQ(config->collector_name, "faultline-collector");
  EXPECT_EQ(config->tls.key, "/etc/faultline/tls/agent.key");
  EXPECT_EQ(config->state_dir, "/var/lib/faultline/agent");
  ASSERT_EQ(config->checks.size(), 4u);
  EXPECT_EQ(config->checks[0].id.ToString(), "unit:mysql.service");
  EXPECT_EQ(config->checks[0].line, 9);
  EXPECT_FALSE(config->checks[0].interval.has_value());
  EXPECT_EQ(config->checks[1].id.target, "3306");
  EXPECT_EQ(config->checks[1].options.at("unit").values, std::vector<std::string>{"mysql.service"});
  EXPECT_EQ(config->checks[1].options.at("unit").line, 13);
  EXPECT_EQ(config->checks[2].id.ToString(), "port:10.0.2.10:3306#from-app");
  EXPECT_EQ(config->checks[2].interval, Span::Millis(500));
  EXPECT_EQ(config->checks[2].subject, "database");
  const OptionValue& patterns = config->checks[3].options.at("patterns");
  EXPECT_TRUE(patterns.is_list);
  EXPECT_EQ(patterns.values, (std::vector<std::string>{"ERROR", "FATAL:"}));
}

TEST(AgentConfigTest, HasADefaultForTheStateDirectoryAndTakesTheCollectorsName) {
  std::string text = Replaced(kGood, "state_dir: /var/lib/faultline/agent\n", "");
  text = Replaced(text, "  address: 10.0.1.20:7443\n",
                  "  address: '[2001:db8::1]:7443'\n  name: collector.example\n");
  const absl::StatusOr<AgentConfig> config = ParseAgentConfig(text, "agent.yaml");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->state_dir, "/var/lib/faultline/agent");
  EXPECT_EQ(config->collector_address, "[2001:db8::1]:7443");
  EXPECT_EQ(config->collector_name, "collector.example");
}

constexpr char kTls[] =
    "tls:\n  ca: /etc/faultline/tls/ca.crt\n  certificate: /etc/faultline/tls/agent.crt\n"
    "  key: /etc/faultline/tls/agent.key\n";

TEST(JoinConfigTest, TakesTheCollectorsHostAndThisMachinesName) {
  const std::string text =
      Replaced(kGood, kTls, "join:\n  token_file: /etc/faultline/join-token\n");
  const auto config = ParseAgentConfig(text, "agent.yaml", {.hostname = "db-1.eu.internal"});
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_TRUE(config->join.enabled());
  EXPECT_EQ(config->join.token_file, "/etc/faultline/join-token");
  EXPECT_EQ(config->join.address, "10.0.1.20:7444");
  EXPECT_EQ(config->join.host, "db-1");
  EXPECT_EQ(config->tls.ca, "");
}

TEST(JoinConfigTest, TakesAnAddressAndANameOfItsOwn) {
  const struct {
    const char* collector;
    const char* address;
    const char* expected;
  } cases[] = {
      {"10.0.1.20:7443", "enrol.internal:9000", "enrol.internal:9000"},
      {"10.0.1.20:7443", "enrol.internal", "enrol.internal:7444"},
      {"10.0.1.20:7443", "'[2001:db8::1]'", "[2001:db8::1]:7444"},
      {"'[2001:db8::1]:7443'", nullptr, "[2001:db8::1]:7444"},
  };
  for (const auto& each : cases) {
    std::string text = Replaced(kGood, "10.0.1.20:7443", each.collector);
    std::string join = "join:\n  token_file: /t\n  host: db_1.x\n";
    if (each.address != nullptr) join += std::string("  address: ") + each.address + "\n";
    const auto config = ParseAgentConfig(Replaced(text, kTls, join), "agent.yaml");
    ASSERT_TRUE(config.ok()) << config.status();
    EXPECT_EQ(config->join.address, each.expected);
    EXPECT_EQ(config->join.host, "db_1.x");
  }
}

TEST(JoinConfigTest, StandsInsteadOfTlsAndOneOfThemMustBeThere) {
  EXPECT_EQ(ErrorsOf(Replaced(kGood, kTls, "")),
            "agent.yaml:1: tls: is missing; it holds ca, certificate, key. Or let this host join "
            "with a token: join: {token_file: /etc/faultline/join-token}");
  EXPECT_THAT(ErrorsOf(std::string(kGood) + "join: {token_file: /t, host: db-1}\n"),
              HasSubstr("agent.yaml:22: join: stands beside tls, and only one may"));
  EXPECT_TRUE(ParseAgentConfig("checks: [{kind: unit, target: a.service}]", "agent.yaml",
                               {.needs_collector = false})
                  .ok());
}

TEST(JoinConfigTest, NamesLineFieldAndFix) {
  const struct {
    const char* join;
    const char* hostname;
    const char* error;
  } cases[] = {
      {"join: {host: db-1}", "db-1", "agent.yaml:3: join.token_file: is missing"},
      {"join: {token_file: /t, address: '1:2:3'}", "db-1",
       "agent.yaml:3: join.address: \"1:2:3\" is not host:port; write 10.0.1.20:7444"},
      {"join: {token_file: /t, host: -db}", "db-1",
       "agent.yaml:3: join.host: \"-db\" must be 1 to 63 letters"},
      {"join: {token_file: /t, token: x}", "db-1", "join.token: is not a known field"},
      {"join: {token_file: /t}", "-x.internal",
       "agent.yaml:3: join.host: is missing, and this machine's own name \"-x.internal\" cannot "
       "be taken; write host: NAME"},
      {"join: /etc/faultline/join-token", "db-1", "agent.yaml:3: join"},
  };
  for (const auto& each : cases) {
    const auto config = ParseAgentConfig(Replaced(kGood, kTls, std::string(each.join) + "\n"),
                                         "agent.yaml", {.hostname = each.hostname});
    ASSERT_FALSE(config.ok()) << each.join;
    EXPECT_THAT(config.status().message(), HasSubstr(each.error));
  }
}

TEST(AgentConfigTest, NamesLineFieldAndFixOfABadDuration) {
  EXPECT_EQ(ErrorsOf(Replaced(kGood, "500ms", "soon")),
            "agent.yaml:16: checks[2].interval: \"soon\" is not a duration; write 500ms, 2s, 5m or "
            "1h");
  EXPECT_THAT(ErrorsOf(Replaced(kGood, "500ms", "0s")), HasSubstr("is not a duration"));
}

TEST(AgentConfigTest, SuggestsTheFieldThatWasMeant) {
  EXPECT_EQ(ErrorsOf(Replaced(kGood, "state_dir:", "statedir:")),
            "agent.yaml:7: statedir: is not a known field; did you mean \"state_dir\"?");
  EXPECT_THAT(
      ErrorsOf(Replaced(kGood, "state_dir:", "weather:")),
      HasSubstr("weather: is not a known field; known: collector, join, tls, state_dir, cloud"));
}

TEST(AgentConfigTest, ShowsAllErrorsAtOnce) {
  std::string text = Replaced(kGood, "10.0.1.20:7443", "10.0.1.20");
  text = Replaced(text, "  key: /etc/faultline/tls/agent.key\n", "");
  text = Replaced(text, "500ms", "soon");
  EXPECT_EQ(ErrorsOf(text),
            "agent.yaml:2: collector.address: \"10.0.1.20\" is not host:port; write "
            "10.0.1.20:7443 or [2001:db8::1]:7443\n"
            "agent.yaml:4: tls.key: is missing\n"
            "agent.yaml:15: checks[2].interval: \"soon\" is not a duration; write 500ms, 2s, 5m or "
            "1h");
}

TEST(AgentConfigTest, RefusesAddressesWithoutAUsablePort) {
  for (const char* bad : {"'10.0.1.20:'", "10.0.1.20:0", "10.0.1.20:65536", "10.0.1.20:http",
                          ":7443", "'2001:db8::1:7443'", "'[2001:db8::1]'"}) {
    EXPECT_THAT(ErrorsOf(Replaced(kGood, "10.0.1.20:7443", bad)), HasSubstr("is not host:port"))
        << bad;
  }
}

TEST(AgentConfigTest, RefusesTheSameCheckTwiceAndNamesBothLines) {
  const std::string text = absl::StrCat(kGood, "  - kind: unit\n    target: mysql.service\n");
  EXPECT_EQ(ErrorsOf(text),
            "agent.yaml:22: checks[4]: \"unit:mysql.service\" stands on line 9 already; remove one "
            "or give it a name: of its own");
  EXPECT_TRUE(ParseAgentConfig(absl::StrCat(text, "    name: second\n"), "agent.yaml").ok());
}

TEST(AgentConfigTest, RefusesAFieldThatStandsTwice) {
  EXPECT_THAT(ErrorsOf(absl::StrCat(kGood, "    target: other\n")),
              HasSubstr("agent.yaml:22: checks[3].target: stands here twice"));
  EXPECT_THAT(ErrorsOf(absl::StrCat(kGood, "state_dir: /tmp\n")),
              HasSubstr("state_dir: stands here twice"));
}

TEST(AgentConfigTest, NamesWhatACheckLacks) {
  EXPECT_THAT(ErrorsOf(absl::StrCat(kGood, "  - kind: unit\n")),
              HasSubstr("agent.yaml:22: checks[4].target: is missing"));
  EXPECT_THAT(ErrorsOf(absl::StrCat(kGood, "  - mysql.service\n")),
              HasSubstr("checks[4]: must hold the fields kind and target"));
  EXPECT_THAT(ErrorsOf(absl::StrCat(kGood, "  - {kind: Unit, target: a}\n")),
              HasSubstr("checks[4].kind must be"));
}

TEST(AgentConfigTest, AFileCutOffAnywhereIsAnErrorOrAShorterListButNeverACrash) {
  const std::string good = kGood;
  const size_t checks_begin = good.find("mysql.service");
  for (size_t length = 0; length < good.size(); ++length) {
    const absl::StatusOr<AgentConfig> config = ParseAgentConfig(good.substr(0, length), "a.yaml");
    if (length < checks_begin) {
      EXPECT_FALSE(config.ok()) << good.substr(0, length);
    }
    if (!config.ok()) {
      EXPECT_THAT(config.status().message(), HasSubstr("a.yaml:")) << length;
    }
  }
}

TEST(AgentConfigTest, NamesTheLineOfBrokenYaml) {
  const std::string error = ErrorsOf(Replaced(kGood, "\"FATAL:\"]", "\"FATAL:"));
  EXPECT_THAT(error, HasSubstr("is not valid YAML"));
  EXPECT_THAT(error, HasSubstr("is the file complete"));
  EXPECT_THAT(ErrorsOf("collector:\n\taddress: x\n"), HasSubstr("agent.yaml:2: is not valid YAML"));
}

TEST(AgentConfigTest, RefusesWhatIsNoConfiguration) {
  EXPECT_THAT(ErrorsOf(""), HasSubstr("is empty"));
  EXPECT_THAT(ErrorsOf("# only a comment\n"), HasSubstr("is empty"));
  EXPECT_THAT(ErrorsOf("hello"), HasSubstr("must hold fields"));
  EXPECT_THAT(ErrorsOf("[1, 2]"), HasSubstr("must hold fields"));
  EXPECT_THAT(ErrorsOf(absl::StrCat(kGood, "---\na: b\n")), HasSubstr("second document"));
  EXPECT_THAT(ErrorsOf(std::string("\0\1\2\xff\xfe", 5)), HasSubstr("agent.yaml:1"));
  EXPECT_THAT(ErrorsOf(Replaced(kGood, "tls:\n", "tls: none\n#")), HasSubstr("agent.yaml:"));
}

TEST(AgentConfigTest, ATextThatTheLibraryNeverGetsOverIsAnError) {
  const auto parsed = ParseAgentConfig(", checks", "agent.yaml");
  ASSERT_FALSE(parsed.ok());
  EXPECT_NE(parsed.status().message().find("agent.yaml:1"), std::string::npos) << parsed.status();
}

TEST(AgentConfigTest, AnEmptyListOfChecksIsAnError) {
  const std::string head = std::string(kGood).substr(0, std::string(kGood).find("checks:"));
  for (const char* tail : {"", "checks:\n", "checks: []\n"}) {
    EXPECT_THAT(ErrorsOf(head + tail), HasSubstr("checks: is missing or empty")) << tail;
  }
  EXPECT_THAT(ErrorsOf(head + "checks: unit\n"), HasSubstr("checks: must be a list"));
}

TEST(AgentConfigTest, IsBounded) {
  EXPECT_THAT(ErrorsOf(std::string(2 << 20, ' ')), HasSubstr("larger than 1 MiB"));
  std::string many = std::string(kGood);
  for (int i = 0; i < 1001; ++i) absl::StrAppend(&many, "  - {kind: unit, target: a", i, "}\n");
  EXPECT_THAT(ErrorsOf(many), HasSubstr("holds 1005 checks; at most 1000 are allowed"));
  // Deep nesting must not exhaust the stack.
  EXPECT_THAT(ErrorsOf(absl::StrCat("checks: ", std::string(500'000, '['))),
              HasSubstr("agent.yaml:"));
  // Nine levels of aliases, each ten times the one before.
  std::string bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n";
  for (int i = 1; i < 10; ++i) {
    absl::StrAppend(&bomb, "a", i, ": &a", i, " [");
    for (int j = 0; j < 10; ++j) absl::StrAppend(&bomb, j == 0 ? "*a" : ",*a", i - 1);
    absl::StrAppend(&bomb, "]\n");
  }
  EXPECT_THAT(ErrorsOf(absl::StrCat(bomb, kGood, "    more: *a9\n")), HasSubstr("holds too much"));
}

TEST(AgentConfigTest, ErrorsShowNoControlCharacters) {
  EXPECT_THAT(ErrorsOf(Replaced(kGood, "500ms", "\"\\e[31mred\\n\"")), Not(HasSubstr("\x1b")));
}

class LoadAgentConfigTest : public testing::Test {
 protected:
  LoadAgentConfigTest() {
    char path[] = "/tmp/faultline-config-XXXXXX";
    directory_ = mkdtemp(path);
  }
  ~LoadAgentConfigTest() override { std::filesystem::remove_all(directory_); }

  std::string directory_;
};

TEST_F(LoadAgentConfigTest, ReadsAFile) {
  const std::string file = directory_ + "/agent.yaml";
  std::ofstream(file) << kGood;
  const absl::StatusOr<AgentConfig> config = LoadAgentConfig(file);
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->file, file);
}

TEST_F(LoadAgentConfigTest, SaysWhatIsWrongWithTheFileItself) {
  absl::Status status = LoadAgentConfig(directory_ + "/none.yaml").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(status.message(), HasSubstr(directory_ + "/none.yaml does not exist"));
  EXPECT_THAT(LoadAgentConfig(directory_).status().message(), HasSubstr("not a regular file"));
  const std::string fifo = directory_ + "/fifo";
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  EXPECT_FALSE(LoadAgentConfig(fifo).ok()) << "and it does not hang";
}

TEST_F(LoadAgentConfigTest, SaysWhoMayNotReadTheFile) {
  const std::string file = directory_ + "/agent.yaml";
  std::ofstream(file) << kGood;
  ASSERT_EQ(chmod(file.c_str(), 0), 0);
  ASSERT_EQ(chmod(directory_.c_str(), 0755), 0);
  // Root may read every file, so for this look it is nobody.
  const uid_t user = geteuid();
  if (user == 0) {
    ASSERT_EQ(seteuid(65534), 0);
  }
  const absl::Status status = LoadAgentConfig(file).status();
  if (user == 0) {
    ASSERT_EQ(seteuid(user), 0);
  }
  EXPECT_EQ(status.code(), absl::StatusCode::kPermissionDenied) << status;
  EXPECT_THAT(status.message(), HasSubstr("chmod 640"));
}

}  // namespace
}  // namespace faultline::config
