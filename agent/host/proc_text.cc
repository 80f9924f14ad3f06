#include "agent/host/proc_text.h"

#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"

namespace faultline::host {
namespace {

constexpr size_t kMaxProcLines = 1024;
constexpr uint64_t kMaxKib = UINT64_MAX / 1024;

std::vector<absl::string_view> Words(absl::string_view line) {
  return absl::StrSplit(line, absl::ByAnyChar(" \t"), absl::SkipEmpty());
}

absl::string_view Absl(std::string_view text) { return {text.data(), text.size()}; }

// A finite number from 0 to `max`.
bool Number(absl::string_view text, double max, double* value) {
  return absl::SimpleAtod(text, value) && *value >= 0 && *value <= max;
}

// "avg10=1.53"
bool Percentage(absl::string_view word, absl::string_view name, double* value) {
  return absl::StartsWith(word, name) && Number(word.substr(name.size()), 100, value);
}

}  // namespace

std::map<std::string, uint64_t> ParseCounters(std::string_view text) {
  std::map<std::string, uint64_t> counters;
  size_t lines = 0;
  for (const absl::string_view line : absl::StrSplit(Absl(text), '\n')) {
    if (++lines > kMaxProcLines) break;
    const std::vector<absl::string_view> words = Words(line);
    uint64_t value = 0;
    if (words.size() < 2 || words.size() > 3 || !absl::SimpleAtoi(words[1], &value)) continue;
    if (words.size() == 3) {
      if (words[2] != "kB" || value > kMaxKib) continue;
      value *= 1024;
    }
    absl::string_view name = words[0];
    if (absl::EndsWith(name, ":")) name.remove_suffix(1);
    counters[std::string(name)] = value;
  }
  return counters;
}

std::optional<LoadAverages> ParseLoadavg(std::string_view text) {
  constexpr double kMaxLoad = 1e7;
  const std::vector<absl::string_view> words = Words(Absl(text));
  LoadAverages load;
  if (words.size() < 3 || !Number(words[0], kMaxLoad, &load.one) ||
      !Number(words[1], kMaxLoad, &load.five) || !Number(words[2], kMaxLoad, &load.fifteen)) {
    return std::nullopt;
  }
  return load;
}

std::optional<CpuTimes> ParseStat(std::string_view text) {
  // cpu user nice system idle iowait irq softirq steal guest guest_nice
  constexpr size_t kSteal = 8;
  CpuTimes times;
  bool found = false;
  for (const absl::string_view line : absl::StrSplit(Absl(text), '\n')) {
    if (!absl::StartsWith(line, "cpu")) {
      if (found) break;  // they come first, and one line (intr) is very long
      continue;
    }
    const std::vector<absl::string_view> words = Words(line);
    if (words.empty() || words[0] != "cpu") {
      ++times.cpus;
      continue;
    }
    if (words.size() <= kSteal) return std::nullopt;
    for (size_t i = 1; i <= kSteal; ++i) {
      uint64_t ticks = 0;
      if (!absl::SimpleAtoi(words[i], &ticks) || ticks > UINT64_MAX / 16) return std::nullopt;
      times.total += ticks;
      if (i == kSteal) times.steal = ticks;
    }
    found = true;
  }
  if (!found) return std::nullopt;
  return times;
}

std::optional<Pressure> ParsePressure(std::string_view text) {
  Pressure pressure;
  bool some = false;
  for (const absl::string_view line : absl::StrSplit(Absl(text), '\n')) {
    const std::vector<absl::string_view> words = Words(line);
    if (words.size() < 3) continue;
    if (words[0] == "some") {
      some = Percentage(words[1], "avg10=", &pressure.some10) &&
             Percentage(words[2], "avg60=", &pressure.some60);
      if (!some) return std::nullopt;
    } else if (words[0] == "full") {  // the CPU has none before Linux 5.13
      if (!Percentage(words[1], "avg10=", &pressure.full10) ||
          !Percentage(words[2], "avg60=", &pressure.full60)) {
        return std::nullopt;
      }
    }
  }
  if (!some) return std::nullopt;
  return pressure;
}

}  // namespace faultline::host
