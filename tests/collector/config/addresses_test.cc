#include "collector/config/addresses.h"

#include "gmock/gmock.h"

namespace faultline::config {
namespace {

using testing::HasSubstr;

TEST(AddressesTest, SplitsWhatCanBeListenedOn) {
  const auto v6 = SplitHostPort("[2001:db8::1]:7443");
  ASSERT_TRUE(v6.has_value());
  EXPECT_EQ(v6->host, "2001:db8::1");
  EXPECT_EQ(v6->port, 7443);
  for (const char* text : {"10.0.1.20:0", "localhost:7443", "0.0.0.0:65535"}) {
    EXPECT_TRUE(SplitHostPort(text).has_value()) << text;
  }
  for (const char* text : {"7443", ":7443", "10.0.1.20", "10.0.1.20:65536", "999.1.1.1:7443",
                           "::1:7443", "[::1:7443", "[10.0.1.20]:7443", "a b:7443"}) {
    EXPECT_FALSE(SplitHostPort(text).has_value()) << text;
  }
}

TEST(AddressesTest, TellsWhatCollides) {
  const auto collide = [](const char* a, const char* b) {
    return Collide(*SplitHostPort(a), *SplitHostPort(b));
  };
  EXPECT_TRUE(collide("0.0.0.0:7443", "0.0.0.0:7443"));
  EXPECT_TRUE(collide("0.0.0.0:7443", "127.0.0.1:7443"));
  EXPECT_TRUE(collide("[::]:7443", "10.0.1.20:7443"));
  EXPECT_TRUE(collide("localhost:7443", "127.0.0.1:7443"));
  EXPECT_FALSE(collide("10.0.1.20:7443", "127.0.0.1:7443"));
  EXPECT_FALSE(collide("127.0.0.1:7443", "[::1]:7443"));
  EXPECT_FALSE(collide("0.0.0.0:0", "0.0.0.0:0"));
}

TEST(AddressesTest, SaysWhyAUrlIsNoneAndQuotesNothingOfIt) {
  for (const char* url : {"http://127.0.0.1:7480", "https://hooks.example/T0?token=x",
                          "http://[::1]:80/", "https://user:pass@hooks.example:443/a#b"}) {
    EXPECT_EQ(UrlError(url), "") << url;
  }
  const struct {
    const char* url;
    const char* why;
  } kBad[] = {
      {"ftp://secret.example/", "begins neither"},  {"http://", "names no host"},
      {"http://:80/secret", "names no host"},       {"http://secret@/x", "names no host"},
      {"http://999.1.1.1/secret", "names no host"}, {"http://a.example:99999/secret", "port"},
      {"http://a.example:0/secret", "port"},        {"http://a.example:x/secret", "port"},
      {"http://a.example:/secret", "port"},         {"http://a.example/the secret", "blank"}};
  for (const auto& [url, why] : kBad) {
    EXPECT_THAT(UrlError(url), HasSubstr(why)) << url;
    EXPECT_THAT(UrlError(url), testing::Not(HasSubstr("secret"))) << url;
  }
  EXPECT_GT(UrlError("http://a/" + std::string(2048, 'x')).size(), 0u);
}

TEST(AddressesTest, FindsUserAndPassword) {
  EXPECT_TRUE(HasUserInfo("https://user:pass@a.example/"));
  EXPECT_FALSE(HasUserInfo("https://a.example/@x"));
}

}  // namespace
}  // namespace faultline::config
