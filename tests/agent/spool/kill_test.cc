// A real process that appends is killed with SIGKILL; a real file system that is full.
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "gmock/gmock.h"
#include "tests/agent/spool/spool_testing.h"

namespace faultline::spool {
namespace {

// Appends for ever; writes to `out` each number as soon as Flush has promised it, and each that was
// handed to a reader ("sent").
[[noreturn]] void AppendForEver(const std::string& directory, int out) {
  SpoolOptions options;
  options.directory = directory;
  options.segment_bytes = 2 << 10;
  auto spool = Spool::Open(options);
  if (!spool.ok()) _exit(9);
  uint64_t after = (*spool)->last_seq(kTransitions);
  while (true) {
    for (int i = 0; i < 3; ++i) (*spool)->Append(kTransitions, Transition("x"));
    uint64_t told[2] = {0, 0};
    const auto sent = (*spool)->ReadAfter(kTransitions, after, 100);
    if (!sent.empty()) told[0] = after = sent.back().seq();
    if (write(out, told, sizeof(told)) != sizeof(told)) _exit(8);
    if (!(*spool)->Flush().ok()) _exit(7);
    told[1] = (*spool)->last_seq(kTransitions);
    if (write(out, told, sizeof(told)) != sizeof(told)) _exit(8);
  }
}

TEST(Kill, NothingThatWasFlushedIsLostAndNothingThatWasSentIsNumberedAgain) {
  TempDir dir;
  uint64_t before = 0;
  for (int round = 0; round < 8; ++round) {
    int pipe_fds[2];
    ASSERT_EQ(pipe(pipe_fds), 0);
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      close(pipe_fds[0]);
      AppendForEver(dir.path(), pipe_fds[1]);
    }
    close(pipe_fds[1]);
    uint64_t promised = before;
    uint64_t sent = 0;
    uint64_t told[2];
    // Killed after a different number of reports each time, wherever it is then.
    for (int i = 0; i < 5 + round * 7; ++i) {
      ASSERT_EQ(read(pipe_fds[0], told, sizeof(told)), static_cast<ssize_t>(sizeof(told)));
      sent = std::max(sent, told[0]);
      promised = std::max(promised, told[1]);
    }
    kill(child, SIGKILL);
    while (read(pipe_fds[0], told, sizeof(told)) == static_cast<ssize_t>(sizeof(told))) {
      sent = std::max(sent, told[0]);
      promised = std::max(promised, told[1]);
    }
    close(pipe_fds[0]);
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << status;

    auto spool = OpenSpool(dir.path());
    ASSERT_NE(spool, nullptr);
    EXPECT_EQ(spool->start_number(), 2u * round + 2);
    const auto records = ReadAll(*spool, kTransitions);
    ExpectWithoutHoles(records, 0);
    for (const auto& record : records) {
      if (record.seq() > before && record.has_gap()) {
        EXPECT_GT(record.gap().first_seq(), promised);
      }
    }
    EXPECT_GE(spool->last_seq(kTransitions), promised);
    EXPECT_GE(spool->last_seq(kTransitions), sent);
    EXPECT_TRUE(FilesOf(dir.path(), "", ".bad").empty());
    before = spool->last_seq(kTransitions);
  }
}

// In a child with a mount namespace of its own, so that nothing of it is seen elsewhere. Returns
// the number of the first expectation that failed, 0 = none, 100 = cannot mount here.
int OnAFullFileSystem(const std::string& directory) {
  if (unshare(CLONE_NEWNS) != 0) return 100;
  if (mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return 100;
  if (mount("tmpfs", directory.c_str(), "tmpfs", 0, "size=256k") != 0) return 100;
  SpoolOptions options;
  options.directory = directory + "/spool";
  options.segment_bytes = 16 << 10;
  options.max_undurable_bytes = 64 << 10;
  auto opened = Spool::Open(options);
  if (!opened.ok()) return 1;
  auto spool = *std::move(opened);
  spool->Append(kTransitions, Transition("before"));
  if (!spool->Flush().ok()) return 2;

  const std::string filler = directory + "/filler";
  const int fd = open(filler.c_str(), O_WRONLY | O_CREAT, 0600);
  const std::string block(4096, 'f');
  while (write(fd, block.data(), block.size()) > 0) {
  }
  close(fd);
  for (int i = 0; i < 200; ++i) spool->Append(kTransitions, Transition(std::string(100, 'x')));
  const absl::Status full = spool->Flush();
  if (!absl::IsResourceExhausted(full)) return 3;
  if (full.message().find("free some space") == std::string::npos) return 4;
  if (spool->health().ok()) return 5;
  // Sent from memory all the same.
  if (spool->ReadAfter(kTransitions, 0, 1000).size() != 201) return 6;
  // Bounded: the oldest become a gap, without a hole.
  for (int i = 0; i < 2000; ++i) spool->Append(kTransitions, Transition(std::string(100, 'x')));
  const auto records = ReadAll(*spool, kTransitions);
  uint64_t next = 1;
  bool gap = false;
  for (const auto& record : records) {
    if ((record.has_gap() ? record.gap().first_seq() : record.seq()) != next) return 7;
    gap = gap || record.has_gap();
    next = record.seq() + 1;
  }
  if (!gap || next != 2202) return 8;
  spool->Acknowledge(kTransitions, 2100);

  unlink(filler.c_str());
  // Two calls: the retry of the first may still have met the full disk.
  if (!spool->Flush().ok() && !spool->Flush().ok()) return 9;
  if (!spool->health().ok()) return 10;
  spool.reset();
  opened = Spool::Open(options);
  if (!opened.ok() || !(*opened)->notes().empty()) return 11;
  if (ReadAll(**opened, kTransitions).size() != 101) return 12;

  // Full from the start: an agent that knows its spool starts all the same.
  opened->reset();
  const int again = open(filler.c_str(), O_WRONLY | O_CREAT, 0600);
  while (write(again, block.data(), block.size()) > 0) {
  }
  close(again);
  opened = Spool::Open(options);
  if (!opened.ok()) return 13;
  if ((*opened)->start_number() != 3) return 14;
  if (ReadAll(**opened, kTransitions).size() != 101) return 15;
  return 0;
}

TEST(FullDisk, RecordsAreKeptInMemoryAndWrittenWhenThereIsSpace) {
  TempDir dir;
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) _exit(OnAFullFileSystem(dir.path()));
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status)) << status;
  if (WEXITSTATUS(status) == 100) GTEST_SKIP() << "needs the right to mount a tmpfs";
  EXPECT_EQ(WEXITSTATUS(status), 0) << "expectation number";
}

}  // namespace
}  // namespace faultline::spool
