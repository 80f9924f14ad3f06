#include "agent/checks/memory_judge.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "agent/checks/byte_size.h"
#include "agent/checks/moment_words.h"
#include "agent/checks/stamp.h"

namespace faultline::checks {
namespace {

constexpr char kPressure[] = "MEMORY_PRESSURE";
constexpr size_t kMaxVictimsTold = 4;

uint64_t Of(const MemoryFacts& facts, const std::string& name) {
  const auto found = facts.meminfo.find(name);
  return found == facts.meminfo.end() ? 0 : found->second;
}

struct Low {
  State state = State::kOk;
  std::string words;
};

// Little memory left. A state that is there is held for one point more, so that it does not flap.
Low JudgeAvailable(const MemoryFacts& facts, const MemoryLimits& limits, const MemoryPast& past) {
  const uint64_t total = Of(facts, "MemTotal");
  const uint64_t available = std::min(Of(facts, "MemAvailable"), total);
  const double percent = 100.0 * static_cast<double>(available) / static_cast<double>(total);
  const auto below = [&](int64_t limit, State held) {
    const bool hold = past.reason == kPressure && Badness(past.state) >= Badness(held);
    return percent < static_cast<double>(limit) + (hold ? 1.0 : 0.0);
  };
  Low low;
  if (below(limits.warn_percent, State::kWarning)) low.state = State::kWarning;
  if (below(limits.critical_percent, State::kCritical)) low.state = State::kCritical;
  low.words = absl::StrFormat("%.0f %% of %s available (%s)", percent, FormatByteSize(total),
                              FormatByteSize(available));
  if (const uint64_t swap = Of(facts, "SwapTotal"); swap != 0) {
    absl::StrAppend(&low.words, ", ", FormatByteSize(std::min(Of(facts, "SwapFree"), swap)), " of ",
                    FormatByteSize(swap), " swap free");
  }
  return low;
}

bool IsStalled(const MemoryFacts& facts, const MemoryLimits& limits, const MemoryPast& past) {
  if (!facts.pressure.has_value()) return false;
  const auto limit = static_cast<double>(limits.pressure_percent);
  if (facts.pressure->some10 >= limit) return true;
  return past.reason == kPressure && facts.pressure->some60 >= limit / 2;
}

bool IsKilling(const MemoryLimits& limits, const MemoryPast& past, WallTime now) {
  return past.kills > 0 && now - past.killed_at < limits.oom_quiet;
}

void AddKills(const MemoryPast& past, Observation* out) {
  const size_t from =
      past.victims.size() > kMaxVictimsTold ? past.victims.size() - kMaxVictimsTold : 0;
  for (size_t i = from; i < past.victims.size(); ++i) {
    out->evidence.push_back({.text = DescribeOomKill(past.victims[i]), .at = past.victims[i].at});
  }
  if (past.victims.empty() && !past.no_victims.empty()) {
    out->evidence.push_back({.text = past.no_victims});
  }
}

void AddMemoryGauges(const MemoryFacts& facts, Observation* out) {
  for (const auto& [gauge, name] :
       {std::pair<const char*, const char*>{"memory_total_bytes", "MemTotal"},
        {"memory_available_bytes", "MemAvailable"},
        {"memory_swap_total_bytes", "SwapTotal"},
        {"memory_swap_free_bytes", "SwapFree"}}) {
    if (const auto found = facts.meminfo.find(name); found != facts.meminfo.end()) {
      out->gauges.push_back({gauge, static_cast<double>(found->second)});
    }
  }
  if (facts.oom_kills.has_value()) {
    out->gauges.push_back({"memory_oom_kills_total", static_cast<double>(*facts.oom_kills)});
  }
  if (facts.pressure.has_value()) {
    out->gauges.push_back({"memory_pressure_ratio", facts.pressure->some10 / 100});
  }
}

}  // namespace

Observation JudgeMemory(const MemoryFacts& facts, const MemoryLimits& limits,
                        const MemoryPast& past, WallTime now) {
  if (Of(facts, "MemTotal") == 0 || facts.meminfo.count("MemAvailable") == 0) {
    return CouldNotLook("CANNOT_READ",
                        "/proc/meminfo does not say how much memory is available; is /proc there?");
  }
  const Low low = JudgeAvailable(facts, limits, past);
  const bool stalled = IsStalled(facts, limits, past);
  const bool killing = IsKilling(limits, past, now);
  Observation out;
  out.detail = low.words;
  if (low.state == State::kCritical) {
    out.state = State::kCritical;
    out.reason = kPressure;
  } else if (killing) {
    out.state = State::kWarning;
    out.reason = "OOM_KILL";
    const std::string what =
        past.victims.empty()
            ? absl::StrCat("the kernel killed ", past.kills,
                           past.kills == 1 ? " process" : " processes", " for lack of memory")
            : DescribeOomKill(past.victims.back());
    // The kernel knows it better than we who noticed, maybe when the agent came back.
    const bool knows = !past.victims.empty() && past.victims.back().at.ns != 0;
    const WallTime at = knows ? past.victims.back().at : past.killed_at;
    out.detail = absl::StrCat(what, knows ? " at " : ", noticed at ", MomentWords(at, now),
                              "; now ", low.words);
    out.since = past.killed_at;
  } else if (low.state == State::kWarning || stalled) {
    out.state = State::kWarning;
    out.reason = kPressure;
  } else {
    out.state = State::kOk;
  }
  if (stalled) {
    const std::string waits = absl::StrFormat(
        "tasks waited for memory %.0f %% of the last 10 s, %.0f %% of the last 60 s",
        facts.pressure->some10, facts.pressure->some60);
    if (out.reason == kPressure) absl::StrAppend(&out.detail, "; ", waits);
    out.evidence.push_back({.text = waits});
  }
  if (out.state != State::kOk && past.kills > 0) AddKills(past, &out);
  AddMemoryGauges(facts, &out);
  return out;
}

}  // namespace faultline::checks
