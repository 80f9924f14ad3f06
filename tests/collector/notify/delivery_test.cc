// From the outbox of a real store to a real receiver.
#include <thread>

#include "gmock/gmock.h"
#include "tests/collector/notify/delivery_fixture.h"

namespace faultline::notify {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;
using testing::UnorderedElementsAre;

TEST_F(DeliveryTest, ACommittedNotificationIsSentOnce) {
  StartDelivery();
  Decide({Say(42)});
  ASSERT_TRUE(WaitUntilTold(42, 1));
  delivery_->Wake();
  Decide({Say(43)});
  ASSERT_TRUE(WaitUntilTold(43, 1));
  Decide({Say(42, 2), Say(43, 2, true)});
  ASSERT_TRUE(WaitUntilTold(43, 2));
  ASSERT_TRUE(WaitUntilNothingWaits());
  EXPECT_THAT(Received(),
              UnorderedElementsAre("42/1 opened", "43/1 opened", "42/2 updated", "43/2 resolved"));
  EXPECT_EQ(delivery_->channel(), "pager");
  EXPECT_EQ(delivery_->counters().delivered, 4u);
  EXPECT_EQ(delivery_->counters().failed_attempts, 0u);
  EXPECT_EQ(delivery_->state().failing_since, WallTime{});
}

TEST_F(DeliveryTest, WhatWaitsIsToldInOneMessageWithTheNewestWords) {
  Decide({Say(1), Say(2), Say(3)});
  Decide({Say(1, 2), Say(2, 2, true)});
  Decide({Say(3, 2)});
  Decide({Say(3, 3)});
  StartDelivery(Span::Seconds(20), {.at_once = 1});
  ASSERT_TRUE(WaitUntilTold(2, 2));
  ASSERT_TRUE(WaitUntilNothingWaits());
  EXPECT_THAT(Received(), UnorderedElementsAre("1/2 opened", "3/3 opened", "2/2 resolved"));
  EXPECT_EQ(Received().back(), "2/2 resolved") << "what is over goes last";
}

TEST_F(DeliveryTest, WhatWaitedAndIsWellForTheMomentIsNotToldAsDown) {
  incidents::Notification said = Say(42, 8);
  ASSERT_EQ(said.incident.alerts.at(0).state, rules::AlertState::kFiring);
  Decide({said, Say(43, 8)});
  // Nothing is decided of its end: it comes and goes.
  store::Commit ends;
  ends.incidents = {said.incident};
  for (rules::Alert& alert : ends.incidents[0].alerts) {
    alert.state = rules::AlertState::kResolved;
  }
  ends.incidents[0].title = ends.incidents[0].text = "CRITICAL shop-prod: well since 15:53:22.";
  auto done = std::make_shared<std::promise<void>>();
  store_->Submit(std::move(ends), [done] { done->set_value(); });
  ASSERT_EQ(done->get_future().wait_for(std::chrono::seconds(20)), std::future_status::ready);

  StartDelivery();
  ASSERT_TRUE(WaitUntilNothingWaits());
  EXPECT_THAT(Received(), UnorderedElementsAre("42/8 opened", "43/8 opened"));
  for (const auto& request : receiver_.requests()) {
    const bool is_well = request.body.find("well since 15:53:22") != std::string::npos;
    EXPECT_EQ(is_well, request.headers.at("idempotency-key").ends_with("42/8")) << request.body;
  }
}

TEST_F(DeliveryTest, NothingOfAnIncidentIsSentWhileSomethingOfItIsUnderWay) {
  receiver_.HoldOnly("shop-prod/database/42/1");
  StartDelivery();
  Decide({Say(42)});
  ASSERT_TRUE(receiver_.WaitForRequests(1));
  Decide({Say(42, 2)});
  Decide({Say(42, 3, true), Say(43)});
  ASSERT_TRUE(receiver_.WaitForRequests(2));
  ASSERT_TRUE(WaitUntilTold(43, 1));
  EXPECT_THAT(Received(), ElementsAre("42/1 opened", "43/1 opened"));
  receiver_.Release();
  ASSERT_TRUE(WaitUntilTold(42, 3));
  EXPECT_THAT(Received(), ElementsAre("42/1 opened", "43/1 opened", "42/3 resolved"));
}

TEST_F(DeliveryTest, OutagesOfOneSubjectAreToldInTheirOrder) {
  StartDelivery();
  Decide({Say(1, 1, false, "shop")});
  ASSERT_TRUE(WaitUntilTold(1, 1));
  receiver_.Hold();
  Decide({Say(9)});  // takes a place
  ASSERT_TRUE(receiver_.WaitForRequests(2));
  Decide({Say(1, 2, true, "shop")});
  Decide({Say(2, 1, false, "shop")});
  Decide({Say(2, 2, true, "shop")});
  Decide({Say(3, 1, false, "shop")});
  receiver_.Release();
  ASSERT_TRUE(WaitUntilTold(3, 1));
  EXPECT_THAT(Received(), ElementsAre("1/1 opened", "9/1 opened", "1/2 resolved", "3/1 opened"));
}

TEST_F(DeliveryTest, AnIncidentThatFailsDoesNotHoldUpOthers) {
  receiver_.Script({HttpReceiver::Answer(400, "unknown field")});
  Decide({Say(42), Say(43, 1, false, "", "app-1")});
  StartDelivery(Span::Seconds(20), {.at_once = 1});
  ASSERT_TRUE(WaitUntilTold(43, 1));
  EXPECT_EQ(delivery_->counters().rejected, 1u);
  EXPECT_EQ(delivery_->state().waiting, 1u);
  EXPECT_GT(delivery_->state().failing_since.ns, 0);
  EXPECT_THAT(delivery_->state().error, HasSubstr("answered 400: unknown field"));
  clock_.Shift(Span::Seconds(31));
  delivery_->Wake();
  ASSERT_TRUE(WaitUntilTold(42, 1));
  ASSERT_TRUE(WaitUntil([&] { return delivery_->state().failing_since.ns == 0; }));
  const auto timeline = store_->Timeline(42);
  ASSERT_THAT(*timeline, SizeIs(2));
  EXPECT_THAT((*timeline)[1].text, HasSubstr("delivered to pager at attempt 2"));
}

TEST_F(DeliveryTest, AReceiverThatAsksForTimeGetsItForAllIncidents) {
  receiver_.Script({HttpReceiver::Answer(429, "slow down", "Retry-After: 120\r\n")});
  Decide({Say(42)});
  StartDelivery();
  ASSERT_TRUE(WaitForFailures(1));
  Decide({Say(43)});
  Decide({Say(44)});
  EXPECT_THAT(delivery_->state().error, HasSubstr("answered 429: slow down"));
  EXPECT_EQ(delivery_->state().waiting, 3u);
  EXPECT_THAT(receiver_.requests(), SizeIs(1));
  clock_.Shift(Span::Seconds(121));
  delivery_->Wake();
  ASSERT_TRUE(WaitUntilNothingWaits());
  EXPECT_THAT(receiver_.requests(), SizeIs(4));
}

TEST_F(DeliveryTest, AfterARestartItIsTriedAtOnce) {
  receiver_.Script({HttpReceiver::Answer(404)});
  Decide({Say(42)});
  StartDelivery();
  ASSERT_TRUE(WaitForFailures(1));
  Close();
  Open();
  StartDelivery();
  ASSERT_TRUE(WaitUntilTold(42, 1));
}

TEST_F(DeliveryTest, AClockThatWasSetBackDoesNotStopDelivery) {
  clock_.SetBack(Span::Seconds(-30 * 86400));
  receiver_.Script({HttpReceiver::Answer(500)});
  Decide({Say(42)});
  StartDelivery();
  ASSERT_TRUE(WaitForFailures(1));
  clock_.SetBack(Span::Seconds(30 * 86400));
  ASSERT_TRUE(WaitUntilTold(42, 1));
}

TEST_F(DeliveryTest, ItsEndDoesNotWaitForAReceiverThatHangsAndTheMessageComesAgain) {
  receiver_.Hold();
  Decide({Say(42)});
  StartDelivery(Span::Seconds(60));
  ASSERT_TRUE(receiver_.WaitForRequests(1));
  const auto begun = std::chrono::steady_clock::now();
  Close();
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(2));
  receiver_.Release();
  Open();
  StartDelivery();
  ASSERT_TRUE(WaitUntilTold(42, 1));
  EXPECT_THAT(Received(), ElementsAre("42/1 opened", "42/1 opened")) << "under the same key";
}

