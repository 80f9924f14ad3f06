// What a collector may have this host look at.
#include "agent/probe_ask.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace faultline::agent {
namespace {

using faultline::v1::ProbeHost;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

ProbeHost Ask(const std::vector<std::string>& addresses, const std::vector<uint32_t>& ports = {}) {
  ProbeHost ask;
  ask.set_request(7);
  ask.set_deadline_ns(Span::Millis(800).ns);
  for (const std::string& address : addresses) ask.add_addresses(address);
  for (const uint32_t port : ports) ask.add_ports(port);
  return ask;
}

std::string Refusal(const ProbeHost& ask, const std::vector<std::string>& own = {}) {
  return std::string(ReadProbeAsk(ask, own).status().message());
}

TEST(ProbeAskTest, IsReadOnceEach) {
  const auto read = ReadProbeAsk(Ask({"10.0.1.10", "10.0.1.10", "fd00::1"}, {443, 22, 443}), {});
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->request, 7u);
  EXPECT_THAT(read->addresses, SizeIs(2));
  EXPECT_THAT(read->ports, ElementsAre(443, 22));
  EXPECT_EQ(read->deadline, Span::Millis(800));
}

TEST(ProbeAskTest, OnlyAddressesOfOneHost) {
  for (const char* address : {"10.0.1.10", "172.16.0.1", "192.168.1.1", "100.64.0.1", "203.0.113.9",
                              "fd00::1", "2001:db8::1"}) {
    EXPECT_EQ(Refusal(Ask({address})), "") << address;
  }
  for (const char* address : {"",
                              "web",
                              "10.0.1",
                              "10.0.1.10:443",
                              "127.0.0.1",
                              "127.9.9.9",
                              "0.0.0.0",
                              "0.1.2.3",
                              "169.254.169.254",
                              "224.0.0.1",
                              "239.255.255.250",
                              "240.0.0.1",
                              "255.255.255.255",
                              "::",
                              "::1",
                              "fe80::1",
                              "ff02::1",
                              "::ffff:10.0.0.1",
                              "64:ff9b::1",
                              "10.0.1.10\n"}) {
    EXPECT_THAT(Refusal(Ask({address})), HasSubstr("is no address of one host")) << address;
  }
}

TEST(ProbeAskTest, ItsOwnAnswersAreNotTheOthers) {
  const auto read = ReadProbeAsk(Ask({"172.17.0.1", "10.0.1.10"}), {"172.17.0.1"});
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->addresses, std::vector<host::IpAddress>{*host::ParseIpAddress("10.0.1.10")});
  EXPECT_THAT(Refusal(Ask({"172.17.0.1"}), {"172.17.0.1"}), HasSubstr("own"));
  EXPECT_NE(Refusal(Ask({})), "");
}

TEST(ProbeAskTest, IsBounded) {
  EXPECT_THAT(Refusal(Ask({"10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4", "10.0.0.5"})),
              HasSubstr("5 addresses"));
  EXPECT_THAT(Refusal(Ask({"10.0.0.1"}, {1, 2, 3, 4, 5, 6, 7, 8, 9})), HasSubstr("9 ports"));
  EXPECT_THAT(Refusal(Ask({"10.0.0.1"}, {0})), HasSubstr("0 is not a port"));
  EXPECT_THAT(Refusal(Ask({"10.0.0.1"}, {65'536})), HasSubstr("65536 is not a port"));
  ProbeHost ask = Ask({"10.0.0.1"});
  ask.set_deadline_ns(-1);
  EXPECT_EQ(ReadProbeAsk(ask, {})->deadline, Span::Millis(100));
  ask.set_deadline_ns(INT64_MAX);
  EXPECT_EQ(ReadProbeAsk(ask, {})->deadline, Span::Seconds(5));
}

}  // namespace
}  // namespace faultline::agent
