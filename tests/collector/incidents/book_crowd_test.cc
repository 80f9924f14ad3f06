// More alerts of one host than an incident has room for.
#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"
#include "tests/collector/incidents/book_fixture.h"

namespace faultline::incidents {
namespace {

using rules::Alert;
using rules::Severity;
using testing::ElementsAre;

using BookCrowdTest = BookTest;

TEST_F(BookCrowdTest, AHostGoneMadDoesNotHideTheOthers) {
  for (size_t i = 0; i < IncidentBook::kMaxAlertsPerHost + 50; ++i) {
    Alert alert = Firing("app-1", "port", "REFUSED", kStart);
    absl::StrAppend(&alert.id, i);
    Enter(alert);
  }
  Enter(Firing("db-1", "unit", "UNIT_FAILED", kStart));
  EXPECT_EQ(book_.open()[0]->alerts.size(), IncidentBook::kMaxAlertsPerHost + 1);
  EXPECT_EQ(book_.open()[0]->host, "db-1");
}

TEST_F(BookCrowdTest, NothingIsOverWhileAnyOfManyFires) {
  std::vector<Alert> all;
  for (size_t i = 0; i < IncidentBook::kMaxAlertsPerHost + 10; ++i) {
    Alert alert = Firing("app-1", "port", "REFUSED", kStart);
    absl::StrAppend(&alert.id, i);
    alert.incident = Enter(alert);
    all.push_back(alert);
  }
  for (size_t i = 0; i < IncidentBook::kMaxAlertsPerHost; ++i) Enter(Over(all[i], now_));
  Wait(Span::Seconds(60));
  EXPECT_EQ(book_.open().size(), 1u);
  for (size_t i = IncidentBook::kMaxAlertsPerHost; i < all.size(); ++i) Enter(Over(all[i], now_));
  Wait(kEndSettles);
  EXPECT_TRUE(book_.open().empty());
}

TEST_F(BookCrowdTest, WhatIsGraverOrNearerHasItsPlaceAmongManyOfItsHost) {
  const auto port = [&](size_t number, Severity severity) {
    Alert alert = Firing("app-1", "port", "REFUSED", kStart);
    alert.severity = severity;
    return absl::StrAppend(&alert.id, number), alert;
  };
  constexpr size_t kMost = IncidentBook::kMaxAlertsPerHost;
  for (size_t i = 0; i < kMost + 10; ++i) Enter(port(i, Severity::kWarning));
  Wait(Span::Seconds(60));
  Said();
  Enter(port(1000, Severity::kCritical));
  EXPECT_EQ(book_.open()[0]->severity, Severity::kCritical);
  EXPECT_EQ(book_.open()[0]->lead_alert, port(1000, Severity::kCritical).id);
  EXPECT_THAT(Said(), ElementsAre("updated REFUSED"));
  for (size_t i = 1001; i < 1000 + kMost; ++i) Enter(port(i, Severity::kCritical));
  Wait(Span::Seconds(60));
  Said();
  Enter(Firing("app-1", "unit", "UNIT_FAILED", kStart));
  EXPECT_THAT(Said(), ElementsAre("updated UNIT_FAILED")) << "the cause of them all";
  EXPECT_EQ(book_.open()[0]->alerts.size(), kMost);
}

TEST_F(BookCrowdTest, WhatEndsWithoutItsPlaceIsNotMissed) {
  constexpr size_t kMost = IncidentBook::kMaxAlertsPerHost;
  std::vector<Alert> disks;
  for (size_t i = 0; i < kMost; ++i) {
    Alert alert = Firing("app-1", "disk", "FULL", kStart);
    absl::StrAppend(&alert.id, i);
    alert.incident = Enter(alert);
    disks.push_back(alert);
  }
  Wait(Span::Seconds(60));
  Alert unit = Firing("app-1", "unit", "UNIT_FAILED", kStart);
  unit.incident = Enter(unit);  // takes the place of a disk
  Alert warning = Firing("app-2", "disk", "FILLING", kStart);
  warning.severity = Severity::kWarning;
  warning.incident = Enter(warning);
  Wait(Span::Seconds(60));  // all of them are told
  for (auto disk = disks.rbegin(); disk != disks.rend(); ++disk) Enter(Over(*disk, now_));
  Enter(Over(unit, now_));
  Wait(Span::Seconds(60));
  Said();
  EXPECT_EQ(book_.open()[0]->severity, Severity::kWarning);
  for (int again = 0; again < 3; ++again) {
    Enter(warning);
    Wait(Span::Seconds(60));
  }
  EXPECT_TRUE(Said().empty()) << "that it is less grave was told";
}

TEST_F(BookCrowdTest, WhatComesInForManyIsToldOnce) {
  std::vector<Alert> all;
  for (size_t i = 0; i < IncidentBook::kMaxAlertsPerHost + 20; ++i) {
    Alert alert = Firing("app-1", "disk", "FULL", kStart);
    alert.check.target = absl::StrCat("/", i);
    absl::StrAppend(&alert.id, i);
    alert.incident = Enter(alert);
    all.push_back(alert);
  }
  Wait(Span::Seconds(120));
  Said();
  for (size_t i = 0; i < 10; ++i) Enter(Over(all[i], now_));
  Wait(Span::Seconds(30));
  EXPECT_LE(Said().size(), 2u);
  for (size_t i = 0; i < 20; ++i) {
    book_.Saw(all[50].host, all[50].check, nullptr);
    Enter(all[50]);
    Wait(Span::Seconds(1));
  }
  EXPECT_TRUE(Said().empty()) << "all of it has been told";
}

}  // namespace
}  // namespace faultline::incidents
