#include "collector/model/join.h"

#include <gtest/gtest.h>

namespace faultline::model {
namespace {

const StackId kShop{"shop", "prod"};

void Add(Hosts& hosts, const StackId& stack, const std::string& name,
         std::vector<std::string> addresses) {
  HostPicture host;
  host.identity.id = {stack, name};
  host.addresses = std::move(addresses);
  hosts[host.identity.id] = std::make_shared<const HostPicture>(host);
}

TEST(JoinTest, FindsTheHostThatOwnsAnAddress) {
  Hosts hosts;
  Add(hosts, kShop, "app-1", {"10.0.1.10"});
  Add(hosts, kShop, "db-1", {"10.0.2.10"});
  const HostPicture* found = HostByAddress(hosts, {kShop, "app-1"}, "10.0.2.10");
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->identity.id.host, "db-1");
  EXPECT_EQ(HostByAddress(hosts, {kShop, "app-1"}, "10.0.2.99"), nullptr);
  EXPECT_EQ(HostByAddress(hosts, {kShop, "app-1"}, ""), nullptr);
}

TEST(JoinTest, LoopbackIsTheHostItself) {
  Hosts hosts;
  Add(hosts, kShop, "app-1", {"10.0.1.10"});
  EXPECT_EQ(HostByAddress(hosts, {kShop, "app-1"}, "127.0.0.1"), hosts.begin()->second.get());
}

TEST(JoinTest, OtherStacksMayUseTheSameAddresses) {
  Hosts hosts;
  Add(hosts, {"shop", "staging"}, "db-1", {"10.0.2.10"});
  EXPECT_EQ(HostByAddress(hosts, {kShop, "app-1"}, "10.0.2.10"), nullptr);
}

TEST(JoinTest, AllWhoClaimAnAddressAreNamed) {
  Hosts hosts;
  Add(hosts, kShop, "db-1", {"10.0.2.10", "127.0.0.1"});
  Add(hosts, kShop, "db-2", {"10.0.2.10"});
  Add(hosts, {"shop", "staging"}, "db-1", {"10.0.2.10"});
  EXPECT_EQ(Claimants(hosts, kShop, "10.0.2.10").size(), 2u);
  EXPECT_TRUE(Claimants(hosts, kShop, "10.0.2.99").empty());
  EXPECT_TRUE(Claimants(hosts, kShop, "127.0.0.1").empty());
  EXPECT_TRUE(Claimants(hosts, kShop, "").empty());
}

TEST(JoinTest, AnAmbiguousAddressBlamesNobody) {
  Hosts hosts;
  Add(hosts, kShop, "db-1", {"10.0.2.10"});
  Add(hosts, kShop, "db-2", {"10.0.2.10"});
  EXPECT_EQ(HostByAddress(hosts, {kShop, "app-1"}, "10.0.2.10"), nullptr);
}

}  // namespace
}  // namespace faultline::model
