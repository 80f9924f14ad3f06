#include "agent/host/client_interfaces.h"

#include <gtest/gtest.h>

namespace faultline::host {
namespace {

using Names = std::vector<std::string>;
constexpr char kHeading[] =
    "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\n";

TEST(ClientInterfaces, AreThoseOfTheRoutes) {
  const std::string text = std::string(kHeading) +
                           "eth0\t00000000\t0102000A\t0003\t0\t0\t0\t00000000\t0\t0\t0\n"
                           "eth1\t0001000A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n"
                           "lo\t0000007F\t00000000\t0001\t0\t0\t0\t000000FF\t0\t0\t0\n";
  EXPECT_EQ(ParseClientInterfaces(text), (Names{"eth0", "eth1"}));
}

TEST(ClientInterfaces, BridgesOfContainersAreNoneUnlessADefaultRouteGoesThere) {
  const std::string docker = "docker0\t000011AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0\n";
  EXPECT_EQ(ParseClientInterfaces(kHeading + docker), Names{});
  const std::string by_default = "docker0\t00000000\t010011AC\t0003\t0\t0\t0\t00000000\t0\t0\t0\n";
  EXPECT_EQ(ParseClientInterfaces(kHeading + by_default), Names{"docker0"});
}

TEST(ClientInterfaces, TextThatIsNoTableHasNone) {
  for (const char* text : {"", "\n\n\n", "x", "Iface\neth0\n", "Iface\neth0 1 2 3\n"}) {
    EXPECT_EQ(ParseClientInterfaces(text), Names{}) << text;
  }
}

TEST(ClientInterfaces, TooManyAreCutOff) {
  std::string text = kHeading;
  for (int i = 0; i < 1000; ++i) {
    text += "e" + std::to_string(i) + "\t00000000\t0102000A\t0003\t0\t0\t0\t00000000\t0\t0\t0\n";
  }
  EXPECT_EQ(ParseClientInterfaces(text).size(), 64u);
}

}  // namespace
}  // namespace faultline::host
