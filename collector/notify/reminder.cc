#include "collector/notify/reminder.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace faultline::notify {
namespace {

// "4h", "4h 5m", "3d 2h": a reminder needs no seconds.
std::string Roughly(Span span) {
  const int64_t minutes = std::max<int64_t>(span.ns, 0) / 60'000'000'000;
  if (minutes < 60) return absl::StrCat(minutes, "m");
  const bool days = minutes >= 24 * 60;
  const int64_t large = days ? minutes / (24 * 60) : minutes / 60;
  const int64_t small = days ? minutes / 60 % 24 : minutes % 60;
  std::string text = absl::StrCat(large, days ? "d" : "h");
  if (small > 0) absl::StrAppend(&text, " ", small, days ? "h" : "m");
  return text;
}

}  // namespace

bool ReminderDue(WallTime now, WallTime told_at, rules::Severity severity, bool open, Span repeat) {
  return repeat.ns > 0 && open && severity == rules::Severity::kCritical && told_at.ns > 0 &&
         told_at + repeat <= now;
}

incidents::Incident Remind(incidents::Incident incident, WallTime now) {
  const size_t end = std::min(incident.text.find('\n'), incident.text.size());
  incident.text.insert(end, absl::StrCat("\nStill open for ", Roughly(now - incident.since), "."));
  return incident;
}

}  // namespace faultline::notify
