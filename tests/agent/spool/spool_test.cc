#include "agent/spool/spool.h"

#include <sys/stat.h>

#include <thread>

#include "gmock/gmock.h"
#include "tests/agent/spool/spool_testing.h"

namespace faultline::spool {
namespace {

using ::testing::HasSubstr;

TEST(Spool, NumbersEachStreamFromOneAndFillsInItsFields) {
  TempDir dir;
  auto spool = OpenSpool(dir.path());
  EXPECT_EQ(spool->Append(kTransitions, Transition("a")), 1u);
  EXPECT_EQ(spool->Append(kTransitions, Transition("b")), 2u);
  EXPECT_EQ(spool->Append(kLogEvents, LogLine("x")), 1u);
  const auto records = ReadAll(*spool, kTransitions);
  ASSERT_EQ(records.size(), 2u);
  EXPECT_EQ(records[1].stream(), kTransitions);
  EXPECT_EQ(records[1].seq(), 2u);
  EXPECT_EQ(records[1].start_number(), 1u);
  EXPECT_EQ(DetailOf(records[1]), "b");
  const auto events = ReadAll(*spool, kLogEvents);
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].log_event().sample(), "x");
}

TEST(Spool, HasEverythingAgainAfterACleanStop) {
  TempDir dir;
  std::string id;
  {
    auto spool = OpenSpool(dir.path());
    id = spool->id();
    for (int i = 1; i <= 500; ++i) spool->Append(kTransitions, Transition(std::to_string(i)));
    spool->Append(kLogEvents, LogLine("x"));
  }
  auto spool = OpenSpool(dir.path());
  EXPECT_EQ(spool->id(), id);
  EXPECT_EQ(spool->id().size(), 32u);
  EXPECT_EQ(spool->start_number(), 2u);
  EXPECT_TRUE(spool->notes().empty()) << spool->notes()[0];
  EXPECT_EQ(spool->last_seq(kTransitions), 500u);
  EXPECT_EQ(spool->Append(kTransitions, Transition("501")), 501u);
  const auto records = ReadAll(*spool, kTransitions);
  ASSERT_EQ(records.size(), 501u);
  ExpectWithoutHoles(records, 0);
  EXPECT_EQ(DetailOf(records[499]), "500");
  EXPECT_EQ(records[499].start_number(), 1u);
  EXPECT_EQ(records[500].start_number(), 2u);
  EXPECT_EQ(ReadAll(*spool, kLogEvents).size(), 1u);
}