TEST_F(DeliveryTest, WhatIsAnsweredWhileItEndsIsRemembered) {
  receiver_.Hold();
  StartDelivery();
  Decide({Say(42)});
  ASSERT_TRUE(receiver_.WaitForRequests(1));
  std::thread releaser([this] { receiver_.Release(); });
  Close();
  releaser.join();
  Open();
  EXPECT_EQ(store_->Told("pager", 42)->version, 1u) << "it was answered with 200, hence marked";
}

TEST_F(DeliveryTest, WhatWasSentFromMemoryIsNotRepeatedFromTheStore) {
  StartDelivery();
  ASSERT_TRUE(delivery_->SendFromMemory(Say(42)));
  ASSERT_TRUE(WaitUntilTold(42, 1));
  ASSERT_TRUE(delivery_->SendFromMemory(Say(42, 2)));
  ASSERT_TRUE(WaitUntilTold(42, 2));
  Decide({Say(42, 1), Say(42, 2)});
  Decide({Say(42, 3, true)});
  ASSERT_TRUE(WaitUntilTold(42, 3));
  ASSERT_TRUE(delivery_->SendFromMemory(Say(42, 3, true)));
  ASSERT_TRUE(delivery_->SendFromMemory(Say(43)));
  ASSERT_TRUE(WaitUntilTold(43, 1));
  EXPECT_THAT(Received(),
              ElementsAre("42/1 opened", "42/2 updated", "42/3 resolved", "43/1 opened"));
  EXPECT_EQ(delivery_->state().waiting, 0u);
}

