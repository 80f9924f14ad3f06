#include "collector/config/config.h"

#include <fstream>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "tests/fakes/temp_directory.h"

namespace faultline::config {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

constexpr char kTls[] = "tls: {ca: /x/ca.crt, certificate: /x/c.crt, key: /x/c.key}\n";

std::string Error(const std::string& text) {
  const auto parsed = ParseCollectorConfig(text, "collector.yaml");
  EXPECT_TRUE(absl::IsInvalidArgument(parsed.status())) << text << "\n" << parsed.status();
  return std::string(parsed.status().message());
}

// Of a configuration that has `rest` after its TLS files.
std::string ErrorOf(const std::string& rest) { return Error(kTls + rest); }

TEST(CollectorConfigTest, ReadsEveryField) {
  const auto parsed = ParseCollectorConfig(R"(listen:
  agents: 10.0.1.20:9443
  http: "[::1]:9480"
tls:
  ca: /etc/faultline/tls/ca.crt
  certificate: /etc/faultline/tls/collector.crt
  key: /etc/faultline/tls/collector.key
store:
  path: /data/faultline.db
notify:
  - name: pager
    webhook:
      url: https://user:pass@hooks.example/T0?token=x
      timeout: 5s
  - {name: chat, webhook: {url: "http://127.0.0.1:9099/hook"}}
display:
  timezone: Europe/Berlin
  url: https://faultline.example/
heartbeat: 500ms
grace:
  restart: 45s
  upgrade: 20m
  reboot: 3m
)",
                                           "collector.yaml");
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(parsed->file, "collector.yaml");
  EXPECT_EQ(parsed->listen_agents, "10.0.1.20:9443");
  EXPECT_EQ(parsed->listen_http, "[::1]:9480");
  EXPECT_EQ(parsed->tls_ca, "/etc/faultline/tls/ca.crt");
  EXPECT_EQ(parsed->tls_certificate, "/etc/faultline/tls/collector.crt");
  EXPECT_EQ(parsed->tls_key, "/etc/faultline/tls/collector.key");
  EXPECT_EQ(parsed->store_path, "/data/faultline.db");
  ASSERT_THAT(parsed->webhooks, SizeIs(2));
  EXPECT_EQ(parsed->webhooks[0].name, "pager");
  EXPECT_EQ(parsed->webhooks[0].url, "https://user:pass@hooks.example/T0?token=x");
  EXPECT_EQ(parsed->webhooks[0].timeout, Span::Seconds(5));
  EXPECT_EQ(parsed->webhooks[1].name, "chat");
  EXPECT_EQ(parsed->webhooks[1].timeout, Span::Seconds(10));
  EXPECT_EQ(parsed->timezone, "Europe/Berlin");
  EXPECT_EQ(parsed->display_url, "https://faultline.example");
  EXPECT_EQ(parsed->heartbeat, Span::Millis(500));
  EXPECT_EQ(parsed->grace_restart, Span::Seconds(45));
  EXPECT_EQ(parsed->grace_upgrade, Span::Seconds(1200));
  EXPECT_EQ(parsed->grace_reboot, Span::Seconds(180));
}

TEST(CollectorConfigTest, TheTlsFilesAreAllThatMustBeSaid) {
  const auto parsed = ParseCollectorConfig(kTls, "collector.yaml");
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(parsed->listen_agents, "0.0.0.0:7443");
  EXPECT_EQ(parsed->listen_http, "127.0.0.1:7480");
  EXPECT_EQ(parsed->store_path, "/var/lib/faultline/collector/faultline.db");
  EXPECT_EQ(parsed->store_keep, Span::Seconds(30 * 86400));
  EXPECT_EQ(parsed->store_max_bytes, int64_t{2} << 30);
  EXPECT_THAT(parsed->webhooks, SizeIs(0));
  EXPECT_EQ(parsed->heartbeat, Span::Seconds(1));
  EXPECT_EQ(parsed->grace_restart, Span::Seconds(30));
  EXPECT_EQ(parsed->grace_silent_host, Span::Seconds(30));
  EXPECT_FALSE(parsed->is_authority());
  EXPECT_EQ(Error("tls: {}\nheartbeat: 1s\n"),
            "collector.yaml:1: tls.ca: is missing\n"
            "collector.yaml:1: tls.certificate: is missing\n"
            "collector.yaml:1: tls.key: is missing");
}

