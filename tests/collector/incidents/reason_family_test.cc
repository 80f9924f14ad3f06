#include "collector/incidents/reason_family.h"

#include <gtest/gtest.h>

namespace faultline::incidents {
namespace {

TEST(ReasonFamilyTest, WhoFailsAgainAndAgainIsInOne) {
  for (const char* reason : {"UNIT_FAILED", "UNIT_CRASH_LOOP", "UNIT_OOM_KILLED", "STATUS_502",
                             "STATUS_OTHER", "REFUSED", "RESET", "FROM_A_NEWER_AGENT"}) {
    EXPECT_EQ(FamilyOf(reason), ReasonFamily::kFails) << reason;
  }
}

TEST(ReasonFamilyTest, WhatIsMendedInAnotherWayIsInAnother) {
  EXPECT_EQ(FamilyOf("TIMEOUT"), ReasonFamily::kSilent);
  EXPECT_EQ(FamilyOf("UNIT_INACTIVE"), ReasonFamily::kStopped);
  EXPECT_EQ(FamilyOf("DNS_FAILED"), ReasonFamily::kNoWay);
  EXPECT_EQ(FamilyOf("TLS_FAILED"), ReasonFamily::kEncrypted);
  EXPECT_EQ(FamilyOf("BODY_MISMATCH"), ReasonFamily::kContent);
}

}  // namespace
}  // namespace faultline::incidents