TEST_F(DeliveryTest, FromMemoryTooWhatWaitsIsToldInOneMessage) {
  receiver_.Hold();
  StartDelivery(Span::Seconds(20), {.at_once = 1});
  ASSERT_TRUE(delivery_->SendFromMemory(Say(41)));
  ASSERT_TRUE(receiver_.WaitForRequests(1));
  ASSERT_TRUE(delivery_->SendFromMemory(Say(42)));
  ASSERT_TRUE(delivery_->SendFromMemory(Say(42, 2)));
  ASSERT_TRUE(WaitUntil([&] { return delivery_->state().waiting == 2; }));
  receiver_.Release();
  ASSERT_TRUE(WaitUntilTold(42, 2));
  EXPECT_THAT(Received(), ElementsAre("41/1 opened", "42/2 opened"));
}

TEST_F(DeliveryTest, WhatMemoryAndStoreHaveOfAnIncidentIsToldOnce) {
  receiver_.Script({HttpReceiver::Answer(429, "", "Retry-After: 120\r\n")});
  Decide({Say(42)});
  StartDelivery();
  ASSERT_TRUE(WaitForFailures(1));
  ASSERT_TRUE(delivery_->SendFromMemory(Say(42, 2)));
  clock_.Shift(Span::Seconds(121));
  delivery_->Wake();
  ASSERT_TRUE(WaitUntilTold(42, 2));
  EXPECT_THAT(Received(), ElementsAre("42/1 opened", "42/2 opened"));
  ASSERT_TRUE(WaitUntilNothingWaits());
}

TEST_F(DeliveryTest, MemoryIsBounded) {
  receiver_.Hold();
  StartDelivery();
  int taken = 0;
  for (uint64_t id = 1; id <= 1500; ++id) {
    if (delivery_->SendFromMemory(Say(id))) ++taken;
  }
  EXPECT_GE(taken, 1000);
  EXPECT_LE(taken, 1100);
  receiver_.Release();
}

}  // namespace
}  // namespace faultline::notify
