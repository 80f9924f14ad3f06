// Against the real nginx: what `nginx -T` prints, and what it answers.
#include "agent/init/nginx_look.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/init/host_seen.h"
#include "agent/init/site_answers.h"
#include "tests/agent/init/host_tree.h"
#include "tests/fakes/private_nginx.h"
#include "tests/fakes/web_certificates.h"

namespace faultline::init {
namespace {

using testing::Contains;
using testing::HasSubstr;

class NginxLookTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!fakes::PrivateNginx::IsPossible()) GTEST_SKIP() << "nginx is not installed";
    host_.Write("/n/sites/10-todo",
                "server { listen 127.0.0.1:1; server_name todo.example.net;\n"
                "access_log " +
                    host_.At("/n/todo.log") +
                    ";\n"
                    "location / { proxy_pass http://backend; } }\n");
    host_.Write("/n/sites/20-other", "server { listen 127.0.0.1:2; server_name o.example.net; }\n");
    WriteMain("include sites/*;");
  }
  void WriteMain(const std::string& in_http) const {
    host_.Write("/n/nginx.conf", "error_log " + host_.At("/n/error.log") + ";\npid " +
                                     host_.At("/n/pid") +
                                     ";\nevents {}\nhttp {\nupstream backend { server "
                                     "127.0.0.1:8000; }\n" +
                                     in_http + "\n}\n");
  }
  NginxSeen Look() {
    HostFiles files(host_.root());
    return LookAtNginx(
        files, {"/usr/sbin/nginx", "-T", "-p", host_.At("/n"), "-c", host_.At("/n/nginx.conf")});
  }

  HostTree host_;
};

TEST_F(NginxLookTest, TakesWhatNginxItselfReads) {
  const NginxSeen seen = Look();
  EXPECT_THAT(seen.source, HasSubstr("nginx -T"));
  EXPECT_TRUE(seen.problems.empty()) << seen.problems.front();
  ASSERT_EQ(seen.sites.size(), 2U);
  EXPECT_EQ(seen.sites[0].Domain(),
            (Seen{"todo.example.net", "nginx: " + host_.At("/n/sites/10-todo") + ":1"}));
  EXPECT_EQ(seen.sites[0].access_log.value, host_.At("/n/todo.log"));
  EXPECT_EQ(seen.sites[0].upstreams.at(0).value, "127.0.0.1:8000");
  EXPECT_EQ(seen.sites[1].error_log.value, host_.At("/n/error.log"));
}

TEST_F(NginxLookTest, WhereItDoesNotPassItsTestTheFilesAreReadAndItIsSaid) {
  WriteMain("nonsense;");
  host_.Write("/etc/nginx/nginx.conf", "http { server { server_name files.example.net; } }");
  const NginxSeen seen = Look();
  ASSERT_EQ(seen.sites.size(), 1U);
  EXPECT_EQ(seen.sites[0].Domain().value, "files.example.net");
  EXPECT_THAT(seen.problems, Contains(HasSubstr("unknown directive \"nonsense\"")));
}

TEST(NginxLookNoneTest, AHostWithoutNginxHasNone) {
  HostTree host;
  HostFiles files(host.root());
  EXPECT_FALSE(LookAtNginx(files, {}).present);
}

TEST(NginxLookNoneTest, AProgramThatCannotBeRunIsSaid) {
  HostTree host;
  HostFiles files(host.root());
  const NginxSeen seen = LookAtNginx(files, {"/nowhere/nginx", "-T"});
  EXPECT_TRUE(seen.present);
  EXPECT_THAT(seen.problems, Contains(HasSubstr("/nowhere/nginx")));
}

TEST(SiteAnswersTest, AsksARunningSiteByItsName) {
  if (!fakes::PrivateNginx::IsPossible()) GTEST_SKIP() << "nginx is not installed";
  fakes::PrivateNginx nginx;
  ASSERT_TRUE(
      nginx.Start("server { listen 127.0.0.1:@PLAIN@; server_name todo.example.net;\n"
                  " location = / { return 302 /login; }\n"
                  " location = /login { return 200 '{\"status\": \"ok\"}'; }\n"
                  " location = /db-check { return 503; } }\n"
                  "server { listen 127.0.0.1:@TLS@; return 204; }\n"))
      << nginx.log();
  WebSite site;
  site.domain = {"todo.example.net", "n"};
  site.plain = NginxListen{.address = "127.0.0.1", .port = nginx.plain_port()};
  const auto answers = AskSites({site});
  const std::string base = SiteUrl(site, false, "");
  ASSERT_EQ(answers.size(), 3U);
  EXPECT_EQ(answers.at(base + "/").Words(), "answers 302 to " + base + "/login");
  EXPECT_EQ(answers.at(base + "/login").status, 200);
  EXPECT_TRUE(answers.at(base + "/login").says_ok);
  EXPECT_EQ(answers.at(base + "/db-check").status, 503);

  site.plain->port = nginx.tls_port();
  nginx.Stop();
  const std::string gone = SiteUrl(site, false, "/");
  EXPECT_THAT(AskSites({site}).at(gone).Words(), HasSubstr("does not answer: the connection is"));
}

}  // namespace
}  // namespace faultline::init