TEST(Spool, FilesArePrivate) {
  TempDir dir;
  const std::string directory = dir.path() + "/state/spool";
  auto spool = OpenSpool(directory);
  spool->Append(kTransitions, Transition("a"));
  ASSERT_TRUE(spool->Flush().ok());
  struct stat info {};
  ASSERT_EQ(stat(directory.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0700u);
  for (const std::string& file : FilesOf(directory, "", "")) {
    ASSERT_EQ(stat(file.c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777, 0600u) << file;
  }
}

TEST(Spool, ReadsInBatchesFromDiskAndMemoryInOrder) {
  TempDir dir;
  SpoolOptions options;
  options.directory = dir.path();
  options.segment_bytes = 4 << 10;
  options.memory_bytes = 8 << 10;
  auto spool = OpenSpool(options);
  for (int i = 1; i <= 2000; ++i) {
    spool->Append(kTransitions, Transition(std::to_string(i)));
    // Small writes, so that there are many segments.
    if (i % 50 == 0) {
      ASSERT_TRUE(spool->Flush().ok());
    }
  }
  EXPECT_GT(FilesOf(dir.path(), "transitions-", ".log").size(), 5u);
  const auto records = ReadAll(*spool, kTransitions, 0, 37);
  ASSERT_EQ(records.size(), 2000u);
  ExpectWithoutHoles(records, 0);
  EXPECT_EQ(DetailOf(records[1234]), "1235");
  EXPECT_EQ(ReadAll(*spool, kTransitions, 1999).size(), 1u);
  EXPECT_TRUE(ReadAll(*spool, kTransitions, 2000).empty());
}

TEST(Spool, ForgetsWhatIsAcknowledgedAndRemembersHowFar) {
  TempDir dir;
  SpoolOptions options;
  options.directory = dir.path();
  options.segment_bytes = 2 << 10;
  {
    auto spool = OpenSpool(options);
    for (int i = 1; i <= 600; ++i) {
      spool->Append(kTransitions, Transition(std::to_string(i)));
      if (i % 50 == 0) {
        ASSERT_TRUE(spool->Flush().ok());
      }
    }
    EXPECT_EQ(ReadAll(*spool, kTransitions).size(), 600u);
    spool->Acknowledge(kTransitions, 590);
    spool->Acknowledge(kTransitions, 100);  // an old one changes nothing
    EXPECT_EQ(spool->acknowledged(kTransitions), 590u);
    ExpectWithoutHoles(ReadAll(*spool, kTransitions), 590);
  }
  EXPECT_LE(FilesOf(dir.path(), "transitions-", ".log").size(), 2u);
  auto spool = OpenSpool(options);
  EXPECT_EQ(spool->acknowledged(kTransitions), 590u);
  EXPECT_EQ(spool->last_seq(kTransitions), 600u);
  const auto records = ReadAll(*spool, kTransitions);
  ASSERT_EQ(records.size(), 10u);
  EXPECT_EQ(DetailOf(records[0]), "591");
}

TEST(Spool, GoesOnNumberingWhenAllIsAcknowledged) {
  TempDir dir;
  {
    auto spool = OpenSpool(dir.path());
    for (int i = 0; i < 10; ++i) spool->Append(kTransitions, Transition("a"));
    EXPECT_EQ(ReadAll(*spool, kTransitions).size(), 10u);
    spool->Acknowledge(kTransitions, 10);
  }
  auto spool = OpenSpool(dir.path());
  EXPECT_TRUE(ReadAll(*spool, kTransitions).empty());
  EXPECT_EQ(spool->Append(kTransitions, Transition("b")), 11u);
}

// An earlier run has used numbers up to 1000, and its files are lost.
TEST(Spool, NeverGivesANumberThatTheCollectorKnowsAndNumbersAnewWhatBearsOne) {
  TempDir dir;
  {
    auto spool = OpenSpool(dir.path());
    spool->Append(kTransitions, Transition("a"));
    spool->Append(kTransitions, Transition("b"));
    ASSERT_TRUE(spool->Flush().ok());
    spool->Acknowledge(kTransitions, 1000);
    EXPECT_EQ(spool->last_seq(kTransitions), 1002u);
    EXPECT_EQ(spool->Append(kTransitions, Transition("c")), 1003u);
    ExpectWithoutHoles(ReadAll(*spool, kTransitions), 1000);
  }
  auto spool = OpenSpool(dir.path());
  const auto records = ReadAll(*spool, kTransitions);
  ASSERT_EQ(records.size(), 3u);
  EXPECT_EQ(DetailOf(records[0]), "a");
  EXPECT_EQ(DetailOf(records[2]), "c");
}

TEST(Spool, NumbersAnewAlsoWhereTheCollectorKnowsOnlySomeOfThem) {
  TempDir dir;
  auto spool = OpenSpool(dir.path());
  for (int i = 1; i <= 4; ++i) spool->Append(kTransitions, Transition(std::to_string(i)));
  spool->Acknowledge(kTransitions, 2);
  const auto records = ReadAll(*spool, kTransitions);
  ExpectWithoutHoles(records, 2);
  ASSERT_EQ(records.size(), 5u);
  EXPECT_EQ(records[0].gap().last_seq(), 4u);
  for (int i = 1; i <= 4; ++i) EXPECT_EQ(DetailOf(records[i]), std::to_string(i));
}

TEST(Spool, WhatWasSentKeepsItsNumberWhenItIsAcknowledged) {
  TempDir dir;
  auto spool = OpenSpool(dir.path());
  for (int i = 1; i <= 4; ++i) spool->Append(kTransitions, Transition(std::to_string(i)));
  EXPECT_EQ(spool->ReadAfter(kTransitions, 0, 3).size(), 3u);
  spool->Acknowledge(kTransitions, 3);
  const auto records = ReadAll(*spool, kTransitions, 3);
  ASSERT_EQ(records.size(), 1u);
  EXPECT_EQ(records[0].seq(), 4u);
}

TEST(Spool, ReplacesTheOldestLogEventsByAGapAtTheBound) {
  TempDir dir;
  SpoolOptions options;
  options.directory = dir.path();
  options.max_log_event_bytes = 64 << 10;
  options.segment_bytes = 8 << 10;
  options.memory_bytes = 1 << 10;
  const std::string line(200, 'x');
  {
    auto spool = OpenSpool(options);
    for (int i = 1; i <= 1000; ++i) {
      spool->Append(kLogEvents, LogLine(line));
      if (i % 20 == 0) {
        ASSERT_TRUE(spool->Flush().ok());
      }
    }
    const auto records = ReadAll(*spool, kLogEvents);
    ExpectWithoutHoles(records, 0);
    ASSERT_TRUE(records[0].has_gap());
    EXPECT_THAT(records[0].gap().why(), HasSubstr("bound"));
    EXPECT_EQ(records.back().seq(), 1000u);
    EXPECT_GT(records.size(), 100u);
  }
  size_t bytes = 0;
  for (const auto& file : FilesOf(dir.path(), "log-events-", ".log")) {
    bytes += std::filesystem::file_size(file);
  }
  EXPECT_LE(bytes, options.max_log_event_bytes + options.segment_bytes);
  auto spool = OpenSpool(options);
  EXPECT_TRUE(spool->notes().empty());
  const auto records = ReadAll(*spool, kLogEvents);
  ExpectWithoutHoles(records, 0);
  EXPECT_TRUE(records[0].has_gap());
  EXPECT_EQ(records.back().seq(), 1000u);
}

TEST(Spool, AGapAtTheBoundCarriesTheTimesAndTheAcknowledgedPartIsNotInIt) {
  TempDir dir;
  SpoolOptions options;
  options.directory = dir.path();
  options.max_transition_bytes = 32 << 10;
  options.segment_bytes = 4 << 10;
  options.memory_bytes = 1 << 10;
  auto spool = OpenSpool(options);
  for (int i = 1; i <= 20; ++i) spool->Append(kTransitions, Transition(std::string(200, 'x'), i));
  ASSERT_TRUE(spool->Flush().ok());
  EXPECT_EQ(ReadAll(*spool, kTransitions).size(), 20u);
  spool->Acknowledge(kTransitions, 7);
  for (int i = 21; i <= 1000; ++i) {
    spool->Append(kTransitions, Transition(std::string(200, 'x'), i));
    if (i % 10 == 0) {
      ASSERT_TRUE(spool->Flush().ok());
    }
  }
  const auto records = ReadAll(*spool, kTransitions);
  ExpectWithoutHoles(records, 7);
  ASSERT_TRUE(records[0].has_gap());
  EXPECT_GT(records[0].gap().from_wall_ns(), 0);
  EXPECT_EQ(static_cast<uint64_t>(records[0].gap().to_wall_ns()), records[0].gap().last_seq());
  // A reader in the middle of what is now a gap hears of the rest only.
  const auto rest = spool->ReadAfter(kTransitions, 50, 1);
  ASSERT_EQ(rest.size(), 1u);
  EXPECT_EQ(rest[0].gap().first_seq(), 51u);
}

TEST(Spool, ARecordTooLargeBecomesAGap) {
  TempDir dir;
  auto spool = OpenSpool(dir.path());
  spool->Append(kTransitions, Transition(std::string(200 << 10, 'x')));
  spool->Append(kTransitions, Transition("b"));
  const auto records = ReadAll(*spool, kTransitions);
  ASSERT_EQ(records.size(), 2u);
  EXPECT_TRUE(records[0].has_gap());
  ExpectWithoutHoles(records, 0);
}

TEST(Spool, ASecondProcessIsToldThatItIsInUse) {
  TempDir dir;
  auto spool = OpenSpool(dir.path());
  SpoolOptions options;
  options.directory = dir.path();
  const auto second = Spool::Open(options);
  ASSERT_FALSE(second.ok());
  EXPECT_TRUE(absl::IsAborted(second.status()));
  EXPECT_THAT(std::string(second.status().message()), HasSubstr("in use"));
}

TEST(Spool, AnImpossibleDirectoryIsNamed) {
  TempDir dir;
  Spill(dir.path() + "/file", "x");
  SpoolOptions options;
  options.directory = dir.path() + "/file/spool";
  const auto spool = Spool::Open(options);
  ASSERT_FALSE(spool.ok());
  EXPECT_THAT(std::string(spool.status().message()), HasSubstr(options.directory));
}

TEST(Spool, ThreadsMayAppendReadAndAcknowledgeTogether) {
  TempDir dir;
  SpoolOptions options;
  options.directory = dir.path();
  options.segment_bytes = 4 << 10;
  options.memory_bytes = 8 << 10;
  auto spool = OpenSpool(options);
  constexpr uint64_t kEach = 1500;
  std::vector<std::thread> writers;
  for (int w = 0; w < 3; ++w) {
    writers.emplace_back([&spool] {
      for (uint64_t i = 0; i < kEach; ++i) spool->Append(kTransitions, Transition("a"));
    });
  }
  uint64_t after = 0;
  while (after < 3 * kEach) {
    const auto records = spool->ReadAfter(kTransitions, after, 100);
    ExpectWithoutHoles(records, after);
    if (records.empty()) {
      std::this_thread::yield();
      continue;
    }
    after = records.back().seq();
    // Behind the reader, so that it also reads segments.
    if (after > 500) spool->Acknowledge(kTransitions, after - 500);
    EXPECT_TRUE(spool->health().ok());
  }
  for (std::thread& writer : writers) writer.join();
  EXPECT_EQ(spool->last_seq(kTransitions), 3 * kEach);
  EXPECT_TRUE(spool->Flush().ok());
}

}  // namespace
}  // namespace faultline::spool
