#include "agent/host/address_watch.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "agent/host/host_facts.h"
#include "tests/agent/host/run_until.h"
#include "tests/fakes/net_namespace.h"

namespace faultline::host {
namespace {

using fakes::EnteredNetNamespace;

TEST(AddressWatchTest, TellsOfAddressesThatComeAndGo) {
  const EnteredNetNamespace inside;
  if (!inside.entered()) GTEST_SKIP() << "needs root";
  ASSERT_EQ(
      EnteredNetNamespace::Run("ip link add eth0 type veth peer name far0 && ip link set eth0 up"),
      0);
  const auto loop = *Loop::Create();
  int told = 0;
  const auto watch = WatchAddresses(*loop, [&] { ++told; });
  ASSERT_TRUE(watch.ok()) << watch.status();
  const auto has = [](const char* address) {
    const std::vector<std::string> all = HostAddresses();
    return std::find(all.begin(), all.end(), address) != all.end();
  };

  ASSERT_EQ(EnteredNetNamespace::Run("ip addr add 10.9.8.7/24 dev eth0"), 0);
  ASSERT_TRUE(RunUntil(*loop, [&] { return told > 0 && has("10.9.8.7"); }));
  told = 0;
  ASSERT_EQ(EnteredNetNamespace::Run("ip addr del 10.9.8.7/24 dev eth0"), 0);
  ASSERT_TRUE(RunUntil(*loop, [&] { return told > 0 && !has("10.9.8.7"); }));
}

TEST(AddressWatchTest, WhatComesTogetherIsToldOnce) {
  const EnteredNetNamespace inside;
  if (!inside.entered()) GTEST_SKIP() << "needs root";
  const auto loop = *Loop::Create();
  int told = 0;
  const auto watch = WatchAddresses(*loop, [&] { ++told; });
  ASSERT_TRUE(watch.ok()) << watch.status();
  ASSERT_EQ(EnteredNetNamespace::Run(
                "ip link add eth0 type veth peer name far0 && ip link set eth0 up && for i in "
                "1 2 3 4 5 6 7 8 9; do ip addr add 10.9.8.$i/24 dev eth0; done"),
            0);
  ASSERT_TRUE(RunUntil(*loop, [&] { return told > 0; }));
  EXPECT_LE(told, 2);
}

TEST(AddressWatchTest, ItMayBeDestroyedByItsOwnCall) {
  const EnteredNetNamespace inside;
  if (!inside.entered()) GTEST_SKIP() << "needs root";
  const auto loop = *Loop::Create();
  bool told = false;
  std::unique_ptr<LoopSource> watch;
  watch = *WatchAddresses(*loop, [&] {
    watch.reset();
    told = true;
  });
  ASSERT_EQ(EnteredNetNamespace::Run("ip link add eth0 type veth peer name far0"), 0);
  EXPECT_TRUE(RunUntil(*loop, [&] { return told; }));
}

}  // namespace
}  // namespace faultline::host
