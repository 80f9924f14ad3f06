// Random timelines: what was told and what is true never part for longer than the rules allow.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "collector/incidents/book.h"
#include "collector/incidents/consequence.h"

namespace faultline::incidents {
namespace {

using rules::Alert;
using rules::AlertState;
using rules::Severity;

constexpr WallTime kBegin{1'795'317'247'000'000'000};
const StackId kTodoStack{"shop", "prod"};

class LifePropertyTest : public testing::TestWithParam<uint32_t> {
 protected:
  LifePropertyTest() : random_(GetParam()) {
    static constexpr struct {
      const char* kind;
      const char* target;
      const char* subject;
    } kChecks[] = {{"unit", "nginx.service", "site"},
                   {"unit", "todo.service", "site"},
                   {"listener", "8000", "site"},
                   {"http", "https://todo.example/", "site"},
                   {"certificate", "/etc/todo.pem", "site"},
                   {"unit", "mariadb.service", "database"},
                   {"port", "10.0.2.10:3306", "database"},
                   {"disk", "/srv", "disk /srv on web-1"}};
    for (const char* host : {"web-1", "web-2"}) {
      for (const auto& each : kChecks) {
        const CheckId check{.kind = each.kind, .target = each.target};
        const HostId id{kTodoStack, host};
        all_.push_back({.id = absl::StrCat(host, "/", check.ToString()),
                        .rule = "rule",
                        .host = id,
                        .check = check,
                        .subject = each.subject,
                        .state = AlertState::kResolved});
      }
    }
  }

  uint64_t Some(uint64_t below) { return random_() % below; }
  Moment Now() const { return {now_, MonoTime{now_.ns}}; }

  // One thing happens to one alert: it begins, ends, gets graver or less grave, or another reason.
  void Step() {
    Alert& alert = all_[Some(all_.size())];
    const bool fires = alert.state == AlertState::kFiring;
    if (fires && Some(3) != 0) {
      alert.state = Some(10) == 0 ? AlertState::kWithdrawn : AlertState::kResolved;
      alert.resolved_at = now_;
    } else {
      if (!fires) alert.since = alert.fired_at = now_;
      alert.state = AlertState::kFiring;
      alert.severity = Some(3) == 0 ? Severity::kWarning : Severity::kCritical;
      // Two of one family, one of another.
      static constexpr const char* kReasons[] = {"REASON_0", "REASON_1", "TIMEOUT"};
      alert.reason = kReasons[Some(3)];
    }
    alert.incident = book_.Enter(alert, now_, {}, Now(), &changes_);
    if (Some(2) == 0) Conclude();
  }

  void Conclude() {
    book_.Conclude({}, Now(), &changes_);
    for (Notification& said : changes_.notifications) {
      if (said.event == NotificationEvent::kResolved) {
        for (const Alert& alert : all_) {
          EXPECT_FALSE(alert.state == AlertState::kFiring && alert.incident == said.incident.id)
              << "RESOLVED while " << alert.id << " fires";
        }
      }
      told_[said.incident.id].push_back(std::move(said));
    }
    changes_ = {};
  }

  void Wait(Span span) {
    const WallTime until = now_ + span;
    for (auto due = book_.NextDue(); due.has_value() && due->ns <= until.ns;
         due = book_.NextDue()) {
      now_ = std::max(now_, WallTime{due->ns});
      Conclude();
    }
    now_ = until;
    Conclude();
  }

  // Nothing changed for longer than every bound: what was told is what is so.
  void ExpectToldIsTrue() {
    std::map<uint64_t, std::vector<Alert>> firing;
    for (const Alert& alert : all_) {
      if (alert.state == AlertState::kFiring) firing[alert.incident].push_back(alert);
    }
    EXPECT_EQ(book_.open().size(), firing.size()) << "what is over is resolved";
    for (const auto& [id, alerts] : firing) {
      ASSERT_FALSE(told_[id].empty());
      const Notification& last = told_[id].back();
      EXPECT_NE(last.event, NotificationEvent::kResolved);
      Severity gravest = Severity::kInfo;
      for (const Alert& alert : alerts) gravest = std::max(gravest, alert.severity);
      EXPECT_EQ(last.incident.severity, gravest) << last.incident.text;
      const std::set<std::string> faults = Faults(alerts, {});
      for (const Alert& alert : alerts) {
        if (!faults.contains(alert.id)) continue;
        const bool is_named =
            std::any_of(told_[id].begin(), told_[id].end(), [&](const Notification& said) {
              return absl::StrContains(said.incident.text, alert.host.host) &&
                     Names(said.incident.text, alert);
            });
        EXPECT_TRUE(is_named) << alert.id << " was told in none of:\n" << All(id);
        EXPECT_TRUE(IsTold(id, alert)) << alert.id << " is not told as it is by:\n" << All(id);
      }
    }
  }

  static bool Names(const std::string& text, const Alert& alert) {
    return absl::StrContains(text, alert.check.target) || absl::StrContains(text, alert.subject);
  }
  // By the book's own account, which says what the last message said.
  bool IsTold(uint64_t id, const Alert& alert) const {
    for (const auto& incident : book_.open()) {
      if (incident->id != id) continue;
      for (const Fault& fault : incident->faults) {
        if (fault.alert == alert.id) {
          return fault.told && !fault.end_told && fault.severity == alert.severity &&
                 fault.words == alert.reason;
        }
      }
    }
    return false;
  }
  std::string All(uint64_t id) {
    std::string all;
    for (const Notification& said : told_[id]) absl::StrAppend(&all, said.incident.text, "\n\n");
    return all;
  }

  std::mt19937 random_;
  WallTime now_ = kBegin;
  std::vector<Alert> all_;
  IncidentBook book_{{}, 0, {}};
  BookChanges changes_;
  std::map<uint64_t, std::vector<Notification>> told_;
};

TEST_P(LifePropertyTest, WhatWasToldIsWhatIsTrue) {
  for (int round = 0; round < 20; ++round) {
    const uint64_t steps = 1 + Some(12);
    for (uint64_t i = 0; i < steps; ++i) {
      Step();
      Wait(Span::Millis(static_cast<int64_t>(Some(8000))));
    }
    Wait(Span::Seconds(130));
    ExpectToldIsTrue();
    if (HasFailure()) break;
  }
  for (Alert& alert : all_) {
    if (alert.state != AlertState::kFiring) continue;
    alert.state = AlertState::kResolved;
    alert.resolved_at = now_;
    book_.Enter(alert, now_, {}, Now(), &changes_);
  }
  Wait(Span::Seconds(130));
  EXPECT_TRUE(book_.open().empty());
  for (const auto& [id, said] : told_) {
    EXPECT_EQ(said.back().event, NotificationEvent::kResolved);
    for (size_t i = 0; i < said.size(); ++i) EXPECT_EQ(said[i].version, i + 1);
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, LifePropertyTest, testing::Range(1u, 60u));

}  // namespace
}  // namespace faultline::incidents
