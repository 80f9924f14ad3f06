// What the spool does with files that a kill, a power loss or a bad disk has left.
#include <fcntl.h>
#include <unistd.h>

#include "agent/spool/frame.h"
#include "agent/spool/marks.h"
#include "gmock/gmock.h"
#include "tests/agent/spool/spool_testing.h"

namespace faultline::spool {
namespace {

// A spool of ten transitions that a kill has ended: nothing but the segment says how far it came.
class Damage : public ::testing::Test {
 protected:
  void SetUp() override {
    auto spool = OpenSpool(dir_.path());
    for (int i = 1; i <= 10; ++i) spool->Append(kTransitions, Transition("t" + std::to_string(i)));
    ASSERT_TRUE(spool->Flush().ok());
    spool.reset();
    const auto files = FilesOf(dir_.path(), "transitions-", ".log");
    ASSERT_EQ(files.size(), 1u);
    segment_ = files[0];
    whole_ = Slurp(segment_);
    meta_ = Slurp(dir_.path() + "/meta");
    used_ = Slurp(dir_.path() + "/used");
  }

  // As it was, with this in place of the segment.
  void Lay(const std::string& segment, bool with_used) {
    for (const auto& file : FilesOf(dir_.path(), "transitions-", "")) unlink(file.c_str());
    Spill(dir_.path() + "/meta", meta_);
    Spill(dir_.path() + "/used", with_used ? used_ : UsedUpTo(0));
    Spill(segment_, segment);
  }

  std::string UsedUpTo(uint64_t seq) {
    TempDir other(FastParent());
    UsedMark mark(*disk_, other.path() + "/used");
    mark.Raise(0, seq);
    return Slurp(other.path() + "/used");
  }

  size_t EndOfFrame(int number) {
    size_t end = 0;
    for (int i = 1; i <= number; ++i) {
      const FrameScan scan = ScanFrames(std::string_view(whole_).substr(end), kTransitions);
      end += EncodeFrame(scan.records.front()).size();
    }
    return end;
  }

