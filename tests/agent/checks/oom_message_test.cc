// Real texts of the kernel, as recorded.
#include "agent/checks/oom_message.h"

#include <gtest/gtest.h>

namespace faultline::checks {
namespace {

std::vector<OomKill> Find(const std::vector<std::string>& texts) {
  std::vector<host::KernelLine> lines;
  int64_t at = 0;
  for (const std::string& text : texts) lines.push_back({text, WallTime{++at}});
  return FindOomKills(lines);
}

// Linux 6.18, a cgroup's limit.
TEST(OomMessageTest, AKillAtTheLimitOfACgroup) {
  const auto kills = Find({
      "memory: usage 20480kB, limit 20480kB, failcnt 38",
      "Tasks state (memory values in pages):",
      "[  pid  ]   uid  tgid total_vm      rss rss_anon rss_file rss_shmem pgtables_bytes swapents "
      "oom_score_adj name",
      "oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=/"
      "faultline-oom-5741,task_memcg=/faultline-oom-5741,task=python3,pid=13201,uid=0",
      "Memory cgroup out of memory: Killed process 13201 (python3) total-vm:221368kB, "
      "anon-rss:19968kB, file-rss:6696kB, shmem-rss:0kB, UID:0 pgtables:100kB oom_score_adj:0",
  });
  ASSERT_EQ(kills.size(), 1U);
  EXPECT_EQ(kills[0].pid, 13201U);
  EXPECT_EQ(kills[0].process, "python3");
  EXPECT_EQ(kills[0].cgroup, "/faultline-oom-5741");
  EXPECT_EQ(kills[0].rss_bytes, 19968U * 1024);
  EXPECT_TRUE(kills[0].of_cgroup);
  EXPECT_EQ(kills[0].at.ns, 5);
  EXPECT_EQ(DescribeOomKill(kills[0]),
            "the kernel killed python3 (pid 13201, 20 MiB, faultline-oom-5741) at the memory limit "
            "of its cgroup");
}

// The form that Debian 12's Linux 6.1 writes when the whole host is out of memory.
TEST(OomMessageTest, AKillForLackOfTheHostsMemory) {
  const auto kills = Find({
      "oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset=/,mems_allowed=0,global_oom,"
      "task_memcg=/system.slice/mariadb.service,task=mariadbd,pid=812,uid=110",
      "Out of memory: Killed process 812 (mariadbd) total-vm:2871340kB, anon-rss:1258291kB, "
      "file-rss:128kB, shmem-rss:0kB, UID:110 pgtables:2908kB oom_score_adj:0",
      "oom_reaper: reaped process 812 (mariadbd), now anon-rss:0kB, file-rss:128kB, shmem-rss:0kB",
  });
  ASSERT_EQ(kills.size(), 1U);
  EXPECT_FALSE(kills[0].of_cgroup);
  EXPECT_EQ(DescribeOomKill(kills[0]),
            "the kernel killed mariadbd (pid 812, 1.2 GiB, mariadb.service) for lack of memory");
}

TEST(OomMessageTest, TheTaskThatAskedForMemoryMayBeTheOneKilled) {
  const auto kills =
      Find({"Out of memory (oom_kill_allocating_task): Killed process 7 (a) total-vm:1kB, "
            "anon-rss:1kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:4kB oom_score_adj:0"});
  ASSERT_EQ(kills.size(), 1U);
  EXPECT_EQ(kills[0].process, "a");
  EXPECT_EQ(kills[0].cgroup, "") << "the line before is missing";
}

TEST(OomMessageTest, ThePlaceOfAnotherProcessIsNotTaken) {
  const auto kills = Find({
      "oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),task_memcg=/"
      "a.service,task=a,pid=1,uid=0",
      "Out of memory: Killed process 2 (b) total-vm:1kB, anon-rss:1kB, file-rss:0kB",
  });
  ASSERT_EQ(kills.size(), 1U);
  EXPECT_EQ(kills[0].cgroup, "");
}

TEST(OomMessageTest, ANameMayHoldAnythingAndIsCleaned) {
  const auto kills =
      Find({"Out of memory: Killed process 2 (x) total-vm:9 \x1b[2J) total-vm:1kB, anon-rss:2kB, "
            "file-rss:0kB"});
  ASSERT_EQ(kills.size(), 1U);
  EXPECT_EQ(kills[0].process.find('\x1b'), std::string::npos);
  EXPECT_EQ(kills[0].process.find("x) total-vm:9"), 0U);
  EXPECT_EQ(kills[0].rss_bytes, 2048U);
}

TEST(OomMessageTest, OtherLinesAreNoKills) {
  EXPECT_TRUE(
      Find({"", "Out of memory: Killed process ", "Out of memory: Killed process x (y)",
            "Out of memory: Killed process 1", "Out of memory: Killed process 1 (a",
            "Out of memory: Killed process 99999999999999999999 (a) total-vm:1kB",
            "Killed process 12 (bash)", "oom-kill:constraint=", "oom-kill:constraint=,pid="})
          .empty());
}

}  // namespace
}  // namespace faultline::checks
