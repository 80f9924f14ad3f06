#include "agent/init/nginx_syntax.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace faultline::init {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(NginxSyntaxTest, ReadsDirectivesBlocksAndTheirLines) {
  const NginxText text = ParseNginx(
      "user www-data;\n"
      "http {\n"
      "  # a comment; { not read }\n"
      "  server {\n"
      "    listen 443 ssl; server_name a.example\n"
      "      b.example;\n"
      "  }\n"
      "}\n",
      "/etc/nginx/nginx.conf");
  EXPECT_EQ(text.error, "");
  ASSERT_EQ(text.directives.size(), 2U);
  EXPECT_EQ(text.directives[0].where(), "nginx: /etc/nginx/nginx.conf:1");
  const NginxDirective& server = text.directives[1].block.at(0);
  EXPECT_EQ(server.line, 4);
  EXPECT_THAT(server.block.at(0).arguments, ElementsAre("443", "ssl"));
  EXPECT_THAT(server.block.at(1).arguments, ElementsAre("a.example", "b.example"));
}

TEST(NginxSyntaxTest, ReadsQuotesEscapesAndVariables) {
  const NginxText text = ParseNginx(
      R"(log_format x '$a "b" ; {' "c\"d" ${e}f g#h; if ($i = "}") { return 301 https://$j$k; })",
      "f");
  EXPECT_EQ(text.error, "");
  EXPECT_THAT(text.directives.at(0).arguments,
              ElementsAre("x", "$a \"b\" ; {", "c\"d", "${e}f", "g#h"));
  EXPECT_THAT(text.directives.at(1).arguments, ElementsAre("($i", "=", "}", ")"));
  EXPECT_THAT(text.directives.at(1).block.at(0).arguments, ElementsAre("301", "https://$j$k"));
}

TEST(NginxSyntaxTest, SkipsLua) {
  const NginxText text = ParseNginx(
      "content_by_lua_block {\n local a = {b = \"}\\\"}\"} -- don't }\n if x then y() end\n}\n"
      "listen 80;",
      "f");
  EXPECT_EQ(text.directives.size(), 2U) << text.error;
  EXPECT_EQ(text.directives.back().line, 5);
}

TEST(NginxSyntaxTest, SaysWhereItIsWrongAndKeepsWhatCameBefore) {
  const struct {
    const char* text;
    const char* error;
  } rows[] = {{"a b;\nc {", "f:2: a block does not end"},
              {"a b;\n}", "f:2: a } too many"},
              {"a b;\nc d", "f:2: a directive does not end with ;"},
              {"a b;\n;", "f:2: a ; or { without a directive"},
              {"a b;\n\"c", "f:2: a quote does not end"}};
  for (const auto& row : rows) {
    const NginxText text = ParseNginx(row.text, "f");
    EXPECT_EQ(text.error, row.error);
    ASSERT_FALSE(text.directives.empty()) << row.text;
    EXPECT_EQ(text.directives[0].name, "a");
  }
}

TEST(NginxSyntaxTest, IsBounded) {
  std::string deep;
  for (int i = 0; i < 100000; ++i) deep += "a{";
  EXPECT_THAT(ParseNginx(deep, "f").error, HasSubstr("32 deep"));
  std::string many;
  for (int i = 0; i < 30000; ++i) many += "a;";
  EXPECT_THAT(ParseNginx(many, "f").error, HasSubstr("20000"));
  EXPECT_THAT(ParseNginx(std::string(10000, 'a'), "f").error, HasSubstr("4096"));
  std::string words = "a";
  for (int i = 0; i < 100; ++i) words += " b";
  EXPECT_THAT(ParseNginx(words, "f").error, HasSubstr("64"));
  EXPECT_THAT(ParseNginx(std::string("\0\x01\xff;", 4), "f").error, IsEmpty());
}

}  // namespace
}  // namespace faultline::init
