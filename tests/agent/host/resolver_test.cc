// c-ares against DNS servers of the test's own. Which servers it asks is in /etc/resolv.conf, so
// each test has one of its own there, in a mount namespace of its own.
#include "agent/host/resolver.h"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <optional>

#include "tests/agent/host/run_until.h"
#include "tests/agent/host/silent_dns.h"

namespace faultline::host {
namespace {

class ResolverTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!dns_.why_not().empty()) GTEST_SKIP() << dns_.why_not();
  }

  const SilentDns dns_;
  std::unique_ptr<Loop> loop_ = Loop::Create().value();
};

TEST_F(ResolverTest, AServerThatNeverAnswersStallsNothingAndEndsWithinItsDeadline) {
  std::optional<absl::StatusOr<Resolved>> result;
  int ticks = 0;
  std::chrono::steady_clock::duration longest{};
  auto last = std::chrono::steady_clock::now();
  const auto began = last;
  const auto others = loop_->Every(Span{}, Span::Millis(10), [&] {
    const auto now = std::chrono::steady_clock::now();
    longest = std::max(longest, now - last);
    last = now;
    ++ticks;
  });
  const auto resolution =
      Resolve(*loop_, "db.example", [&](const auto& resolved) { result = resolved; });
  ASSERT_TRUE(RunUntil(
      *loop_, [&] { return result.has_value(); }, Span::Seconds(30)));
  const auto took = std::chrono::steady_clock::now() - began;
  EXPECT_TRUE(dns_.WasAsked());
  EXPECT_TRUE(absl::IsUnavailable(result->status())) << result->status();
  EXPECT_NE(result->status().message().find("no DNS server answers for db.example"),
            std::string::npos)
      << result->status();
  // 1 s, then 2 s for the second try; a busy machine may be late, a stuck resolver is far later.
  EXPECT_GE(took, std::chrono::milliseconds(900));
  EXPECT_LT(took, std::chrono::seconds(15));
  EXPECT_GT(ticks, 20) << "the loop went on for others meanwhile";
  EXPECT_LT(longest, std::chrono::milliseconds(900)) << "and never stood still";
}

TEST_F(ResolverTest, WhatHostsNamesNeedsNoServer) {
  std::optional<absl::StatusOr<Resolved>> result;
  const auto resolution =
      Resolve(*loop_, "db.internal", [&](const auto& resolved) { result = resolved; });
  ASSERT_TRUE(RunUntil(*loop_, [&] { return result.has_value(); }));
  ASSERT_TRUE(result->ok()) << result->status();
  EXPECT_EQ((**result).addresses.front().ToString(), "10.0.2.10");
}

TEST_F(ResolverTest, AResolutionThatIsDroppedNeverCallsBack) {
  bool called = false;
  auto resolution = Resolve(*loop_, "db.example", [&](const auto&) { called = true; });
  ASSERT_TRUE(RunUntil(*loop_, [&] { return dns_.WasAsked(); }));
  resolution.reset();
  const auto end = loop_->After(Span::Millis(50), [&] { loop_->Stop(); });
  ASSERT_TRUE(loop_->Run().ok());
  EXPECT_FALSE(called);
}

}  // namespace
}  // namespace faultline::host
