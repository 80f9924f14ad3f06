#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/checks/registry.h"

namespace faultline::checks {
namespace {

using testing::HasSubstr;

config::AgentConfig Parse(const std::string& checks) {
  absl::StatusOr<config::AgentConfig> config = config::ParseAgentConfig(
      "collector: {address: 'c:7443'}\ntls: {ca: /a, certificate: /b, key: /c}\nchecks:\n" + checks,
      "agent.yaml");
  EXPECT_TRUE(config.ok()) << config.status();
  return config.ok() ? *config : config::AgentConfig();
}

std::string ErrorsOf(const std::string& checks) {
  return std::string(ValidateChecks(Parse(checks)).message());
}

// A kind that exists in this test only.
CheckKind Sample() {
  CheckKind kind;
  kind.kind = "sample";
  kind.default_interval = Span::Seconds(5);
  kind.options = {{.name = "text", .default_value = "some text"},
                  {.name = "list", .type = OptionType::kStringList, .default_value = "[a, b]"},
                  {.name = "wait", .type = OptionType::kDuration, .default_value = "2s"},
                  {.name = "count", .type = OptionType::kInteger, .default_value = "7"},
                  {.name = "really", .type = OptionType::kBool, .default_value = "true"},
                  {.name = "nothing"}};
  return kind;
}

config::CheckConfig SampleConfig(const std::string& more) {
  return Parse("  - {kind: sample, target: x" + more + "}\n").checks.at(0);
}

TEST(RegistryTest, HoldsTheKindsSortedByNameEachWithItsDeclaration) {
  std::string last;
  for (const CheckKind* kind : AllCheckKinds()) {
    SCOPED_TRACE(kind->kind);
    EXPECT_LT(last, kind->kind);
    last = kind->kind;
    EXPECT_FALSE(kind->help.empty());
    EXPECT_FALSE(kind->target_help.empty());
    EXPECT_FALSE(kind->rights.empty());
    EXPECT_TRUE(kind->make != nullptr);
    EXPECT_FALSE(kind->reasons.empty());
    for (const OptionDeclaration& option : kind->options) {
      EXPECT_FALSE(option.help.empty()) << option.name;
      EXPECT_LE(option.min, option.max) << option.name;
    }
    EXPECT_EQ(FindCheckKind(kind->kind), kind);
  }
  ASSERT_NE(FindCheckKind("unit"), nullptr);
  EXPECT_EQ(FindCheckKind("nonsense"), nullptr);
}

TEST(ValidateChecksTest, AcceptsWhatTheKindDeclares) {
  EXPECT_TRUE(ValidateChecks(Parse("  - {kind: unit, target: mysql.service}\n")).ok());
}

TEST(ValidateChecksTest, WhatTheWireDoesNotCarryIsAnErrorHere) {
  EXPECT_EQ(ErrorsOf("  - {kind: certificate, target: /x.pem, interval: 8d}\n"),
            "agent.yaml:4: checks[0].interval: 8d is too long; write 7d or less");
  EXPECT_EQ(ErrorsOf("  - {kind: certificate, target: /x.pem, interval: 7d}\n"), "");
  EXPECT_THAT(ErrorsOf("  - {kind: certificate, target: /x.pem, interval: 999d}\n"),
              HasSubstr("is too long"));
  EXPECT_THAT(
      ErrorsOf("  - {kind: unit, target: a.service, subject: " + std::string(65, 'x') + "}\n"),
      HasSubstr("checks[0].subject: 65 bytes; write at most 64"));
  // A role's target may come from the host, which no reader of the file has seen.
  config::AgentConfig config = Parse("  - {kind: log, target: /a.log}\n");
  config.checks[0].id.target = "/var/log/caf\xe9.log";
  EXPECT_THAT(std::string(ValidateChecks(config).message()),
              HasSubstr("checks[0].target: must be 1 to 256 bytes of printable UTF-8"));
}

TEST(ValidateChecksTest, ErrorsOfFileAndChecksComeTogetherInTheFilesOrder) {
  const auto parsed = config::ParseAgentConfig(
      "collector: {address: 999.1.1.1:7443}\ntls: {ca: a, certificate: /b, key: /c}\nchecks:\n"
      "  - {kind: certificate, target: /x.pem, warn: 1d, critical: 2d}\n"
      "  - {kind: unit}\n"
      "  - {kind: disk, target: /, warn_free: 1GiB, critical_free: 2GiB}\n"
      "  - {kind: port, target: '1.2.3.4.5:80'}\n",
      "agent.yaml", {.judge_checks = &NoteErrors});
  EXPECT_EQ(
      std::string(parsed.status().message()),
      "agent.yaml:1: collector.address: \"999.1.1.1:7443\" is not host:port; write "
      "10.0.1.20:7443 or [2001:db8::1]:7443\n"
      "agent.yaml:2: tls.ca: is not an absolute path; write it from / on\n"
      "agent.yaml:4: checks[0].critical: 2d is above warn (24h); both are what is left, so write "
      "less\n"
      "agent.yaml:5: checks[1].target: is missing\n"
      "agent.yaml:6: checks[2].critical_free: is above warn_free; both are what is left, so "
      "write less\n"
      "agent.yaml:7: checks[3].target: \"1.2.3.4.5\" is neither a host name nor an address; "
      "write host:port like 10.0.2.10:3306, db.internal:3306 or [::1]:3306");
}

TEST(ValidateChecksTest, AnUnknownKindIsNamedWithTheOneThatWasMeant) {
  EXPECT_EQ(ErrorsOf("  - {kind: unti, target: a.service}\n"),
            "agent.yaml:4: checks[0].kind: \"unti\" is not a kind of check; did you mean "
            "\"unit\"?");
  EXPECT_THAT(ErrorsOf("  - {kind: weather, target: x}\n"), HasSubstr("known: "));
}

TEST(ValidateChecksTest, AnUnknownOptionIsNamedWithTheOneThatWasMeant) {
  EXPECT_EQ(ErrorsOf("  - kind: unit\n    target: a.service\n    subjct: x\n"),
            "agent.yaml:6: checks[0].subjct: unit checks have no such field; did you mean "
            "\"subject\"?");
}

TEST(ValidateChecksTest, AKindThatIsToldByTheSystemTakesNoInterval) {
  EXPECT_THAT(ErrorsOf("  - {kind: unit, target: a.service, interval: 2s}\n"),
              HasSubstr("checks[0].interval: unit checks are told by the system"));
}

TEST(ValidateChecksTest, ABadTargetIsRefusedWithTheFormToWrite) {
  for (const char* bad : {"mysql", "mysql.exe", "'my sql.service'", "'../a.service'", "'.service'",
                          "'a;b.service'"}) {
    EXPECT_THAT(ErrorsOf(std::string("  - {kind: unit, target: ") + bad + "}\n"),
                HasSubstr("checks[0].target: "))
        << bad;
  }
  for (const char* good : {"mysql.service", "'getty@tty1.service'", "mysqld.socket",
                           "'dev-disk-by\\x2dlabel.mount'"}) {
    EXPECT_EQ(ErrorsOf(std::string("  - {kind: unit, target: ") + good + "}\n"), "") << good;
  }
}

TEST(ValidateChecksTest, ShowsTheErrorsOfAllChecksAtOnce) {
  const std::string errors =
      ErrorsOf("  - {kind: unit, target: mysql}\n  - {kind: unti, target: x}\n");
  EXPECT_THAT(errors, HasSubstr("agent.yaml:4: checks[0].target"));
  EXPECT_THAT(errors, HasSubstr("\nagent.yaml:5: checks[1].kind"));
}

TEST(OptionsTest, GiveTheDefaultOrWhatIsConfigured) {
  const CheckKind kind = Sample();
  const config::CheckConfig empty = SampleConfig("");
  EXPECT_EQ(StringOption(empty, kind, "text"), "some text");
  EXPECT_EQ(StringListOption(empty, kind, "list"), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(DurationOption(empty, kind, "wait"), Span::Seconds(2));
  EXPECT_EQ(IntegerOption(empty, kind, "count"), 7);
  EXPECT_TRUE(BoolOption(empty, kind, "really"));
  EXPECT_EQ(StringOption(empty, kind, "nothing"), "");
  EXPECT_EQ(StringListOption(empty, kind, "nothing"), std::vector<std::string>());
  EXPECT_EQ(IntervalOf(empty, kind), Span::Seconds(5));

  const config::CheckConfig full =
      SampleConfig(", text: t, list: [c], wait: 5m, count: -3, really: off, interval: 1s");
  EXPECT_EQ(StringOption(full, kind, "text"), "t");
  EXPECT_EQ(StringListOption(full, kind, "list"), std::vector<std::string>{"c"});
  EXPECT_EQ(DurationOption(full, kind, "wait"), Span::Seconds(300));
  EXPECT_EQ(IntegerOption(full, kind, "count"), -3);
  EXPECT_FALSE(BoolOption(full, kind, "really"));
  EXPECT_EQ(IntervalOf(full, kind), Span::Seconds(1));
}

TEST(OptionsTest, AScalarServesAsAListOfOne) {
  EXPECT_EQ(StringListOption(SampleConfig(", list: only"), Sample(), "list"),
            std::vector<std::string>{"only"});
}

}  // namespace
}  // namespace faultline::checks
