// What the agent says of its own spool, to the collector and so to people.
#include <gtest/gtest.h>

#include <atomic>
#include <cerrno>

#include "agent/host/loop.h"
#include "agent/host/systemd_bus.h"
#include "agent/host/worker_pool.h"
#include "agent/reporter.h"
#include "agent/spool/file_io.h"
#include "agent/spool/spool.h"
#include "tests/agent/host/run_until.h"
#include "tests/fakes/temp_directory.h"

namespace faultline::agent {
namespace {

// The real disk, on which no file can be made while it is full.
class FillableDisk : public spool::Disk {
 public:
  std::atomic<bool> full = false;

  absl::StatusOr<std::unique_ptr<spool::File>> Open(const std::string& path, Mode mode) override {
    if (full) return spool::FileError("create", path, ENOSPC);
    return disk_->Open(path, mode);
  }
  absl::StatusOr<std::string> Read(const std::string& path, size_t max_bytes) override {
    return disk_->Read(path, max_bytes);
  }
  bool Exists(const std::string& path) override { return disk_->Exists(path); }
  absl::StatusOr<uint64_t> SizeOf(const std::string& path) override { return disk_->SizeOf(path); }
  absl::StatusOr<std::vector<std::string>> List(const std::string& directory) override {
    return disk_->List(directory);
  }
  absl::Status Rename(const std::string& from, const std::string& to) override {
    return disk_->Rename(from, to);
  }
  absl::Status Remove(const std::string& path) override { return disk_->Remove(path); }
  absl::Status SyncDirectory(const std::string& directory) override {
    return disk_->SyncDirectory(directory);
  }
  absl::Status MakeDirectory(const std::string& directory) override {
    return disk_->MakeDirectory(directory);
  }
  absl::StatusOr<std::unique_ptr<spool::DirectoryLock>> Lock(const std::string& path) override {
    return disk_->Lock(path);
  }

 private:
  const std::unique_ptr<spool::Disk> disk_ = spool::MakeDisk();
};

class ReporterSpoolTest : public testing::Test {
 protected:
  void Start() {
    auto spool = spool::Spool::Open({.directory = temp_.path() + "/spool", .disk = &disk_});
    ASSERT_TRUE(spool.ok()) << spool.status();
    spool_ = *std::move(spool);
    reporter_ = std::make_unique<Reporter>(Reporter::Parts{.loop = *loop_,
                                                           .workers = workers_,
                                                           .systemd = *systemd_,
                                                           .clock = clock_,
                                                           .spool = *spool_,
                                                           .state_dir = temp_.path(),
                                                           .boot_id = "boot"},
                                           std::vector<config::CheckConfig>{});
    reporter_->Start(nullptr);
  }

  faultline::v1::Snapshot Snapshot() {
    declarations_.Clear();
    faultline::v1::Snapshot snapshot;
    reporter_->TakeSnapshot(&declarations_, &snapshot);
    return snapshot;
  }

  const SystemClock clock_;
  fakes::TempDirectory temp_;
  FillableDisk disk_;
  std::unique_ptr<host::Loop> loop_ = *host::Loop::Create();
  host::WorkerPool workers_{1, 8};
  std::unique_ptr<host::SystemdBus> systemd_ =
      host::MakeSystemdBus(*loop_, "unix:path=/nonexistent");
  std::unique_ptr<spool::Spool> spool_;
  std::unique_ptr<Reporter> reporter_;
  faultline::v1::CheckDeclarations declarations_;
};

TEST_F(ReporterSpoolTest, AFullDiskIsACheckOfTheAgentsOwnUntilThereIsRoom) {
  disk_.full = true;
  Start();
  ASSERT_TRUE(host::RunUntil(*loop_, [&] { return Snapshot().checks_size() == 1; }));
  const faultline::v1::Snapshot told = Snapshot();
  EXPECT_EQ(told.checks(0).observation().state(), faultline::v1::STATE_WARNING);
  EXPECT_EQ(told.checks(0).observation().reason(), "SPOOL_DISK_FULL");
  ASSERT_EQ(declarations_.checks_size(), 1);
  EXPECT_EQ(declarations_.checks(0).kind(), "spool");
  EXPECT_EQ(declarations_.checks(0).target(), "agent");

  disk_.full = false;
  EXPECT_TRUE(host::RunUntil(*loop_, [&] {
    return Snapshot().checks(0).observation().state() == faultline::v1::STATE_OK;
  }));
  EXPECT_TRUE(spool_->Flush().ok());
}

TEST_F(ReporterSpoolTest, OfASpoolThatIsWellNothingIsSaid) {
  Start();
  bool later = false;
  const auto timer = loop_->After(Span::Millis(50), [&] { later = true; });
  ASSERT_TRUE(host::RunUntil(*loop_, [&] { return later; }));
  EXPECT_EQ(Snapshot().checks_size(), 0);
  EXPECT_EQ(declarations_.checks_size(), 0);
}

}  // namespace
}  // namespace faultline::agent