TEST(CollectorConfigTest, AHostIsForgottenAfterATimeOrNever) {
  const auto read = [](const std::string& hosts) {
    const auto parsed =
        ParseCollectorConfig(std::string(kTls) + "hosts: {" + hosts + "}\n", "collector.yaml");
    EXPECT_TRUE(parsed.ok()) << parsed.status();
    return parsed.ok() ? parsed->forget_after : Span{-1};
  };
  EXPECT_EQ(read(""), Span::Seconds(7 * 86'400));
  EXPECT_EQ(read("forget_after: 30d"), Span::Seconds(30 * 86'400));
  EXPECT_EQ(read("forget_after: off"), Span{});
  EXPECT_EQ(read("forget_after: \"off\""), Span{});
  EXPECT_THAT(ErrorOf("hosts: {forget_after: 1m}"), HasSubstr("hosts.forget_after"));
  EXPECT_THAT(ErrorOf("hosts: {forget_after: never}"), HasSubstr("is not a duration"));
}

TEST(CollectorConfigTest, WithoutTlsFilesTheCollectorIsTheAuthority) {
  const auto parsed = ParseCollectorConfig("heartbeat: 1s\n", "collector.yaml");
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_TRUE(parsed->is_authority());
  EXPECT_EQ(parsed->listen_enrolment, "0.0.0.0:7444");
  EXPECT_EQ(parsed->authority.directory, "/var/lib/faultline/collector/authority");
  EXPECT_EQ(parsed->authority.certificate_life, Span::Seconds(48 * 3600));
  EXPECT_EQ(parsed->authority.renew_expired, Span::Seconds(7 * 86400));
  EXPECT_EQ(parsed->OperatorKeyFile(), "/var/lib/faultline/collector/operator.key");
}

TEST(CollectorConfigTest, ReadsTheAuthoritysFields) {
  const auto parsed = ParseCollectorConfig(R"(listen: {enrolment: "[::1]:9444"}
authority:
  directory: /data/authority/
  certificate_life: 7d
  renew_expired: 1d
  tokens:
    - {file: /run/db.token, stack: shop, env: prod, roles: [db]}
    - {file: /run/app.token, stack: shop, env: prod, roles: [app, outside], uses: 20, ttl: 30d, replace: true}
operator: {key_file: /data/operator.key}
)",
                                           "collector.yaml");
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(parsed->listen_enrolment, "[::1]:9444");
  EXPECT_EQ(parsed->authority.directory, "/data/authority");
  EXPECT_EQ(parsed->authority.certificate_life, Span::Seconds(7 * 86400));
  EXPECT_EQ(parsed->authority.renew_expired, Span::Seconds(86400));
  EXPECT_EQ(parsed->OperatorKeyFile(), "/data/operator.key");
  ASSERT_THAT(parsed->authority.tokens, SizeIs(2));
  const TokenSource& db = parsed->authority.tokens[0];
  EXPECT_EQ(db.file + " " + db.stack + " " + db.env + " " + db.roles.at(0),
            "/run/db.token shop prod db");
  EXPECT_EQ(db.uses, 1);
  EXPECT_EQ(db.ttl, Span::Seconds(86400));
  EXPECT_FALSE(db.replace);
  const TokenSource& app = parsed->authority.tokens[1];
  EXPECT_EQ(app.uses, 20);
  EXPECT_EQ(app.ttl, Span::Seconds(30 * 86400));
  EXPECT_TRUE(app.replace);
}

TEST(CollectorConfigTest, AnAuthorityOfYourOwnAndTheCollectorsDoNotGoTogether) {
  EXPECT_THAT(ErrorOf("authority: {certificate_life: 1d}\n"),
              HasSubstr("authority: goes together"));
  EXPECT_THAT(ErrorOf("listen: {enrolment: 0.0.0.0:7444}\n"), HasSubstr("listen.enrolment: goes"));
}

TEST(CollectorConfigTest, TheAuthoritysErrorsNameFieldAndFix) {
  EXPECT_THAT(Error("listen: {enrolment: nonsense}\n"), HasSubstr("listen.enrolment: "));
  EXPECT_THAT(Error("authority: {certificate_life: 1m}\n"),
              HasSubstr("authority.certificate_life: "));
  EXPECT_THAT(Error("authority: {tokens: yes}\n"), HasSubstr("authority.tokens: must be a list"));
  const auto token = [](const std::string& fields) {
    return Error("authority: {tokens: [{" + fields + "}]}\n");
  };
  EXPECT_THAT(token("file: /t, stack: shop, env: prod, roles: []"),
              HasSubstr("authority.tokens[0].roles: must be a list"));
  const std::string rest = ", stack: shop, env: prod, roles: [db]";
  EXPECT_THAT(token("file: /t, stack: shop, env: prod, roles: [admin]"),
              HasSubstr("tokens[0].roles: "));
  EXPECT_THAT(token("file: /t, stack: a/b, env: prod, roles: [db]"),
              HasSubstr("tokens[0].stack: "));
  EXPECT_THAT(token("file: /t, uses: 0" + rest), HasSubstr("tokens[0].uses: "));
  EXPECT_THAT(token("file: /t, ttl: 1s" + rest), HasSubstr("tokens[0].ttl: "));
  EXPECT_THAT(token("file: /t, replace: maybe" + rest), HasSubstr("tokens[0].replace: "));
  const std::string leaked = token("file: ftok.abcdefghij.abcdefghijklmnopqrstuvwxyz" + rest);
  EXPECT_THAT(leaked, HasSubstr("is the token itself"));
  EXPECT_THAT(leaked, Not(HasSubstr("klmnopqrst")));
}

TEST(CollectorConfigTest, PeoplesPortStaysOnLoopback) {
  for (const char* good : {"127.0.0.1:7480", "127.1.2.3:0", "localhost:80", "'[::1]:7480'"}) {
    const auto parsed =
        ParseCollectorConfig(std::string(kTls) + "listen: {http: " + good + "}", "collector.yaml");
    EXPECT_TRUE(parsed.ok()) << good << parsed.status();
  }
  for (const char* bad :
       {"0.0.0.0:7480", "10.0.1.20:7480", "'[::]:7480'", "127.evil.example:7480"}) {
    const std::string error = ErrorOf(std::string("listen:\n  http: ") + bad);
    EXPECT_THAT(error, HasSubstr("collector.yaml:3: listen.http: "));
    EXPECT_THAT(error, HasSubstr("is not loopback; this port has no TLS"));
    EXPECT_THAT(error, HasSubstr("Write 127.0.0.1:7480"));
  }
}

TEST(CollectorConfigTest, AddressesNeedAPort) {
  for (const char* bad : {"127.0.0.1", ":7443", "h:", "h:x", "h:70000", "'::1:7443'", "'[]:1'",
                          "'[::1:7443'", "h:-1", "h:+1", "h: 1:2"}) {
    EXPECT_THAT(Error(std::string(kTls) + "listen: {agents: " + bad + "}"),
                HasSubstr("collector.yaml:"))
        << bad;
  }
  EXPECT_THAT(ErrorOf("listen: {agents: somewhere}"),
              HasSubstr("listen.agents: \"somewhere\" is not host:port; write 0.0.0.0:7443 or "
                        "[::1]:7443"));
}

TEST(CollectorConfigTest, EveryListenerHasAPortOfItsOwn) {
  EXPECT_EQ(Error("listen:\n  agents: 0.0.0.0:7444\n"),
            "collector.yaml:2: listen.agents: \"0.0.0.0:7444\" takes the port of listen.enrolment "
            "(0.0.0.0:7444); give each a port of its own");
  EXPECT_EQ(Error("listen:\n  agents: 127.0.0.1:9000\n  http: localhost:9000\n"),
            "collector.yaml:3: listen.http: \"localhost:9000\" takes the port of listen.agents "
            "(127.0.0.1:9000); give each a port of its own");
  const std::string zero =
      "listen: {agents: 127.0.0.1:0, enrolment: 127.0.0.1:0, http: 127.0.0.1:0}";
  EXPECT_TRUE(ParseCollectorConfig(zero, "c").ok());
  // With certificates of your own nothing listens for hosts that join.
  EXPECT_TRUE(ParseCollectorConfig(std::string(kTls) + "listen: {agents: 0.0.0.0:7444}", "c").ok());
}

TEST(CollectorConfigTest, TheHistoryIsBoundedInTimeAndSize) {
  EXPECT_THAT(Error("store: {max_size: 2GB}"),
              HasSubstr("store.max_size: \"2GB\" is not a size of at least 64MiB; write 2GiB"));
  EXPECT_THAT(Error("store: {max_size: 1MiB}"), HasSubstr("store.max_size: "));
  EXPECT_THAT(Error("store: {keep: 1h}"), HasSubstr("store.keep: \"1h\" is out of range"));
  const auto parsed = ParseCollectorConfig("store: {keep: 7d, max_size: 512MiB}", "collector.yaml");
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(parsed->store_keep, Span::Seconds(7 * 86400));
  EXPECT_EQ(parsed->store_max_bytes, int64_t{512} << 20);
}

TEST(CollectorConfigTest, PathsAreAbsolute) {
  const std::string why = ": is not an absolute path; write it from / on";
  for (const auto& [text, field] :
       {std::pair{"store: {path: faultline.db}", "store.path"},
        {"operator: {key_file: k}", "operator.key_file"},
        {"authority: {directory: ca}", "authority.directory"},
        {"authority: {tokens: [{file: t, stack: s, env: e}]}", "authority.tokens[0].file"},
        {"tls: {ca: x, certificate: /c, key: /k}", "tls.ca"}}) {
    EXPECT_THAT(Error(text), HasSubstr(field + why)) << text;
  }
}

TEST(CollectorConfigTest, OneTokenFileMakesOneToken) {
  EXPECT_THAT(Error("authority:\n  tokens:\n  - {file: /t, stack: s, env: a}\n"
                    "  - {file: /t, stack: s, env: b}\n"),
              HasSubstr("collector.yaml:4: authority.tokens[1].file: \"/t\" stands in "
                        "authority.tokens[0] already"));
}

TEST(CollectorConfigTest, TheBaseOfLinksHoldsNoSecretAndAPortThatThereIs) {
  for (const char* bad : {"http://user:secret@h", "http://h:99999", "http://h/?a", "http://h/#a",
                          "http://999.1.1.1"}) {
    const std::string error = ErrorOf(std::string("display:\n  url: '") + bad + "'\n");
    EXPECT_THAT(error, HasSubstr("collector.yaml:3: display.url: is not the base of a link: it "));
    EXPECT_THAT(error, Not(HasSubstr("secret")));
  }
}

TEST(CollectorConfigTest, AWebhooksUrlIsCheckedAndNeverShown) {
  for (const char* bad :
       {"ftp://h/secret", "https://", "http://:80/secret", "h/secret", "'http://h/a secret'",
        "http://user:secret@/x", "file:///secret", "http://h:99999/secret"}) {
    const std::string error =
        ErrorOf(std::string("notify:\n  - name: pager\n    webhook:\n      url: ") + bad);
    EXPECT_THAT(error, HasSubstr("collector.yaml:5: notify[0].webhook.url: is not a URL")) << bad;
    EXPECT_THAT(error, Not(HasSubstr("secret")));
  }
}

TEST(CollectorConfigTest, NotifiersNeedANameOfTheirOwn) {
  EXPECT_THAT(ErrorOf("notify:\n  - name: a\n    webhook: {url: \"http://h\"}\n"
                      "  - name: a\n    webhook: {url: \"http://h\"}\n"),
              HasSubstr("collector.yaml:5: notify[1].name: \"a\" is taken by an entry above"));
  EXPECT_THAT(ErrorOf("notify:\n  - webhook: {url: \"http://h\"}\n"),
              HasSubstr("collector.yaml:3: notify[0].name: is missing"));
  EXPECT_THAT(ErrorOf("notify:\n  - {name: \"a b\", webhook: {url: \"http://h\"}}\n"),
              HasSubstr("must be 1 to 64 letters"));
  EXPECT_THAT(ErrorOf("notify:\n  - name: a\n"), HasSubstr("notify[0].webhook.url: is missing"));
  EXPECT_THAT(ErrorOf("notify: {name: a}\n"), HasSubstr("notify: must be a list"));
  EXPECT_THAT(ErrorOf("notify:\n  - pager\n"), HasSubstr("notify[0]: must hold the fields"));
  EXPECT_THAT(ErrorOf("notify:\n  -\n"), HasSubstr("notify[0]: is empty"));
  EXPECT_TRUE(ParseCollectorConfig(std::string(kTls) + "notify:\n", "c").ok());
  EXPECT_TRUE(ParseCollectorConfig(std::string(kTls) + "notify: []\n", "c").ok());
}

TEST(CollectorConfigTest, TheTimezoneMustBeOneOfTheTzDatabase) {
  for (const char* bad : {"Europe/Nowhere", "/etc/passwd", "../../etc/passwd", "'Europe/Berlin '",
                          "file:x", "localtime", "Factory", "posixrules", "posix/Europe/Berlin",
                          "right/Europe/Berlin", "tzdata.zi", "Europe"}) {
    EXPECT_THAT(ErrorOf(std::string("display: {timezone: ") + bad + "}"),
                HasSubstr("is not a time zone"))
        << bad;
  }
  EXPECT_THAT(
      ErrorOf("display: {timezone: Europe//Berlin}"),
      HasSubstr("collector.yaml:2: display.timezone: \"Europe//Berlin\" is not a time zone; "
                "did you mean \"Europe/Berlin\"?"));
  EXPECT_THAT(ErrorOf("display: {timezone: Etc/GMT+2}"),
              HasSubstr("\"Etc/GMT+2\" reads the wrong way round"));
  EXPECT_TRUE(ParseCollectorConfig(std::string(kTls) + "display: {timezone: UTC}", "c").ok());
}

TEST(CollectorConfigTest, DurationsHaveBounds) {
  EXPECT_THAT(ErrorOf("heartbeat: 10ms"),
              HasSubstr("collector.yaml:2: heartbeat: \"10ms\" is out of range; 100ms to 5m"));
  EXPECT_THAT(ErrorOf("grace: {silent_host: 2d}"), HasSubstr("grace.silent_host"));
  EXPECT_THAT(ErrorOf("grace: {restart: forever}"),
              HasSubstr("grace.restart: \"forever\" is not a duration"));
}

TEST(CollectorConfigTest, ASilentHostMayNeverPage) {
  for (const char* off : {"0", "off", "0s"}) {
    const auto parsed = ParseCollectorConfig(
        std::string(kTls) + "grace: {silent_host: " + off + "}", "collector.yaml");
    ASSERT_TRUE(parsed.ok()) << parsed.status();
    EXPECT_EQ(parsed->grace_silent_host, Span{}) << off;
  }
  const auto parsed =
      ParseCollectorConfig(std::string(kTls) + "grace: {silent_host: 2m}", "collector.yaml");
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(parsed->grace_silent_host, Span::Seconds(120));
}

TEST(CollectorConfigTest, AllErrorsAreToldAtOnce) {
  const std::string error =
      Error("listne: {}\nheartbeat: x\nlisten: {http: 0.0.0.0:1}\ntls: {ca: /x}\n");
  EXPECT_THAT(error, HasSubstr("collector.yaml:1: listne: is not a known field; did you mean "
                               "\"listen\"?"));
  EXPECT_THAT(error, HasSubstr("collector.yaml:2: heartbeat"));
  EXPECT_THAT(error, HasSubstr("collector.yaml:3: listen.http"));
  EXPECT_THAT(error, HasSubstr("tls.key: is missing"));
}

TEST(CollectorConfigTest, WhatIsNoConfigurationIsSaidPlainly) {
  EXPECT_THAT(Error(""), HasSubstr("collector.yaml:1: is empty"));
  EXPECT_THAT(Error("just text"), HasSubstr("must hold the fields listen, tls"));
  EXPECT_THAT(Error("- a\n- b"), HasSubstr("must hold the fields listen, tls"));
  EXPECT_THAT(Error("tls: {ca: x, certif"), HasSubstr("is not valid YAML"));
}

TEST(LoadCollectorConfigTest, NamesTheTlsFileThatIsNotThere) {
  fakes::TempDirectory directory;
  const std::string file = directory / "collector.yaml";
  for (const char* name : {"ca", "certificate"}) std::ofstream(directory / name) << "x";
  std::ofstream(file) << "tls:\n  ca: " << directory / "ca"
                      << "\n  certificate: " << directory / "certificate"
                      << "\n  key: " << directory / "key"
                      << "\n";
  const auto missing = LoadCollectorConfig(file);
  EXPECT_EQ(
      std::string(missing.status().message()),
      file + ":4: tls.key: " + (directory / "key") + " cannot be read: No such file or directory");
  std::ofstream(directory / "key") << "x";
  EXPECT_TRUE(LoadCollectorConfig(file).ok());
  EXPECT_TRUE(absl::IsNotFound(LoadCollectorConfig(directory / "none.yaml").status()));
}

TEST(NotifyKeysTest, HowOftenAndHowManyAtOnceMayBeSaid) {
  const auto parse = [](const std::string& entry, const std::string& webhook) {
    return ParseCollectorConfig(absl::StrCat("notify:\n  - {name: a", entry,
                                             ", webhook: {url: \"http://h\"", webhook, "}}\n"),
                                "collector.yaml");
  };
  auto parsed = parse("", "");
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(parsed->webhooks[0].repeat, Span::Seconds(4 * 3600));
  EXPECT_EQ(parsed->webhooks[0].at_once, 4u);
  parsed = parse(", repeat: 30m", ", at_once: 1");
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(parsed->webhooks[0].repeat, Span::Seconds(1800));
  EXPECT_EQ(parsed->webhooks[0].at_once, 1u);
  for (const char* never : {"off", "0", "false"}) {
    parsed = parse(absl::StrCat(", repeat: ", never), "");
    ASSERT_TRUE(parsed.ok()) << parsed.status();
    EXPECT_EQ(parsed->webhooks[0].repeat, Span{}) << never;
  }
  EXPECT_THAT(std::string(parse(", repeat: 1s", "").status().message()),
              HasSubstr("collector.yaml:2: notify[0].repeat: \"1s\" is out of range"));
  for (const char* wrong : {"0", "33", "many"}) {
    EXPECT_THAT(std::string(parse("", absl::StrCat(", at_once: ", wrong)).status().message()),
                HasSubstr("is not a number from 1 to 32"))
        << wrong;
  }
}

}  // namespace
}  // namespace faultline::config
