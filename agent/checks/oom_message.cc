#include "agent/checks/oom_message.h"

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "agent/checks/byte_size.h"
#include "common/text.h"

namespace faultline::checks {
namespace {

constexpr char kKilled[] = "ut of memory: Killed process ";  // also "Memory cgroup out of memory"
constexpr char kTaskKilled[] = "(oom_kill_allocating_task): Killed process ";
constexpr char kConstraint[] = "oom-kill:constraint=";
constexpr char kRss[] = "anon-rss:";
constexpr size_t kMaxName = 64;
constexpr size_t kMaxCgroup = 256;

// The digits at `at`; 0 when there are none, or too many.
uint64_t NumberAt(const std::string& text, size_t at) {
  const size_t end = text.find_first_not_of("0123456789", at);
  uint64_t value = 0;
  if (!absl::SimpleAtoi(text.substr(at, end == std::string::npos ? end : end - at), &value)) {
    return 0;
  }
  return value;
}

// "Killed process 812 (mariadbd) total-vm:..., anon-rss:1258291kB, ...". A name may hold brackets.
bool ParseKilled(const std::string& line, OomKill* kill) {
  size_t at = line.find(kKilled);
  size_t skip = sizeof(kKilled) - 1;
  if (at == std::string::npos) {
    at = line.find(kTaskKilled);
    skip = sizeof(kTaskKilled) - 1;
  }
  if (at == std::string::npos) return false;
  kill->pid = NumberAt(line, at + skip);
  const size_t open = line.find('(', at + skip);
  const size_t close = line.rfind(") total-vm:");
  if (kill->pid == 0 || open == std::string::npos || close == std::string::npos || close < open) {
    return false;
  }
  kill->process = CleanText(line.substr(open + 1, close - open - 1), kMaxName);
  kill->of_cgroup = absl::StartsWith(line, "Memory cgroup ");
  if (const size_t rss = line.find(kRss, close); rss != std::string::npos) {
    const uint64_t kib = NumberAt(line, rss + sizeof(kRss) - 1);
    kill->rss_bytes = kib < UINT64_MAX / 1024 ? kib * 1024 : 0;
  }
  return true;
}

// "oom-kill:constraint=...,task_memcg=/system.slice/mariadb.service,task=mariadbd,pid=812,uid=110"
void ParseConstraint(const std::string& line, uint64_t* pid, std::string* cgroup) {
  for (const auto part : absl::StrSplit(line, ',')) {
    const std::string text(part);
    if (absl::StartsWith(text, "task_memcg=")) *cgroup = CleanText(text.substr(11), kMaxCgroup);
    if (absl::StartsWith(text, "pid=")) *pid = NumberAt(text, 4);
  }
}

}  // namespace

std::vector<OomKill> FindOomKills(const std::vector<host::KernelLine>& lines) {
  std::vector<OomKill> kills;
  uint64_t pid = 0;
  std::string cgroup;
  for (const host::KernelLine& line : lines) {
    if (absl::StartsWith(line.text, kConstraint)) {
      pid = 0;
      cgroup.clear();
      ParseConstraint(line.text, &pid, &cgroup);
      continue;
    }
    OomKill kill;
    if (!ParseKilled(line.text, &kill)) continue;
    kill.at = line.at;
    if (kill.pid == pid) kill.cgroup = cgroup;
    kills.push_back(std::move(kill));
  }
  return kills;
}

std::string DescribeOomKill(const OomKill& kill) {
  std::string words = absl::StrCat("the kernel killed ", kill.process, " (pid ", kill.pid);
  if (kill.rss_bytes != 0) absl::StrAppend(&words, ", ", FormatByteSize(kill.rss_bytes));
  const size_t slash = kill.cgroup.rfind('/');
  if (slash != std::string::npos && slash + 1 < kill.cgroup.size()) {
    absl::StrAppend(&words, ", ", kill.cgroup.substr(slash + 1));
  }
  return absl::StrCat(
      words, kill.of_cgroup ? ") at the memory limit of its cgroup" : ") for lack of memory");
}

}  // namespace faultline::checks