  const std::unique_ptr<Disk> disk_ = MakeDisk();
  TempDir dir_{FastParent()};
  std::string segment_, whole_, meta_, used_;
};

TEST_F(Damage, ATailTornAtAnyByteCostsOnlyTheUnfinishedRecord) {
  for (size_t size = 0; size < whole_.size(); ++size) {
    Lay(whole_.substr(0, size), false);
    auto spool = OpenSpool(dir_.path());
    ASSERT_NE(spool, nullptr);
    const size_t whole_records = ScanFrames(whole_.substr(0, size), kTransitions).records.size();
    auto records = ReadAll(*spool, kTransitions);
    ASSERT_EQ(records.size(), whole_records) << "cut at " << size;
    ExpectWithoutHoles(records, 0);
    ASSERT_EQ(spool->Append(kTransitions, Transition("new")), whole_records + 1);
    spool.reset();
    spool = OpenSpool(dir_.path());
    records = ReadAll(*spool, kTransitions);
    ASSERT_EQ(records.size(), whole_records + 1) << "cut at " << size;
    ASSERT_EQ(DetailOf(records.back()), "new");
    ASSERT_TRUE(FilesOf(dir_.path(), "", ".bad").empty()) << "cut at " << size;
  }
}

TEST_F(Damage, ATailOfZerosIsCut) {
  Lay(whole_ + std::string(5000, '\0'), true);
  auto spool = OpenSpool(dir_.path());
  EXPECT_EQ(ReadAll(*spool, kTransitions).size(), 10u);
  EXPECT_EQ(std::filesystem::file_size(segment_), whole_.size());
}

TEST_F(Damage, AnyFlippedByteIsToldOfAsAGapAndTheRestIsKept) {
  for (size_t at = 0; at < whole_.size(); ++at) {
    std::string bytes = whole_;
    bytes[at] = static_cast<char>(bytes[at] ^ 0x41);
    Lay(bytes, true);
    auto spool = OpenSpool(dir_.path());
    ASSERT_NE(spool, nullptr);
    const auto records = ReadAll(*spool, kTransitions);
    ExpectWithoutHoles(records, 0);
    ASSERT_EQ(records.back().seq(), 10u) << "flipped " << at;
    int gaps = 0;
    for (const auto& record : records) {
      if (record.has_gap()) {
        ++gaps;
      } else {
        ASSERT_EQ(DetailOf(record), "t" + std::to_string(record.seq())) << "flipped " << at;
      }
    }
    ASSERT_EQ(gaps, 1) << "flipped " << at;
    ASSERT_EQ(records.size(), 10u) << "flipped " << at;
    ASSERT_EQ(spool->Append(kTransitions, Transition("new")), 11u);
    ASSERT_FALSE(spool->notes().empty());
  }
}

TEST_F(Damage, ADamagedSegmentIsSetAsideWhole) {
  std::string bytes = whole_;
  bytes[EndOfFrame(3) + 12] ^= 1;
  Lay(bytes, true);
  { auto spool = OpenSpool(dir_.path()); }
  const auto bad = FilesOf(dir_.path(), "transitions-", ".bad");
  ASSERT_EQ(bad.size(), 1u);
  EXPECT_EQ(Slurp(bad[0]), bytes);
  // The second time nothing is amiss, and the gap is still told of.
  auto spool = OpenSpool(dir_.path());
  EXPECT_TRUE(spool->notes().empty());
  const auto records = ReadAll(*spool, kTransitions);
  ASSERT_EQ(records.size(), 10u);
  EXPECT_TRUE(records[3].has_gap());
}

TEST_F(Damage, GarbageInPlaceOfTheSegmentIsSetAsideAndNumbersGoOn) {
  Lay(std::string(3000, 'g') + std::string(10, '\1'), true);
  auto spool = OpenSpool(dir_.path());
  const auto records = ReadAll(*spool, kTransitions);
  ASSERT_EQ(records.size(), 1u);
  EXPECT_TRUE(records[0].has_gap());
  EXPECT_EQ(records[0].gap().first_seq(), 1u);
  EXPECT_EQ(records[0].gap().last_seq(), 10u);
  EXPECT_EQ(spool->Append(kTransitions, Transition("new")), 11u);
  EXPECT_EQ(FilesOf(dir_.path(), "transitions-", ".bad").size(), 1u);
}

TEST_F(Damage, AllSegmentsLostIsAGapAndNoNumberIsGivenTwice) {
  Lay("", true);
  unlink(segment_.c_str());
  auto spool = OpenSpool(dir_.path());
  const auto records = ReadAll(*spool, kTransitions);
  ASSERT_EQ(records.size(), 1u);
  EXPECT_EQ(records[0].gap().last_seq(), 10u);
  EXPECT_EQ(spool->Append(kTransitions, Transition("new")), 11u);
}

TEST_F(Damage, WithOnlyTheAcknowledgedPositionLeftNumbersGoOnAboveIt) {
  Positions positions{700, 5};
  ASSERT_TRUE(SaveAcknowledged(*disk_, dir_.path() + "/acknowledged", positions).ok());
  unlink(segment_.c_str());
  unlink((dir_.path() + "/used").c_str());
  auto spool = OpenSpool(dir_.path());
  EXPECT_EQ(spool->acknowledged(kTransitions), 700u);
  EXPECT_GT(spool->Append(kTransitions, Transition("new")), 700u);
  EXPECT_GT(spool->Append(kLogEvents, LogLine("new")), 5u);
  ExpectWithoutHoles(ReadAll(*spool, kTransitions), 700);
}

TEST_F(Damage, AMissingSegmentInTheMiddleIsAGap) {
  TempDir dir;
  SpoolOptions options;
  options.directory = dir.path();
  options.segment_bytes = 1 << 10;
  {
    auto spool = OpenSpool(options);
    for (int i = 1; i <= 200; ++i) {
      spool->Append(kTransitions, Transition(std::to_string(i)));
      if (i % 10 == 0) {
        ASSERT_TRUE(spool->Flush().ok());
      }
    }
  }
  const auto files = FilesOf(dir.path(), "transitions-", ".log");
  ASSERT_GT(files.size(), 4u);
  unlink(files[2].c_str());
  for (int round = 0; round < 2; ++round) {
    auto spool = OpenSpool(options);
    const auto records = ReadAll(*spool, kTransitions);
    ExpectWithoutHoles(records, 0);
    EXPECT_EQ(records.back().seq(), 200u);
    EXPECT_EQ(std::count_if(records.begin(), records.end(),
                            [](const auto& record) { return record.has_gap(); }),
              1);
  }
}

TEST_F(Damage, ASegmentThatVanishesUnderARunningSpoolIsAGap) {
  TempDir dir;
  SpoolOptions options;
  options.directory = dir.path();
  options.segment_bytes = 1 << 10;
  options.memory_bytes = 1;
  auto spool = OpenSpool(options);
  for (int i = 1; i <= 200; ++i) {
    spool->Append(kTransitions, Transition(std::to_string(i)));
    if (i % 10 == 0) {
      ASSERT_TRUE(spool->Flush().ok());
    }
  }
  const auto files = FilesOf(dir.path(), "transitions-", ".log");
  unlink(files[1].c_str());
  Spill(files[2], "garbage");
  const auto records = ReadAll(*spool, kTransitions);
  ExpectWithoutHoles(records, 0);
  EXPECT_EQ(records.back().seq(), 200u);
}

TEST_F(Damage, ADamagedMetaGivesANewSpoolThatKeepsTheRecords) {
  Spill(dir_.path() + "/meta", "faultline-spool 1\nid 00");
  auto spool = OpenSpool(dir_.path());
  EXPECT_EQ(spool->id().size(), 32u);
  EXPECT_EQ(meta_.find(spool->id()), std::string::npos);
  EXPECT_EQ(ReadAll(*spool, kTransitions).size(), 10u);
  EXPECT_EQ(FilesOf(dir_.path(), "meta", ".bad").size(), 1u);
}

TEST_F(Damage, APowerLossSkipsNumbersThatMayHaveBeenSent) {
  Meta meta = *LoadMeta(*disk_, dir_.path() + "/meta");
  meta.closed = false;
  meta.boot_id = "11111111-2222-3333-4444-555555555555";
  ASSERT_TRUE(SaveMeta(*disk_, dir_.path() + "/meta", meta).ok());
  Spill(segment_, whole_.substr(0, EndOfFrame(8)));
  auto spool = OpenSpool(dir_.path());
  const auto records = ReadAll(*spool, kTransitions);
  ExpectWithoutHoles(records, 0);
  ASSERT_EQ(records.size(), 9u);
  EXPECT_TRUE(records[8].has_gap());
  EXPECT_THAT(records[8].gap().why(), ::testing::HasSubstr("host went down"));
  EXPECT_GT(spool->Append(kTransitions, Transition("new")), 1'000'000u);
  // A stream that never held anything has nothing to skip.
  EXPECT_EQ(spool->Append(kLogEvents, LogLine("first")), 1u);
}

TEST_F(Damage, AFailedCompactionIsFinishedByTheNextOpen) {
  // The gap is written, the old segments were not removed yet.
  const std::string gap = EncodeFrame(MakeGap(kTransitions, 1, 10, 1, {}, "spool bound reached"));
  Lay(whole_, true);
  Spill(segment_, gap);
  Spill(dir_.path() + "/transitions-00000000000000000004.log",
        whole_.substr(EndOfFrame(3), EndOfFrame(7) - EndOfFrame(3)));
  Spill(dir_.path() + "/transitions-00000000000000000011.log", EncodeFrame([] {
          auto record = Transition("eleven");
          record.set_stream(kTransitions);
          record.set_seq(11);
          return record;
        }()));
  auto spool = OpenSpool(dir_.path());
  const auto records = ReadAll(*spool, kTransitions);
  ASSERT_EQ(records.size(), 2u);
  EXPECT_TRUE(records[0].has_gap());
  EXPECT_EQ(DetailOf(records[1]), "eleven");
  EXPECT_EQ(FilesOf(dir_.path(), "transitions-", ".log").size(), 2u);
}

TEST(ScanFrames, IsTotalForRandomBytes) {
  unsigned state = 1;
  for (int round = 0; round < 200; ++round) {
    std::string bytes;
    for (int i = 0; i < 500; ++i) {
      state = state * 1664525 + 1013904223;
      bytes.push_back(static_cast<char>(state >> 24 & (round % 2 == 0 ? 0xff : 0x01)));
    }
    EXPECT_TRUE(ScanFrames(bytes, kTransitions).records.empty());
  }
}

}  // namespace
}  // namespace faultline::spool
