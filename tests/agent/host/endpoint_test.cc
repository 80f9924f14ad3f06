#include "agent/host/endpoint.h"

#include <gtest/gtest.h>

namespace faultline::host {
namespace {

TEST(EndpointTest, ParsesNamesAddressesAndBracketedIpv6) {
  for (const auto& [text, host, port] : {std::tuple{"10.0.2.10:3306", "10.0.2.10", 3306},
                                         {"db.internal:1", "db.internal", 1},
                                         {"[2001:db8::1]:443", "2001:db8::1", 443}}) {
    const auto endpoint = ParseHostPort(text);
    ASSERT_TRUE(endpoint.ok()) << endpoint.status();
    EXPECT_EQ(endpoint->host, host);
    EXPECT_EQ(endpoint->port, port);
  }
}

TEST(EndpointTest, RefusesWhatIsNoEndpointAndSaysWhatToWrite) {
  for (const char* text : {"", ":", "host", "host:", "host:0", "host:65536", "host:+1", "host: 1",
                           "host:1x", ":80", "::1:80", "[::1]", "[10.0.0.1]:80", "[]:80", "a b:80",
                           "a/b:80", "host:99999999999999999999"}) {
    const auto endpoint = ParseHostPort(text);
    EXPECT_FALSE(endpoint.ok()) << text;
    EXPECT_NE(endpoint.status().message().find("10.0.2.10:3306"), std::string::npos) << text;
  }
}

TEST(EndpointTest, KnowsLoopbackAnyAndMappedAddresses) {
  EXPECT_TRUE(ParseIpAddress("127.3.2.1")->is_loopback());
  EXPECT_TRUE(ParseIpAddress("::1")->is_loopback());
  EXPECT_FALSE(ParseIpAddress("10.0.0.1")->is_loopback());
  EXPECT_TRUE(ParseIpAddress("::")->is_any());
  EXPECT_TRUE(ParseIpAddress("0.0.0.0")->is_any());
  EXPECT_EQ(Unmapped(*ParseIpAddress("::ffff:10.0.2.10")).ToString(), "10.0.2.10");
  EXPECT_EQ(Unmapped(*ParseIpAddress("2001:db8::1")).ToString(), "2001:db8::1");
  EXPECT_EQ(FormatEndpoint(*ParseIpAddress("::1"), 80), "[::1]:80");
}

}  // namespace
}  // namespace faultline::host
