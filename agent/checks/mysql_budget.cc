#include "agent/checks/mysql_budget.h"

#include <algorithm>
#include <optional>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "agent/host/position_file.h"

namespace faultline::checks {
namespace {

constexpr Span kHour = Span::Seconds(3600);

}  // namespace

MySqlBudget::MySqlBudget(const std::string& state_dir, const std::string& server)
    : path_(host::PositionPath(state_dir, "mysql-logins", server)) {}

bool MySqlBudget::Take(WallTime now) {
  Load(now);
  if (taken_.size() >= kAnHour) return false;
  taken_.push_back(now);
  Store();
  return true;
}

void MySqlBudget::GiveBack(WallTime taken) {
  Load(taken);
  const auto found = std::find(taken_.begin(), taken_.end(), taken);
  if (found == taken_.end()) return;
  taken_.erase(found);
  Store();
}

WallTime MySqlBudget::NextFree(WallTime now) {
  Load(now);
  if (taken_.size() < kAnHour) return now;
  return taken_[taken_.size() - kAnHour] + kHour;
}

// Another check of the same server may have taken parts meanwhile. A step of the clock, either way,
// makes old parts free rather than lasting.
void MySqlBudget::Load(WallTime now) {
  if (const std::optional<std::string> text = host::LoadPosition(path_); text.has_value()) {
    taken_.clear();
    for (const auto line : absl::StrSplit(*text, '\n')) {
      int64_t ns = 0;
      if (absl::SimpleAtoi(line, &ns)) taken_.push_back(WallTime{ns});
    }
  }
  std::erase_if(taken_, [&](WallTime at) { return at > now + kHour || at <= now - kHour; });
  std::sort(taken_.begin(), taken_.end());
}

void MySqlBudget::Store() const {
  std::string text;
  for (const WallTime at : taken_) absl::StrAppend(&text, at.ns, "\n");
  // Without the file it still counts, for this check alone.
  host::SavePosition(path_, text).IgnoreError();
}

}  // namespace faultline::checks
