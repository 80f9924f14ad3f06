// The calls behind `faultline stack verify`.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "collector/operator/api.h"
#include "tests/fakes/fixed_clock.h"
#include "tests/fakes/fixed_pictures.h"
#include "tests/fakes/readable_store.h"
#include "tests/fakes/recorded_looks.h"
#include "tests/fakes/shop_stack.h"

namespace faultline::operator_api {
namespace {

using namespace fakes;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const StackId kStaging{"shop", "staging"};

class VerifyTest : public ::testing::Test {
 protected:
  VerifyTest() {
    context_.looks = &looks_;
    pictures_.Set(AllWell());
  }

  absl::StatusOr<v1::LookResponse> Ask(const std::string& stack, const std::string& env) {
    v1::LookRequest request;
    request.set_stack(stack);
    request.set_env(env);
    return AskToLook(context_, request, "");
  }
  void AddStaging() {
    pipeline::Picture picture = AllWell();
    const HostId other{kStaging, "app-1"};
    picture.hosts[other] =
        std::make_shared<const model::HostPicture>(ShopHost(other, "app", "10.1.1.20"));
    pictures_.Set(std::move(picture));
  }

  FixedPictures pictures_;
  ReadableStore store_;
  FixedClock clock_{kStopped + Span::Seconds(42)};
  RecordedLooks looks_{kStopped + Span::Seconds(42)};
  Context context_{pictures_, store_, clock_, kStopped - Span::Seconds(86400), "0.1.0"};
};

TEST_F(VerifyTest, TheOnlyStackNeedsNoName) {
  for (const auto& [stack, env] :
       {std::pair{"", ""}, {"shop", ""}, {"", "prod"}, {"shop", "prod"}}) {
    const auto asked = Ask(stack, env);
    ASSERT_TRUE(asked.ok()) << asked.status();
    EXPECT_EQ(asked->stack().stack(), "shop");
    EXPECT_EQ(asked->stack().env(), "prod");
    EXPECT_EQ(asked->hosts(), 2u);
    EXPECT_EQ(asked->asked_at().seconds(), 1795317289);
  }
  EXPECT_EQ(looks_.stacks().size(), 4u);
}

TEST_F(VerifyTest, OfSeveralStacksOneMustBeNamed) {
  AddStaging();
  const auto asked = Ask("shop", "");
  EXPECT_TRUE(absl::IsInvalidArgument(asked.status()));
  EXPECT_THAT(std::string(asked.status().message()), HasSubstr("shop-prod, shop-staging"));
  EXPECT_TRUE(absl::IsInvalidArgument(Verify(context_, {}).status()));
  EXPECT_TRUE(absl::IsNotFound(Ask("blog", "").status()));
  EXPECT_TRUE(absl::IsNotFound(Verify(context_, {{"stack", "blog"}}).status()));
  EXPECT_TRUE(Ask("", "staging").ok());
  EXPECT_THAT(looks_.stacks(), ElementsAre(kStaging));
}

TEST_F(VerifyTest, WithoutHostsThereIsNothingToAsk) {
  pictures_.Set({});
  EXPECT_TRUE(absl::IsNotFound(Ask("", "").status()));
  EXPECT_TRUE(absl::IsNotFound(Verify(context_, {}).status()));
}

TEST_F(VerifyTest, RowsComeWithStatesAndTimes) {
  const auto seen = Verify(context_, {{"stack", "shop"}, {"env", "prod"}});
  ASSERT_TRUE(seen.ok()) << seen.status();
  EXPECT_EQ(seen->stack().env(), "prod");
  EXPECT_EQ(seen->now().seconds(), 1795317289);
  EXPECT_EQ(seen->notes_size(), 1);
  const auto port = std::find_if(seen->rows().begin(), seen->rows().end(),
                                 [](const auto& row) { return row.name() == "Port check"; });
  ASSERT_NE(port, seen->rows().end());
  EXPECT_EQ(port->state(), v1::VerifyRow::STATE_PASS);
  EXPECT_EQ(port->host(), "app-1");
  EXPECT_EQ(port->check(), "port:10.0.2.10:3306");
  EXPECT_EQ(port->observed_at().seconds(), 1795317287);
}

TEST_F(VerifyTest, WhatIsOlderThanSinceIsStale) {
  const auto count = [this](const char* since, v1::VerifyRow::State state) {
    const auto seen = Verify(context_, {{"since", since}});
    EXPECT_TRUE(seen.ok()) << seen.status();
    return std::count_if(seen->rows().begin(), seen->rows().end(),
                         [&](const auto& row) { return row.state() == state; });
  };
  EXPECT_EQ(count("2026-11-22T03:14:47.411999999Z", v1::VerifyRow::STATE_STALE), 0);
  EXPECT_EQ(count("2026-11-22T03:14:47.413000001Z", v1::VerifyRow::STATE_STALE), 1)
      << "the port check, past what the clocks are uncertain of";
  EXPECT_TRUE(absl::IsInvalidArgument(Verify(context_, {{"since", "yesterday"}}).status()));
}

}  // namespace
}  // namespace faultline::operator_api
