#include "agent/checks/memory_watch.h"

#include <algorithm>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "agent/checks/stamp.h"
#include "agent/host/host_facts.h"
#include "agent/host/position_file.h"
#include "agent/host/pressure_trigger.h"
#include "agent/host/small_file.h"

namespace faultline::checks {
namespace {

// The kernel's averages move every 2 s; triggers with this window need no right (Linux 6.4).
constexpr Span kPressureWindow = Span::Seconds(2);
constexpr int kLooksAfterTrigger = 5;
constexpr Span kLogReach = Span::Seconds(120);
constexpr Span kAwayReach = Span::Seconds(86400);
constexpr Span kLogDeadline = Span::Seconds(10);
constexpr size_t kLogLines = 500;
constexpr size_t kMaxVictimsKept = 16;

std::optional<uint64_t> CounterOf(const std::string& path, const std::string& name) {
  const auto counters = host::ParseCounters(host::SmallFileOrEmpty(path));
  const auto found = counters.find(name);
  if (found == counters.end()) return std::nullopt;
  return found->second;
}

}  // namespace

MemoryWatch::MemoryWatch(MemoryOptions options, const CheckContext& context)
    : options_(std::move(options)),
      context_(context),
      position_path_(host::PositionPath(context.state_dir, "memory", options_.check_id)) {}

void MemoryWatch::Start() {
  // What was killed while the agent was away (maybe itself) shows against what it knew.
  if (const auto saved = host::LoadPosition(position_path_); saved.has_value()) {
    const std::vector<std::string> words = absl::StrSplit(*saved, ' ');
    uint64_t count = 0;
    if (words.size() == 2 && words[0] == host::BootId() && absl::SimpleAtoi(words[1], &count)) {
      last_count_ = count;
    }
  }
  tick_ = context_.loop.Every(options_.interval, options_.interval, [this] { Look(); });
  const Span stall{kPressureWindow.ns / 100 * options_.limits.pressure_percent};
  auto trigger =
      host::WatchPressure(context_.loop, absl::StrCat(options_.root, "/proc/pressure/memory"),
                          stall, kPressureWindow, [this] { OnPressure(); });
  // Without it the interval tells, only later.
  if (trigger.ok()) trigger_ = *std::move(trigger);
  Look();
}

void MemoryWatch::LookNow(std::function<void()> done) {
  Look();
  done();
}

// One stall is no news: the averages decide, and they are a little behind.
void MemoryWatch::OnPressure() {
  const bool running = pressed_looks_ > 0;
  pressed_looks_ = kLooksAfterTrigger;
  if (!running) {
    soon_ = context_.loop.Every(kPressureWindow, kPressureWindow, [this] {
      if (--pressed_looks_ <= 0) soon_.reset();
      Look();
    });
  }
  Look();
}

MemoryFacts MemoryWatch::Read() const {
  const std::string& root = options_.root;
  MemoryFacts facts;
  facts.meminfo = host::ParseCounters(host::SmallFileOrEmpty(absl::StrCat(root, "/proc/meminfo")));
  facts.pressure =
      host::ParsePressure(host::SmallFileOrEmpty(absl::StrCat(root, "/proc/pressure/memory")));
  // The root cgroup has no such file: where it is, this is a container, whose /proc/vmstat counts
  // the kills of the whole machine.
  facts.oom_kills = CounterOf(absl::StrCat(root, "/sys/fs/cgroup/memory.events"), "oom_kill");
  if (!facts.oom_kills.has_value()) {
    facts.oom_kills = CounterOf(absl::StrCat(root, "/proc/vmstat"), "oom_kill");
  }
  return facts;
}

void MemoryWatch::Look() {
  const MemoryFacts facts = Read();
  if (facts.oom_kills.has_value()) CountKills(*facts.oom_kills);
  Observation seen = JudgeMemory(facts, options_.limits, past_, context_.clock.Now());
  past_.state = seen.state;
  past_.reason = seen.reason;
  Stamp(context_.clock, &seen);
  context_.sink.Report(std::move(seen));
}

void MemoryWatch::CountKills(uint64_t count) {
  const WallTime now = context_.clock.Now();
  if (!last_count_.has_value() || count != *last_count_) Save(count);
  const bool first = !std::exchange(looked_, true);
  const uint64_t before = std::exchange(last_count_, count).value_or(count);
  if (count <= before) return;
  if (past_.kills == 0 || now - past_.killed_at >= options_.limits.oom_quiet) {
    past_.kills = 0;
    past_.victims.clear();
    // While the agent was away, nobody noticed when.
    bout_began_ = first ? now - kAwayReach : now;
  }
  past_.kills += count - before;
  past_.killed_at = now;
  AskKernelLog();
}

void MemoryWatch::AskKernelLog() {
  if (asking_) return;
  const WallTime now = context_.clock.Now();
  const Span reach{(now - bout_began_).ns + kLogReach.ns};
  asking_ = host::ComputeOnWorker<Log>(
      context_.workers, context_.loop, "memory: the kernel's log", kLogDeadline,
      [reach, now] { return host::ReadKernelLog(reach, kLogLines, now); }, alive_,
      [this](const Log& log) { OnKernelLog(log); });
}

void MemoryWatch::OnKernelLog(const Log& log) {
  asking_ = false;
  if (!log.ok()) {
    past_.no_victims =
        absl::StrCat("who was killed is not known: ", std::string(log.status().message()));
  } else {
    past_.victims = FindOomKills(*log);
    const size_t extra =
        past_.victims.size() > kMaxVictimsKept ? past_.victims.size() - kMaxVictimsKept : 0;
    past_.victims.erase(past_.victims.begin(),
                        past_.victims.begin() + static_cast<std::ptrdiff_t>(extra));
    past_.no_victims =
        past_.victims.empty() ? "the kernel's log does not name who was killed: journalctl -k" : "";
  }
  Look();
}

void MemoryWatch::Save(uint64_t count) const {
  host::SavePosition(position_path_, absl::StrCat(host::BootId(), " ", count)).IgnoreError();
}

}  // namespace faultline::checks
