#include "agent/init/agent_yaml.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/yaml/node.h"

namespace faultline::init {
namespace {

using testing::HasSubstr;

TEST(YamlScalarTest, WhateverTheTextIsItIsReadBack) {
  for (const std::string text : {"plain",
                                 "/var/log/x.log",
                                 "10.0.0.1:3306",
                                 "https://a.example/",
                                 "a: b",
                                 "a #b",
                                 "#",
                                 "- a",
                                 "-a",
                                 "*x",
                                 "&x",
                                 "!x",
                                 "[a]",
                                 "{a}",
                                 "a, b",
                                 "'",
                                 "\"",
                                 "\\",
                                 "true",
                                 "NO",
                                 "null",
                                 "~",
                                 "a:",
                                 ":a",
                                 "%x",
                                 "@x",
                                 "`",
                                 "1",
                                 "0x1",
                                 "",
                                 " a ",
                                 "\xc3\xa9",
                                 "?",
                                 "a}b",
                                 "x]",
                                 "\\n"}) {
    for (const std::string& line :
         {"k: " + YamlScalar(text),
          "k: {a: " + YamlScalar(text) + ", b: [" + YamlScalar(text) + "]}",
          "- " + YamlScalar(text)}) {
      const auto node = yaml::Parse(line, "f");
      ASSERT_TRUE(node.ok()) << line << " " << node.status();
      const yaml::Node& value = node->is_list() ? node->items.at(0) : node->fields.at(0).second;
      EXPECT_EQ(value.is_map() ? value.fields.at(0).second.scalar : value.scalar, text) << line;
      if (value.is_map()) {
        EXPECT_EQ(value.fields.at(1).second.items.at(0).scalar, text);
      }
    }
  }
  EXPECT_EQ(YamlScalar("a\nb\x01"), "\"a b \"");
  EXPECT_EQ(YamlScalar("cron.service"), "cron.service");
}

TEST(AgentYamlTest, EveryLineSaysWhereItWasSeen) {
  Plan plan;
  plan.collector = {{"address", "10.0.1.20:7443", "from --collector"}};
  plan.join = {{"token_file", "/etc/faultline/join-token", "by default"}};
  plan.roles = {{"db", "systemd: /x"}};
  plan.database = {{"unit", "mariadb.service", "systemd: /x"},
                   {"password_file", "/p", "nobody knows", /*known=*/false}};
  plan.disable = {{"bootstrap:cloud-init", "there is none"}};
  plan.checks = {{"http",
                  "https://a.example/",
                  {{"status", "302", true}, {"subject", "site"}},
                  "nginx: n:1\nchecks: []"}};
  EXPECT_EQ(
      AgentYaml(plan, "Head\nline"),
      "# Head line\n"
      "# Behind each line stands where it was seen. What is commented out could not be known.\n"
      "collector:\n"
      "  address: 10.0.1.20:7443   # from --collector\n"
      "join:\n"
      "  token_file: /etc/faultline/join-token   # by default\n"
      "role: db   # systemd: /x\n"
      "database:\n"
      "  unit: mariadb.service   # systemd: /x\n"
      "  # password_file: /p   # nobody knows\n"
      "disable:   # of the roles' checks\n"
      "  - bootstrap:cloud-init   # there is none\n"
      "checks:   # beside the roles' own\n"
      "  - {kind: http, target: https://a.example/, status: [302], subject: site}   # nginx: "
      "n:1 checks: []\n");
}

TEST(AgentYamlTest, SeveralRolesAreAListAndASectionOfUnknownsIsAComment) {
  Plan plan;
  plan.collector = {{"address", "c:7443", "where is it?", /*known=*/false}};
  plan.roles = {{"db", "a"}, {"collector", "b"}};
  const std::string text = AgentYaml(plan, "x");
  EXPECT_THAT(text, HasSubstr("# collector:\n  # address: c:7443   # where is it?\n"));
  EXPECT_THAT(text, HasSubstr("role:\n  - db   # a\n  - collector   # b\n"));
}

}  // namespace
}  // namespace faultline::init
