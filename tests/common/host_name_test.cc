#include "common/host_name.h"

#include <gtest/gtest.h>

#include <string>

namespace faultline {
namespace {

TEST(HostNameTest, TakesNamesAndIpv4Addresses) {
  for (const char* text : {"db", "db-1.internal", "app.example.com.", "_x.a_b", "10.0.2.10",
                           "3com.example", "1.2.3.4a", "xn--bcher-kva.example", "7f.a1"}) {
    EXPECT_TRUE(IsHostName(text)) << text;
  }
}

TEST(HostNameTest, WhatEndsInANumberIsAnAddressOrNothing) {
  for (const char* text :
       {"999.1.1.1", "1.2.3.4.5", "10.1", "7", "db.7", "1.2.3.256", "1.2.3.4."}) {
    EXPECT_FALSE(IsHostName(text)) << text;
  }
}

TEST(HostNameTest, RefusesWhatNoResolverTakes) {
  for (const char* text :
       {"", ".", "a..b", ".a", "-a", "a b", "a/b", "a:1", "caf\xc3\xa9", "::1"}) {
    EXPECT_FALSE(IsHostName(text)) << text;
  }
  EXPECT_TRUE(IsHostName(std::string(253, 'a')));
  EXPECT_FALSE(IsHostName(std::string(254, 'a')));
}

TEST(HostNameTest, TellsAddressesOfBothFamilies) {
  EXPECT_TRUE(IsIpv4("10.0.2.10"));
  EXPECT_FALSE(IsIpv4("10.0.2"));
  EXPECT_TRUE(IsIpv6("2001:db8::1"));
  EXPECT_FALSE(IsIpv6("[::1]"));
  EXPECT_FALSE(IsIpv6(std::string("::1\0x", 5)));
}

}  // namespace
}  // namespace faultline
