// A book of incidents that is told of alerts as the engine does it.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "collector/incidents/book.h"

namespace faultline::incidents {

inline constexpr WallTime kStart{1'795'317'247'000'000'000};
inline const StackId kShop{"shop", "prod"};

class BookTest : public testing::Test {
 protected:
  static rules::Alert Firing(const std::string& host, const std::string& kind,
                             const std::string& reason, WallTime since, uint64_t seq = 1) {
    const HostId id{kShop, host};
    const CheckId check{.kind = kind, .target = kind == "unit" ? "mysql.service" : "3306"};
    return {.id = absl::StrCat("shop/prod/", host, "/", check.ToString(), "/rule"),
            .rule = "rule",
            .host = id,
            .check = check,
            .subject = "database",
            .state = rules::AlertState::kFiring,
            .reason = reason,
            .since = since,
            .received = since,
            .fired_at = since,
            .transition = {.spool_id = "s", .start_number = 1, .seq = seq}};
  }
  static rules::Alert Over(rules::Alert alert, WallTime at) {
    alert.state = rules::AlertState::kResolved;
    alert.resolved_at = at;
    return alert;
  }
  static rules::Alert Late(rules::Alert alert) {
    alert.late = true;
    return alert;
  }

  // As the engine does: enters, and concludes.
  uint64_t Enter(const rules::Alert& alert) {
    const uint64_t id = book_.Enter(alert, alert.since, hosts_, Now(), &changes_);
    book_.Conclude(hosts_, Now(), &changes_);
    return id;
  }
  uint64_t EnterLate(const rules::Alert& alert) {
    const uint64_t id = book_.EnterLate(alert, hosts_, Now(), &changes_);
    book_.Conclude(hosts_, Now(), &changes_);
    return id;
  }
  // Time passes, and what is due in it is said.
  void Wait(Span span) {
    const WallTime until = now_ + span;
    for (auto due = book_.NextDue(); due.has_value() && due->ns <= until.ns;
         due = book_.NextDue()) {
      now_ = {due->ns};
      book_.Conclude(hosts_, Now(), &changes_);
    }
    now_ = until;
  }
  Moment Now() const { return {now_, MonoTime{now_.ns}}; }

  // What was said since the last call: "opened REASON".
  std::vector<std::string> Said() {
    std::vector<std::string> said;
    for (const Notification& notification : changes_.notifications) {
      said.push_back(absl::StrCat(std::string(NotificationEventName(notification.event)), " ",
                                  notification.incident.reason,
                                  notification.incident.late ? " late" : ""));
    }
    changes_.notifications.clear();
    return said;
  }

  WallTime now_ = kStart + Span::Seconds(60);
  model::Hosts hosts_;
  BookChanges changes_;
  IncidentBook book_{{}, 41, {}};
};

}  // namespace faultline::incidents
