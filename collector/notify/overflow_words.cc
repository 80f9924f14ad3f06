#include "collector/notify/overflow_words.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "collector/notify/host_budget.h"

namespace faultline::notify {
namespace {

std::string Place(const incidents::Incident& incident) {
  return incident.stack.env.empty() ? incident.stack.stack
                                    : absl::StrCat(incident.stack.stack, "-", incident.stack.env);
}

std::string Incidents(uint64_t count) {
  if (count == 0) return "more incidents";  // those are over by now
  return absl::StrCat(count, count == 1 ? " more incident" : " more incidents");
}

}  // namespace

incidents::Notification OverflowBegins(const std::string& host, uint64_t more, WallTime now) {
  const std::vector<std::string> parts = absl::StrSplit(host, '\x1f');
  incidents::Notification said;
  incidents::Incident& incident = said.incident;
  incident.stack = {parts.at(0), parts.size() > 1 ? parts[1] : ""};
  incident.host = parts.size() > 2 ? parts[2] : "";
  incident.subject = absl::StrCat("incidents of ", incident.host);
  incident.reason = "MANY_INCIDENTS";
  incident.dedup_key = absl::StrCat(Place(incident), "/", incident.subject, "/", now.ns);
  incident.title = absl::StrCat("CRITICAL ", Place(incident), ": and ", Incidents(more), " on ",
                                incident.host, ": see the page.");
  incident.text = absl::StrCat(incident.title, "\nOf one host at most ", kMostOfHost,
                               " incidents in ", kHostPeriod.ns / 60'000'000'000,
                               " minutes are told one by one.\nDo: faultline incident list");
  incident.since = incident.opened_at = said.decided_at = now;
  incident.notifications = 1;
  return said;
}

incidents::Notification OverflowEnds(const incidents::Notification& begun, uint64_t untold,
                                     WallTime now) {
  incidents::Notification said = begun;
  said.event = incidents::NotificationEvent::kResolved;
  said.version = said.incident.notifications = 2;
  said.decided_at = now;
  incidents::Incident& incident = said.incident;
  incident.state = incidents::IncidentState::kResolved;
  incident.resolved_at = now;
  incident.title = absl::StrCat("RESOLVED ", Place(incident), ": incidents of ", incident.host,
                                " are told one by one again.");
  incident.text = absl::StrCat(incident.title, "\nNot told, since they were over: ", untold,
                               ".\nDo: faultline incident list");
  return said;
}

}  // namespace faultline::notify
