// Real file systems that take nothing: full, read-only, limited. In a child with a mount namespace
// of its own, so that nothing of it is seen elsewhere.
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>

#include "gmock/gmock.h"
#include "tests/agent/spool/spool_testing.h"

namespace faultline::spool {
namespace {

constexpr int kCannotMount = 100;

// `work` returns the number of the first expectation that failed, 0 = none.
int InChild(const std::function<int()>& work) {
  const pid_t child = fork();
  if (child == 0) _exit(work());
  int status = 0;
  if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status)) return -1;
  return WEXITSTATUS(status);
}

bool MountTmpfs(const std::string& directory) {
  return unshare(CLONE_NEWNS) == 0 &&
         mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
         mount("tmpfs", directory.c_str(), "tmpfs", 0, "size=256k") == 0;
}

bool Remount(const std::string& directory, unsigned long flags) {
  return mount("tmpfs", directory.c_str(), "tmpfs", MS_REMOUNT | flags, "size=256k") == 0;
}

void Fill(const std::string& path) {
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  const std::string block(4096, 'f');
  while (write(fd, block.data(), block.size()) > 0) {
  }
  close(fd);
}

SpoolOptions In(const std::string& directory) {
  SpoolOptions options;
  options.directory = directory + "/state/spool";
  options.segment_bytes = 16 << 10;
  return options;
}

int OnAReadOnlyFileSystem(const std::string& directory) {
  if (!MountTmpfs(directory)) return kCannotMount;
  std::string id;
  {
    auto spool = Spool::Open(In(directory));
    if (!spool.ok()) return 1;
    id = (*spool)->id();
    (*spool)->Append(kTransitions, Transition("before"));
    if (!(*spool)->Flush().ok()) return 2;
  }
  // The agent starts on it all the same, has its history and sends.
  if (!Remount(directory, MS_RDONLY)) return kCannotMount;
  auto spool = Spool::Open(In(directory));
  if (!spool.ok()) return 3;
  if (!absl::IsFailedPrecondition((*spool)->health())) return 4;
  if ((*spool)->id() != id) return 5;
  (*spool)->Append(kTransitions, Transition("meanwhile"));
  if ((*spool)->Flush().ok()) return 6;
  auto records = ReadAll(**spool, kTransitions);
  if (records.size() != 3 || DetailOf(records[0]) != "before" || !records[1].has_gap() ||
      DetailOf(records[2]) != "meanwhile") {
    return 7;
  }
  // Goes back to disk by itself, also what was seen meanwhile.
  if (!Remount(directory, 0)) return kCannotMount;
  if (!(*spool)->Flush().ok() || !(*spool)->health().ok()) return 8;
  const uint64_t start = (*spool)->start_number();
  spool->reset();
  spool = Spool::Open(In(directory));
  if (!spool.ok() || (*spool)->start_number() != start + 1) return 9;
  if (ReadAll(**spool, kTransitions).size() != 3) return 10;
  return (*spool)->health().ok() ? 0 : 11;
}

TEST(DiskTrouble, AgentStartsOnAReadOnlyFileSystemAndRecoversByItself) {
  TempDir dir;
  const int failed = InChild([&] { return OnAReadOnlyFileSystem(dir.path()); });
  if (failed == kCannotMount) GTEST_SKIP() << "needs the right to mount a tmpfs";
  EXPECT_EQ(failed, 0) << "expectation number";
}

int FirstStartOnAFullFileSystem(const std::string& directory) {
  if (!MountTmpfs(directory)) return kCannotMount;
  Fill(directory + "/filler");
  auto spool = Spool::Open(In(directory));
  if (!spool.ok()) return 1;
  if (!absl::IsResourceExhausted((*spool)->health())) return 2;
  const std::string id = (*spool)->id();
  (*spool)->Append(kTransitions, Transition("a"));
  if ((*spool)->Flush().ok()) return 3;
  if (ReadAll(**spool, kTransitions).size() != 1) return 4;
  unlink((directory + "/filler").c_str());
  if (!(*spool)->Flush().ok()) return 5;
  spool->reset();
  spool = Spool::Open(In(directory));
  if (!spool.ok() || (*spool)->id() != id) return 6;
  return ReadAll(**spool, kTransitions).size() == 1 ? 0 : 7;
}

