#include "agent/host/dpkg_lock.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

namespace faultline::host {
namespace {

// A child process that holds a lock on a file until told to end: a lock of our own process would
// not show.
class Holder {
 public:
  explicit Holder(const std::string& file, short type = F_WRLCK) {
    int ready[2];
    int end[2];
    EXPECT_EQ(pipe(ready), 0);
    EXPECT_EQ(pipe(end), 0);
    pid_ = fork();
    if (pid_ == 0) {
      close(ready[0]);
      close(end[1]);
      const int fd = open(file.c_str(), O_RDWR | O_CREAT, 0640);
      struct flock lock {};
      lock.l_type = type;
      lock.l_whence = SEEK_SET;
      const char answer = fcntl(fd, F_SETLK, &lock) == 0 ? 'y' : 'n';
      if (write(ready[1], &answer, 1) != 1) _exit(1);
      char none = 0;
      while (read(end[0], &none, 1) < 0) {
      }
      _exit(0);
    }
    close(ready[1]);
    close(end[0]);
    end_ = end[1];
    char answer = 0;
    EXPECT_EQ(read(ready[0], &answer, 1), 1);
    EXPECT_EQ(answer, 'y');
    close(ready[0]);
  }
  ~Holder() {
    close(end_);
    waitpid(pid_, nullptr, 0);
  }

 private:
  pid_t pid_ = -1;
  int end_ = -1;
};

class DpkgLockTest : public testing::Test {
 protected:
  DpkgLockTest() {
    char path[] = "/tmp/faultline-lock-XXXXXX";
    directory_ = mkdtemp(path);
    EXPECT_EQ(chmod(directory_.c_str(), 0755), 0);
    file_ = directory_ + "/lock-frontend";
  }
  ~DpkgLockTest() override { std::filesystem::remove_all(directory_); }

  std::string directory_;
  std::string file_;
};

TEST_F(DpkgLockTest, SeesALockThatAnotherProcessHolds) {
  EXPECT_FALSE(IsAnyLocked({file_})) << "there is no such file yet";
  {
    const Holder holder(file_);
    EXPECT_TRUE(IsAnyLocked({directory_ + "/none", file_}));
  }
  EXPECT_FALSE(IsAnyLocked({file_})) << "the file stays, the lock is gone";
}

TEST_F(DpkgLockTest, SeesItAlsoWithoutTheRightToOpenTheFile) {
  const Holder holder(file_);
  const std::string text = [] {
    std::string all;
    FILE* f = fopen("/proc/locks", "re");
    for (int c = 0; f != nullptr && (c = fgetc(f)) != EOF;) all += static_cast<char>(c);
    if (f != nullptr) fclose(f);
    return all;
  }();
  if (ParseProcLocks(text).empty()) GTEST_SKIP() << "this kernel shows no locks in /proc/locks";
  ASSERT_EQ(chmod(file_.c_str(), 0), 0);
  const uid_t user = geteuid();
  if (user == 0) {
    ASSERT_EQ(seteuid(65534), 0);
  }
  const bool locked = IsAnyLocked({file_});
  if (user == 0) {
    ASSERT_EQ(seteuid(user), 0);
  }
  EXPECT_TRUE(locked) << text;
}

TEST(ParseProcLocksTest, ReadsPosixLocksAndLeavesTheRest) {
  const std::vector<FileLock> locks = ParseProcLocks(
      "1: POSIX  ADVISORY  WRITE 1234 08:01:131078 0 EOF\n"
      "2: FLOCK  ADVISORY  WRITE 700 00:19:1042 0 EOF\n"
      "3: POSIX  ADVISORY  READ 901 fd:00:262145 128 128\n"
      "3: -> POSIX  ADVISORY  WRITE 902 fd:00:262145 128 128\n"
      "4: OFDLCK ADVISORY  READ -1 00:06:1028 0 EOF\n"
      "5: LEASE  ACTIVE    READ 3344 08:01:555 0 EOF\n");
  ASSERT_EQ(locks.size(), 2u);
  EXPECT_EQ(locks[0].pid, 1234);
  EXPECT_EQ(locks[0].device_major, 8u);
  EXPECT_EQ(locks[0].device_minor, 1u);
  EXPECT_EQ(locks[0].inode, 131078u);
  EXPECT_TRUE(locks[0].write);
  EXPECT_EQ(locks[1].device_major, 0xfdu);
  EXPECT_FALSE(locks[1].write);
}

TEST(ParseProcLocksTest, SurvivesGarbage) {
  EXPECT_TRUE(ParseProcLocks("").empty());
  EXPECT_TRUE(ParseProcLocks("1: POSIX ADVISORY WRITE").empty());
  EXPECT_TRUE(ParseProcLocks(std::string(100'000, 'x')).empty());
  EXPECT_TRUE(ParseProcLocks(std::string("1: POSIX\0 ADVISORY", 18)).empty());
}

}  // namespace
}  // namespace faultline::host
