#include "agent/init/nginx_sites.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace faultline::init {
namespace {

using testing::ElementsAre;

std::vector<NginxSite> Sites(const std::string& text) {
  const NginxText parsed = ParseNginx(text, "n");
  EXPECT_EQ(parsed.error, "");
  return FindNginxSites(parsed.directives);
}

std::vector<std::string> Values(const std::vector<Seen>& all) {
  std::vector<std::string> values;
  for (const Seen& each : all) values.push_back(each.value);
  return values;
}

TEST(NginxSitesTest, ReadsASiteWithWhatItInherits) {
  const auto sites = Sites(
      "error_log /e0;\n"
      "http { access_log /a0; ssl_certificate /c0;\n"
      " upstream app { server 127.0.0.1:8000 max_fails=1; server unix:/run/b.sock; }\n"
      " server { listen 443 ssl; server_name _ *.x.example x.example; access_log /a1 main;\n"
      "  location / { proxy_pass http://app/sub; }\n"
      "  location /php { fastcgi_pass unix:/run/php.sock; } }\n"
      " server { server_name y.example; access_log off; ssl_certificate tls/y.pem; } }");
  ASSERT_EQ(sites.size(), 2U);
  EXPECT_EQ(sites[0].where, "nginx: n:4");
  EXPECT_EQ(sites[0].Domain().value, "x.example");
  EXPECT_EQ(sites[0].certificate, (Seen{"/c0", "nginx: n:2"}));
  EXPECT_EQ(sites[0].access_log, (Seen{"/a1", "nginx: n:4"}));
  EXPECT_EQ(sites[0].error_log, (Seen{"/e0", "nginx: n:1"}));
  EXPECT_THAT(Values(sites[0].upstreams),
              ElementsAre("127.0.0.1:8000", "unix:/run/b.sock", "unix:/run/php.sock"));
  EXPECT_EQ(sites[1].access_log, Seen{});
  EXPECT_EQ(sites[1].certificate.value, "/etc/nginx/tls/y.pem");
  ASSERT_EQ(sites[1].listens.size(), 1U) << "80 where nothing is said";
  EXPECT_EQ(sites[1].listens[0].port, 80);
}

TEST(NginxSitesTest, AHashInAQuotedPathIsPartOfIt) {
  const auto sites = Sites(
      "http { server { listen 443 ssl; server_name x.example;\n"
      " ssl_certificate \"/etc/ssl/a #1/x.pem\"; # the new one\n"
      " access_log '/var/log/a;b #2.log'; } }");
  ASSERT_EQ(sites.size(), 1U);
  EXPECT_EQ(sites[0].certificate.value, "/etc/ssl/a #1/x.pem");
  EXPECT_EQ(sites[0].access_log.value, "/var/log/a;b #2.log");
}

TEST(NginxSitesTest, ReadsEveryFormOfListen) {
  const struct {
    const char* text;
    const char* address;
    int port;
    bool tls;
  } rows[] = {{"80", "", 80, false},
              {"*:8080 default_server", "", 8080, false},
              {"443 ssl http2", "", 443, true},
              {"[::]:443 ssl ipv6only=on", "", 443, true},
              {"[2001:db8::1]:81", "2001:db8::1", 81, false},
              {"[::1]", "::1", 80, false},
              {"10.0.0.1:82", "10.0.0.1", 82, false},
              {"10.0.0.1", "10.0.0.1", 80, false},
              {"localhost:83", "localhost", 83, false}};
  for (const auto& row : rows) {
    const auto sites = Sites(std::string("http { server { listen ") + row.text + "; } }");
    ASSERT_EQ(sites.at(0).listens.size(), 1U) << row.text;
    EXPECT_EQ(sites[0].listens[0].address, row.address);
    EXPECT_EQ(sites[0].listens[0].port, row.port);
    EXPECT_EQ(sites[0].listens[0].tls, row.tls);
  }
  EXPECT_TRUE(Sites("http { server { listen unix:/run/n.sock; } }").at(0).listens.empty());
  EXPECT_TRUE(Sites("http { server { listen 99999; } }").at(0).listens.empty());
  EXPECT_TRUE(Sites("http { server { ssl on; listen 443; } }").at(0).listens.at(0).tls);
}

TEST(NginxSitesTest, SeesARedirectToHttpsAlsoInsideAnIf) {
  EXPECT_TRUE(Sites("http { server { return 301 https://$host$request_uri; } }").at(0).redirects);
  EXPECT_TRUE(Sites("http { server { location / { if ($host = a) { return 308 https://a; } } } }")
                  .at(0)
                  .redirects);
  EXPECT_FALSE(Sites("http { server { return 301 http://a/; return 404; } }").at(0).redirects);
}

TEST(NginxSitesTest, TakesNoNameLogOrUpstreamThatOnlyARequestDecides) {
  const auto sites = Sites(
      "http { server { server_name ~^(.+)$ .a.example localhost 10.0.0.1;\n"
      " access_log /var/log/$host.log; access_log syslog:server=a; error_log stderr;\n"
      " ssl_certificate /tls/$ssl_server_name.pem; proxy_pass http://$backend; } }");
  EXPECT_EQ(sites.at(0).Domain(), Seen{});
  EXPECT_EQ(sites[0].access_log, Seen{});
  EXPECT_EQ(sites[0].error_log, Seen{});
  EXPECT_EQ(sites[0].certificate, Seen{});
  EXPECT_TRUE(sites[0].upstreams.empty());
}

}  // namespace
}  // namespace faultline::init
