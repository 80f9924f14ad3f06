#include "agent/checks/log_fingerprint.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace faultline::checks {
namespace {

TEST(LogFingerprintTest, WhatVariesIsTakenOut) {
  const std::vector<std::pair<std::string, std::string>> table = {
      {"", ""},
      {"   ", ""},
      {"ERROR worker 17 died", "ERROR worker # died"},
      {"ERROR\tworker   17  died ", "ERROR worker # died"},
      {"cannot reach 10.0.2.10:3306", "cannot reach #"},
      {"2026-11-22T03:14:07.412Z down", "# down"},
      {"2026-11-22 03:14:07,412 down", "# #,# down"},
      {"id 6f1d2c3b-aaaa-bbbb-cccc-ddddeeeeffff gone", "id # gone"},
      {"id aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee gone", "id # gone"},
      {"commit deadbeefcafe is bad", "commit # is bad"},
      {"the facade is bad", "the facade is bad"},
      {"user 'app'@'10.0.1.5' denied", "user Q@Q denied"},
      {"open \"/etc/my.cnf\" failed", "open Q failed"},
      {R"({"level": "error", "pid": 17, "message": "on 'db-1' can't open \"x\""})",
       R"({"level": "error", "pid": #, "message": "on Q can't open \"x\""})"},
      {"it doesn't work and can't", "it doesn't work and can't"},
      {"an 'unclosed quote", "an 'unclosed quote"},
      {"caf\xc3\xa9 closed", "caf\xc3\xa9 closed"},
  };
  for (const auto& [line, skeleton] : table) EXPECT_EQ(Skeleton(line), skeleton) << line;
}

TEST(LogFingerprintTest, LinesOfOneErrorAreOneAndOthersAreNot) {
  EXPECT_EQ(Fingerprint("ERROR 1040 from 10.0.1.5"), Fingerprint("ERROR 1040 from 10.0.1.6"));
  EXPECT_NE(Fingerprint("ERROR cannot open"), Fingerprint("ERROR cannot close"));
  EXPECT_EQ(
      Fingerprint(R"({"level": "error", "message": "refused", "time": "2026-11-22T03:14:07Z"})"),
      Fingerprint(R"({"level": "error", "message": "refused", "time": "2026-11-22T03:14:08Z"})"));
  EXPECT_NE(Fingerprint(R"({"level": "error", "message": "refused"})"),
            Fingerprint(R"({"level": "error", "message": "no such table"})"));
}

// Silences and dashboards hold on to these: they must not change from release to release.
TEST(LogFingerprintTest, TheValuesStayOverReleases) {
  EXPECT_EQ(Fingerprint(""), 0xcbf29ce484222325U);
  EXPECT_EQ(Fingerprint("a"), 0xaf63dc4c8601ec8cU);
  EXPECT_EQ(Fingerprint("ERROR worker 17 died"), 0x9f2b213dc5ece396U);
}

TEST(LogFingerprintTest, LongQuotesAreApostrophesAndStay) {
  const std::string quoted = "'" + std::string(600, 'x') + "'";
  EXPECT_EQ(Skeleton(quoted), quoted);
}

TEST(LogFingerprintTest, AnyBytesGiveASkeletonThatIsNoLonger) {
  uint64_t state = 7;
  for (int i = 0; i < 20'000; ++i) {
    std::string line(static_cast<size_t>(i % 97), '\0');
    for (char& c : line) {
      state = state * 6364136223846793005ULL + 1442695040888963407ULL;
      c = static_cast<char>(state >> 56);
    }
    const std::string skeleton = Skeleton(line);
    EXPECT_LE(skeleton.size(), line.size());
    EXPECT_EQ(Fingerprint(line), Fingerprint(line + " "));
  }
}

}  // namespace
}  // namespace faultline::checks
