#include "agent/init/web_site.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace faultline::init {
namespace {

std::vector<WebSite> Join(const std::string& servers,
                          const std::vector<SiteCertificate>& certificates = {}) {
  return JoinSites(FindNginxSites(ParseNginx("http {" + servers + "}", "n").directives),
                   certificates);
}

TEST(WebSiteTest, BlocksOfOneNameAreOneSite) {
  const auto sites = Join(
      "server { listen 80; server_name a.example; return 301 https://a.example; access_log /p; }\n"
      "server { listen 443 ssl; server_name a.example; ssl_certificate /c; access_log /t;\n"
      " proxy_pass http://127.0.0.1:8000; }");
  ASSERT_EQ(sites.size(), 1U);
  EXPECT_EQ(sites[0].tls->port, 443);
  EXPECT_EQ(sites[0].plain->port, 80);
  EXPECT_TRUE(sites[0].redirects);
  EXPECT_EQ(sites[0].access_log.value, "/t");
  EXPECT_EQ(sites[0].where, "nginx: n:2") << "not the block that redirects";
  EXPECT_TRUE(sites[0].HasLocalApplication());
}

// As deploy/app/nginx has it.
TEST(WebSiteTest, ANamelessSiteIsCalledAsItsCertificateSaysNotAsTheFolder) {
  const auto sites = Join(
      "server { listen 80 default_server; server_name _; return 301 https://$host; }\n"
      "server { listen 443 ssl default_server; server_name _;\n"
      " ssl_certificate /etc/letsencrypt/live/app/fullchain.pem;\n"
      " proxy_pass http://unix:/run/flask-app/gunicorn.sock; }",
      {{.file = "/etc/letsencrypt/live/app/fullchain.pem",
        .names = {"*.example.com", "app.example.com"}}});
  ASSERT_EQ(sites.size(), 1U);
  EXPECT_EQ(sites[0].domain.value, "app.example.com");
  EXPECT_EQ(sites[0].domain.where,
            "first name in /etc/letsencrypt/live/app/fullchain.pem, nginx: n:3");
  ASSERT_TRUE(sites[0].plain.has_value()) << "the block for all names answers it on port 80";
  EXPECT_TRUE(sites[0].redirects);
}

TEST(WebSiteTest, TheSiteWithAnApplicationComesFirstAndTheDefaultPageIsNone) {
  const auto sites = Join(
      "server { listen 80 default_server; server_name _; root /var/www/html; }\n"
      "server { listen 443 ssl; server_name static.example; ssl_certificate /c; }\n"
      "server { listen 8080; server_name app.example; fastcgi_pass localhost:9000; }");
  ASSERT_EQ(sites.size(), 2U);
  EXPECT_EQ(sites[0].domain.value, "app.example");
  EXPECT_EQ(sites[0].plain->port, 8080);
  EXPECT_FALSE(sites[1].HasLocalApplication());
}

TEST(WebSiteTest, KnowsWhichUpstreamsAreLocalAndWhereItIsAsked) {
  for (const char* local : {"unix:/run/a.sock", "127.0.0.1:8000", "localhost", "[::1]:80"}) {
    EXPECT_TRUE(IsLocalUpstream(local)) << local;
  }
  for (const char* other : {"10.0.0.1:80", "backend", "db.example:80"}) {
    EXPECT_FALSE(IsLocalUpstream(other)) << other;
  }
  WebSite site;
  EXPECT_EQ(site.Address(true), "127.0.0.1");
  site.tls = NginxListen{.address = "10.0.0.5", .port = 443, .tls = true};
  EXPECT_EQ(site.Address(true), "10.0.0.5");
}

}  // namespace
}  // namespace faultline::init
