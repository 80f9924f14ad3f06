#include "collector/store/maintenance.h"

#include <filesystem>
#include <fstream>

#include "collector/store/schema.h"
#include "collector/store/write.h"
#include "tests/collector/store/store_samples.h"

namespace faultline::store {
namespace {

constexpr Span kDay = Span::Seconds(86400);

class MaintenanceTest : public StoreTest {
 protected:
  void SetUp() override {
    std::ofstream(Options().path).flush();
    auto writer = Connection::Open(Options().path, Access::kWriter);
    ASSERT_TRUE(writer.ok()) << writer.status();
    writer_ = *std::move(writer);
    ASSERT_TRUE(Migrate(*writer_).ok());
    ASSERT_TRUE(writer_->Execute("UPDATE reckoning SET time = " + std::to_string(now_.ns)).ok());
  }
  // `count` transitions that were received at `received`.
  void Write(uint64_t first_seq, uint64_t count, WallTime received) {
    Commit commit;
    for (uint64_t seq = first_seq; seq < first_seq + count; ++seq) {
      commit.transitions.push_back(SampleTransition(seq));
      commit.transitions.back().received = received;
    }
    ASSERT_TRUE(writer_->Execute("BEGIN").ok());
    ASSERT_TRUE(WriteCommit(*writer_, commit, {}).ok());
    ASSERT_TRUE(writer_->Execute("COMMIT").ok());
  }
  int64_t Transitions() { return CountRows(Options().path, "transitions"); }

  std::unique_ptr<Connection> writer_;
  const WallTime now_ = At(1'800'000'000);
};

TEST_F(MaintenanceTest, OldRecordsGoAFewAtATimeAndYoungOnesStay) {
  Write(1, 1200, now_ - Span{31 * kDay.ns});
  Write(2001, 10, now_ - Span{29 * kDay.ns});
  Maintenance maintenance(*writer_, {.keep = Span{30 * kDay.ns}});
  MonoTime mono{Span::Seconds(1).ns};
  ASSERT_TRUE(maintenance.Step(mono, now_).ok());
  EXPECT_EQ(Transitions(), 710);
  EXPECT_LE(maintenance.DueAt(mono), mono + Span::Millis(200)) << "goes on at the next idle moment";
  ASSERT_TRUE(maintenance.Step(mono, now_).ok());
  ASSERT_TRUE(maintenance.Step(mono, now_).ok());
  EXPECT_EQ(Transitions(), 10);
  EXPECT_GE(maintenance.DueAt(mono), mono + Span::Seconds(50)) << "then rests";
  ASSERT_TRUE(maintenance.Step(mono + Span{2 * kDay.ns}, now_ + Span{2 * kDay.ns}).ok());
  EXPECT_EQ(Transitions(), 0);
}

TEST_F(MaintenanceTest, AClockThatIsFortyDaysAheadDeletesNothing) {
  Write(1, 10, now_);
  const WallTime ahead = now_ + Span{40 * kDay.ns};
  for (int start = 0; start < 3; ++start) {
    Maintenance maintenance(*writer_, {.keep = Span{30 * kDay.ns}});
    MonoTime mono{Span::Seconds(1).ns};
    Write(100 + static_cast<uint64_t>(start), 1, ahead);
    for (int minute = 0; minute < 30; ++minute) {
      ASSERT_TRUE(maintenance.Step(mono, ahead).ok());
      mono = mono + Span::Seconds(60);
    }
  }
  EXPECT_EQ(Transitions(), 13);
  Maintenance maintenance(*writer_, {.keep = Span{30 * kDay.ns}});
  MonoTime mono{Span::Seconds(1).ns};
  maintenance.ConfirmClock(ahead, mono);
  ASSERT_TRUE(maintenance.Step(mono, ahead).ok());
  EXPECT_EQ(Transitions(), 3) << "others say that it is so late";
}

TEST_F(MaintenanceTest, UnderLoadDeletionsDoNotWaitForAnIdleMomentForEver) {
  Maintenance maintenance(*writer_, {.keep = Span{30 * kDay.ns}});
  MonoTime mono{Span::Seconds(1).ns};
  EXPECT_FALSE(maintenance.urgent(mono));
  ASSERT_TRUE(maintenance.Step(mono, now_).ok());
  EXPECT_FALSE(maintenance.urgent(mono + Span::Seconds(100)));
  EXPECT_TRUE(maintenance.urgent(mono + Span::Seconds(130)));
}

TEST_F(MaintenanceTest, AGrownLogIsCopiedWhenIdleAndStartsAnew) {
  Maintenance maintenance(*writer_, {.keep = Span{30 * kDay.ns}});
  MonoTime mono{Span::Seconds(1).ns};
  ASSERT_TRUE(maintenance.Step(mono, now_).ok());
  uint64_t seq = 1;
  while (writer_->uncopied_frames() < 4000) {
    Write(seq, 200, now_);
    seq += 200;
  }
  EXPECT_EQ(maintenance.DueAt(mono), mono + Span::Millis(200));
  EXPECT_FALSE(maintenance.urgent(mono));
  mono = mono + Span::Millis(200);
  ASSERT_TRUE(maintenance.Step(mono, now_).ok());
  EXPECT_EQ(writer_->uncopied_frames(), 0);
  const auto log_size = std::filesystem::file_size(Options().path + "-wal");
  Write(seq, 200, now_);
  EXPECT_GT(writer_->uncopied_frames(), 0);
  EXPECT_LT(writer_->uncopied_frames(), 4000);
  EXPECT_EQ(std::filesystem::file_size(Options().path + "-wal"), log_size);
}

TEST_F(MaintenanceTest, AReaderThatHoldsTheLogIsWaitedForWithoutSpinning) {
  Maintenance maintenance(*writer_, {.keep = Span{30 * kDay.ns}});
  MonoTime mono{Span::Seconds(1).ns};
  ASSERT_TRUE(maintenance.Step(mono, now_).ok());
  auto reader = Connection::Open(Options().path, Access::kReader);
  ASSERT_TRUE(reader.ok());
  ASSERT_TRUE((*reader)->Execute("BEGIN; SELECT count(*) FROM transitions").ok());
  uint64_t seq = 1;
  while (writer_->uncopied_frames() < 4800) {
    Write(seq, 200, now_);
    seq += 200;
  }
  ASSERT_TRUE(maintenance.Step(mono, now_).ok());
  EXPECT_GT(writer_->uncopied_frames(), 0) << "the reader still needs the old pages";
  EXPECT_EQ(maintenance.DueAt(mono), mono + Span::Seconds(1));
  ASSERT_TRUE((*reader)->Execute("COMMIT").ok());
  mono = mono + Span::Seconds(1);
  ASSERT_TRUE(maintenance.Step(mono, now_).ok());
  EXPECT_EQ(writer_->uncopied_frames(), 0);
}

}  // namespace
}  // namespace faultline::store
