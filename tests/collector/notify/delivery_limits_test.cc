// Slow receivers, floods of one host, and what is told again; with a real store and receiver.
#include <algorithm>

#include "gmock/gmock.h"
#include "tests/collector/notify/delivery_fixture.h"

namespace faultline::notify {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

class DeliveryLimitsTest : public DeliveryTest {
 protected:
  // The body of the request that has these words, wherever it came among those that were sent at
  // once; empty where none has.
  std::string With(const std::string& words) const {
    for (const auto& request : receiver_.requests()) {
      if (request.body.find(words) != std::string::npos) return request.body;
    }
    return "";
  }
};

TEST_F(DeliveryLimitsTest, ASlowIncidentHoldsUpNoOther) {
  receiver_.HoldOnly("shop-prod/database/1/1");
  StartDelivery();
  Decide({Say(1)});
  ASSERT_TRUE(receiver_.WaitForRequests(1));
  std::vector<incidents::Notification> others;
  for (uint64_t id = 2; id <= 20; ++id) others.push_back(Say(id));
  Decide(others);
  for (uint64_t id = 2; id <= 20; ++id) ASSERT_TRUE(WaitUntilTold(id, 1)) << id;
  EXPECT_EQ(delivery_->state().waiting, 1u);
  EXPECT_EQ(delivery_->state().oldest, Say(1).decided_at);
}

TEST_F(DeliveryLimitsTest, AFloodOfOneHostDoesNotKeepAnothersOutageWaiting) {
  receiver_.AnswerSlowly(std::chrono::milliseconds(333));  // three a second
  StartDelivery();
  std::vector<incidents::Notification> flood;
  for (uint64_t id = 1; id <= 300; ++id) flood.push_back(Say(id));
  Decide(flood);
  ASSERT_TRUE(receiver_.WaitForRequests(4));
  const auto decided = std::chrono::steady_clock::now();
  Decide({Say(1000, 1, false, "", "app-1")});
  ASSERT_TRUE(WaitUntil([&] {
    const auto received = Received();
    return std::find(received.begin(), received.end(), "1000/1 opened") != received.end();
  }));
  for (const auto& request : receiver_.requests()) {
    if (request.headers.at("idempotency-key") != "shop-prod/database/1000/1") continue;
    EXPECT_LT(request.at - decided, std::chrono::seconds(1));
  }
}

TEST_F(DeliveryLimitsTest, OfAHostWithTooManyIncidentsTheRestIsOneMessageAndSoIsItsEnd) {
  StartDelivery();
  std::vector<incidents::Notification> flood;
  for (uint64_t id = 1; id <= 100; ++id) flood.push_back(Say(id));
  Decide(flood);
  ASSERT_TRUE(receiver_.WaitForRequests(31));
  const std::string text = With("CRITICAL shop-prod: and 70 more incidents on db-1: see the page.");
  EXPECT_THAT(text, HasSubstr("\"event\":\"opened\""));
  EXPECT_TRUE(WaitUntil([&] { return delivery_->state().waiting == 70; }));
  // All but five get well, of those that were told and of those that were not.
  std::vector<incidents::Notification> ends;
  for (uint64_t id = 1; id <= 95; ++id) ends.push_back(Say(id, 2, true));
  Decide(ends);
  ASSERT_TRUE(receiver_.WaitForRequests(61));
  ASSERT_TRUE(WaitUntil([&] { return delivery_->state().waiting == 5; }));
  clock_.Shift(Span::Seconds(601));
  delivery_->Wake();
  ASSERT_TRUE(receiver_.WaitForRequests(67)) << testing::PrintToString(Received());
  ASSERT_TRUE(WaitUntilNothingWaits());
  const std::string end = With("RESOLVED shop-prod: incidents of db-1 are told one by one again.");
  EXPECT_THAT(end, HasSubstr("Not told, since they were over: 65."));
  EXPECT_THAT(end, HasSubstr("\"event\":\"resolved\""));
  EXPECT_THAT(receiver_.requests(), SizeIs(67));
}

TEST_F(DeliveryLimitsTest, WhatIsStillOpenIsToldAgain) {
  StartDelivery(Span::Seconds(20), {.repeat = Span::Seconds(4 * 3600)});
  auto warning = Say(2);
  warning.incident.severity = rules::Severity::kWarning;
  for (auto* said : {&warning}) said->incident.since = clock_.Now();
  auto critical = Say(1);
  critical.incident.since = clock_.Now();
  Decide({critical, warning, Say(3)});
  for (uint64_t id = 1; id <= 3; ++id) ASSERT_TRUE(WaitUntilTold(id, 1));
  Decide({Say(3, 2, true)});
  ASSERT_TRUE(WaitUntilTold(3, 2));
  clock_.Shift(Span::Seconds(4 * 3600 + 1));
  delivery_->Wake();
  ASSERT_TRUE(receiver_.WaitForRequests(5));
  EXPECT_EQ(Received()[4], "1/1/reminder-1 updated");
  EXPECT_THAT(receiver_.requests()[4].body, HasSubstr("\\nStill open for 4h.\\nSince:"));
  ASSERT_TRUE(WaitUntil([&] { return store_->Told("pager", 1)->reminders == 1; }));
  clock_.Shift(Span::Seconds(4 * 3600));
  delivery_->Wake();
  ASSERT_TRUE(receiver_.WaitForRequests(6));
  EXPECT_EQ(Received()[5], "1/1/reminder-2 updated");
  EXPECT_THAT(receiver_.requests()[5].body, HasSubstr("Still open for 8h."));
}

}  // namespace
}  // namespace faultline::notify
