#include "agent/checks/http_target.h"

#include <gtest/gtest.h>

#include <string>

namespace faultline::checks {
namespace {

// "tls host port authority path", or the error.
std::string Parsed(const std::string& text) {
  const absl::StatusOr<HttpUrl> url = ParseHttpUrl(text);
  if (!url.ok()) return std::string(url.status().message());
  return (url->tls ? "tls " : "plain ") + url->host + " " + std::to_string(url->port) + " " +
         url->authority + " " + url->path;
}

TEST(HttpTargetTest, UrlsAreTakenApart) {
  const struct {
    const char* text;
    const char* parts;
  } table[] = {
      {"https://app.example/db-check", "tls app.example 443 app.example /db-check"},
      {"http://app.example", "plain app.example 80 app.example /"},
      {"HTTP://App.Example:8080/a?b=c", "plain App.Example 8080 App.Example:8080 /a?b=c"},
      {"https://app.example:443/", "tls app.example 443 app.example /"},
      {"https://app.example?x", "tls app.example 443 app.example /?x"},
      {"https://[::1]:8443/", "tls ::1 8443 [::1]:8443 /"},
      {"http://[2001:db8::1]/", "plain 2001:db8::1 80 [2001:db8::1] /"},
      {"http://10.0.1.10/a:b", "plain 10.0.1.10 80 10.0.1.10 /a:b"},
  };
  for (const auto& row : table) EXPECT_EQ(Parsed(row.text), row.parts) << row.text;
}

TEST(HttpTargetTest, WhatIsNoUrlForUsIsRefusedWithTheFix) {
  const struct {
    std::string text;
    const char* says;
  } table[] = {
      {"app.example", "neither with http:// nor"},
      {"ftp://app.example/", "neither with http:// nor"},
      {"https://", "no host"},
      {"https:///x", "no host"},
      {"https://user:secret@app.example/", "shown to everyone"},
      {"https://app.example/#top", "#fragment"},
      {"https://app.example/a b", "%20"},
      {"https://app.example/\r\nX-Evil: 1", "%20"},
      {"https://app.example/\xc3\xa4", "ASCII"},
      {"https://app.example:0/", "no host or host:port"},
      {"https://app.example:port/", "no host or host:port"},
      {"https://::1/", "no host or host:port"},
      {"https://app.example/" + std::string(3000, 'a'), "longer"},
  };
  for (const auto& row : table) {
    EXPECT_NE(Parsed(row.text).find(row.says), std::string::npos)
        << row.text << ": " << Parsed(row.text);
  }
  EXPECT_EQ(Parsed("https://user:secret@app.example/").find("secret"), std::string::npos);
}

TEST(HttpTargetTest, StatusesAreNumbersAndRanges) {
  const auto ranges = ParseStatuses({"200-204,301", "401"});
  ASSERT_TRUE(ranges.ok());
  for (const int status : {200, 203, 204, 301, 401}) EXPECT_TRUE(Contains(*ranges, status));
  for (const int status : {199, 205, 302, 400, 500}) EXPECT_FALSE(Contains(*ranges, status));
}

TEST(HttpTargetTest, WhatIsNoStatusIsRefused) {
  for (const char* text :
       {"", "ok", "99", "600", "204-200", "200-", "-200", "200-204-208", "2xx"}) {
    EXPECT_FALSE(ParseStatuses({text}).ok()) << text;
  }
  EXPECT_FALSE(ParseStatuses({}).ok());
}

TEST(HttpTargetTest, ARedirectLeadsToHttpsOnTheSameHostOnly) {
  for (const char* location :
       {"https://app.example/", "https://app.example", "HTTPS://APP.example/x",
        "https://app.example:8443/x", "https://app.example?x"}) {
    EXPECT_TRUE(LeadsToHttps(location, "app.example")) << location;
  }
  for (const char* location : {"", "/login", "http://app.example/", "https://other.example/",
                               "https://app.example.evil/", "https://app.example@evil.example/",
                               "https://evil.example/app.example", "//app.example/"}) {
    EXPECT_FALSE(LeadsToHttps(location, "app.example")) << location;
  }
  EXPECT_TRUE(LeadsToHttps("https://[::1]:8443/", "::1"));
}

}  // namespace
}  // namespace faultline::checks
