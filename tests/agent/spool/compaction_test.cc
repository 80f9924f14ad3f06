#include "agent/spool/compaction.h"

#include "gtest/gtest.h"
#include "tests/agent/spool/spool_testing.h"

namespace faultline::spool {
namespace {

constexpr size_t kPlenty = 1 << 20;

CompactItem Of(uint64_t check, uint64_t seq) {
  const auto at = static_cast<int64_t>(seq);
  return {seq, seq, check, 100, {at, at}};
}

// "1-3 [4] 5-6": gaps by their range, kept records in brackets.
std::string Plan(const std::vector<CompactItem>& items, size_t max_kept_bytes = kPlenty) {
  std::string text;
  for (const CompactPart& part : PlanCompaction(items, max_kept_bytes)) {
    if (!text.empty()) text += " ";
    if (part.kept != CompactPart::kGap) {
      EXPECT_EQ(items[part.kept].seq, part.last);
      text += "[" + std::to_string(part.last) + "]";
    } else {
      text += std::to_string(part.first) + "-" + std::to_string(part.last);
    }
  }
  return text;
}

TEST(Compaction, KeepsTheNewestOfEachCheck) {
  EXPECT_EQ(Plan({Of(7, 1), Of(9, 2), Of(7, 3), Of(7, 4), Of(7, 5)}), "1-1 [2] 3-4 [5]");
}

TEST(Compaction, ACheckThatFlapsDoesNotPushOutAnother) {
  std::vector<CompactItem> items = {Of(7, 1)};
  for (uint64_t seq = 2; seq <= 1000; ++seq) items.push_back(Of(9, seq));
  EXPECT_EQ(Plan(items), "[1] 2-999 [1000]");
}

TEST(Compaction, LogEventsBecomeOneGapWithTheirTimesAndCount) {
  const auto parts = PlanCompaction({Of(0, 11), Of(0, 12), Of(0, 13)}, kPlenty);
  ASSERT_EQ(parts.size(), 1u);
  EXPECT_EQ(parts[0].first, 11u);
  EXPECT_EQ(parts[0].last, 13u);
  EXPECT_EQ(parts[0].when.from_ns, 11);
  EXPECT_EQ(parts[0].when.to_ns, 13);
  EXPECT_EQ(parts[0].dropped, 3u);
}

TEST(Compaction, EarlierGapsJoinWithoutBeingCountedAgain) {
  const CompactItem gap{1, 500, 0, 100, {1, 500}};
  const auto parts = PlanCompaction({gap, Of(7, 501), Of(7, 502)}, kPlenty);
  ASSERT_EQ(parts.size(), 2u);
  EXPECT_EQ(parts[0].first, 1u);
  EXPECT_EQ(parts[0].last, 501u);
  EXPECT_EQ(parts[0].dropped, 1u);
}

TEST(Compaction, WhatWouldStayTooLargeBecomesOneGap) {
  EXPECT_EQ(Plan({Of(1, 1), Of(2, 2), Of(3, 3)}, 3 * 100), "1-3");
}

TEST(Compaction, OfNothingIsNothing) { EXPECT_EQ(Plan({}), ""); }

TEST(Compaction, AFullSpoolKeepsTheOnlyWordOfAQuietCheck) {
  TempDir dir(FastParent());
  SpoolOptions options;
  options.directory = dir.path();
  options.max_transition_bytes = 32 << 10;
  options.segment_bytes = 4 << 10;
  options.memory_bytes = 1 << 10;
  for (int round = 0; round < 2; ++round) {
    auto spool = OpenSpool(options);
    if (round == 0) {
      faultline::v1::Record quiet = Transition("the only word");
      quiet.mutable_transition()->set_target("nginx.service");
      spool->Append(kTransitions, quiet);
      for (int i = 1; i <= 1000; ++i) {
        spool->Append(kTransitions, Transition(std::string(200, 'x'), i));
        if (i % 10 == 0) {
          ASSERT_TRUE(spool->Flush().ok());
        }
      }
      EXPECT_GT(spool->stats().dropped, 700u);
    }
    const auto records = ReadAll(*spool, kTransitions);
    ExpectWithoutHoles(records, 0);
    EXPECT_EQ(DetailOf(records[0]), "the only word");
    EXPECT_TRUE(records[1].has_gap());
    EXPECT_EQ(records.back().seq(), 1001u);
    EXPECT_LE(spool->stats().disk_bytes, options.max_transition_bytes + options.segment_bytes);
  }
}

}  // namespace
}  // namespace faultline::spool
