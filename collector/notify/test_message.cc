#include "collector/notify/test_message.h"

#include "absl/strings/str_cat.h"

namespace faultline::notify {

incidents::Notification TestMessage(const std::string& channel, uint32_t number, WallTime now) {
  incidents::Notification test;
  test.event = incidents::NotificationEvent::kTest;
  test.decided_at = now;
  incidents::Incident& incident = test.incident;
  incident.dedup_key = absl::StrCat("test/", channel, "/", now.ns, "/", number);
  incident.subject = "test";
  incident.severity = rules::Severity::kInfo;
  incident.reason = "TEST";
  incident.title = absl::StrCat("TEST of the channel ", channel, ": nothing is wrong.");
  incident.text = absl::StrCat(incident.title, "\nSomebody ran: faultline notify test ", channel);
  incident.since = incident.opened_at = now;
  return test;
}

}  // namespace faultline::notify