TEST(DiskTrouble, AFirstStartOnAFullDiskRunsFromMemoryAndTakesItsPlaceLater) {
  TempDir dir;
  const int failed = InChild([&] { return FirstStartOnAFullFileSystem(dir.path()); });
  if (failed == kCannotMount) GTEST_SKIP() << "needs the right to mount a tmpfs";
  EXPECT_EQ(failed, 0) << "expectation number";
}

// What the collector has taken is forgotten also where no new file can be made.
int AcknowledgeOnAFullFileSystem(const std::string& directory) {
  if (!MountTmpfs(directory)) return kCannotMount;
  auto opened = Spool::Open(In(directory));
  if (!opened.ok()) return 1;
  Spool& spool = **opened;
  for (int i = 0; i < 400; ++i) {
    spool.Append(kTransitions, Transition(std::string(200, 'x')));
    if (i % 50 == 0 && !spool.Flush().ok()) return 2;
  }
  ReadAll(spool, kTransitions);
  spool.Acknowledge(kTransitions, 1);
  opened->reset();
  opened = Spool::Open(In(directory));
  if (!opened.ok()) return 3;
  Fill(directory + "/filler");
  const size_t before = (*opened)->stats().disk_bytes;
  ReadAll(**opened, kTransitions);
  (*opened)->Acknowledge(kTransitions, 400);
  (*opened)->Flush().IgnoreError();
  opened->reset();
  opened = Spool::Open(In(directory));
  if (!opened.ok()) return 4;
  if ((*opened)->acknowledged(kTransitions) != 400) return 5;
  return (*opened)->stats().disk_bytes < before / 2 ? 0 : 6;
}

TEST(DiskTrouble, AFullDiskIsFreedOfWhatTheCollectorHas) {
  TempDir dir;
  const int failed = InChild([&] { return AcknowledgeOnAFullFileSystem(dir.path()); });
  if (failed == kCannotMount) GTEST_SKIP() << "needs the right to mount a tmpfs";
  EXPECT_EQ(failed, 0) << "expectation number";
}

int UnderALimitOfFileSizes(const std::string& directory) {
  signal(SIGXFSZ, SIG_IGN);
  auto opened = Spool::Open(In(directory));
  if (!opened.ok()) return 1;
  Spool& spool = **opened;
  const rlimit limit{2000, RLIM_INFINITY};
  if (setrlimit(RLIMIT_FSIZE, &limit) != 0) return 2;
  for (int i = 1; i <= 30; ++i) spool.Append(kTransitions, Transition(std::string(200, 'x')));
  const absl::Status refused = spool.Flush();
  if (!absl::IsResourceExhausted(refused)) return 3;
  if (refused.message().find("LimitFSIZE") == std::string::npos) return 4;
  if (ReadAll(spool, kTransitions).size() != 30) return 5;
  const rlimit lifted{RLIM_INFINITY, RLIM_INFINITY};
  if (setrlimit(RLIMIT_FSIZE, &lifted) != 0) return 6;
  if (!spool.Flush().ok()) return 7;
  opened->reset();
  opened = Spool::Open(In(directory));
  if (!opened.ok() || !(*opened)->notes().empty()) return 8;
  return ReadAll(**opened, kTransitions).size() == 30 ? 0 : 9;
}

TEST(DiskTrouble, AWriteThatIsCutShortLeavesNoHalfRecordBehind) {
  TempDir dir;
  EXPECT_EQ(InChild([&] { return UnderALimitOfFileSizes(dir.path()); }), 0) << "expectation number";
}

TEST(DiskTrouble, ADirectoryThatMayNotBeWrittenIsAnErrorThatNamesTheFix) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root to give up root";
  TempDir dir;
  const int failed = InChild([&] {
    if (setegid(65534) != 0 || seteuid(65534) != 0) return 1;
    const auto spool = Spool::Open(In(dir.path()));
    if (!absl::IsPermissionDenied(spool.status())) return 2;
    return spool.status().message().find("give the agent's user the right") == std::string::npos
               ? 3
               : 0;
  });
  EXPECT_EQ(failed, 0) << "expectation number";
}

}  // namespace
}  // namespace faultline::spool
