// Whom the collector asks to look at a host, how often, and whose word counts.
#include "collector/pipeline/probing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "absl/strings/str_cat.h"
#include "tests/collector/pipeline/engine_samples.h"

namespace faultline::pipeline {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

const HostId kWeb{{"shop", "prod"}, "web"};

HostId Named(const std::string& name) { return {kWeb.stack, name}; }

class ProbingTest : public testing::Test {
 protected:
  ProbingTest() {
    Host("web", {"10.0.1.10", "172.17.0.1", "fe80::1"});
    for (const char* name : {"app-1", "app-2", "app-3", "data"}) {
      Host(name, {absl::StrCat("10.0.2.", hosts_.size()), "172.17.0.1"});
    }
  }

  model::HostPicture& Host(const std::string& name, std::vector<std::string> addresses) {
    auto host = std::make_shared<model::HostPicture>();
    host->identity.id = Named(name);
    host->addresses = std::move(addresses);
    hosts_[host->identity.id] = host;
    vantages_.push_back({Named(name), vantages_.size() + 1, name == "data"});
    return *host;
  }

  std::vector<ProbeRequest> Due() { return probing_.Due(vantages_, hosts_, {now_, mono_}); }
  // Who of them is asked, in order.
  std::vector<std::string> Names(const std::vector<ProbeRequest>& requests) {
    std::vector<std::string> names;
    for (const ProbeRequest& each : requests) names.push_back(vantages_[each.stream - 1].host.host);
    return names;
  }
  void Pass(Span span) {
    now_ = now_ + span;
    mono_ = mono_ + span;
  }
  void Answer(const ProbeRequest& request, bool answered) {
    ProbeResultMessage result{.request = request.request};
    result.paths.push_back({.port = 443, .answered = answered});
    probing_.Take(vantages_[request.stream - 1].host, result);
  }

  WallTime now_ = kStart;
  MonoTime mono_{Span::Seconds(1000).ns};
  model::Hosts hosts_;
  std::vector<ProbeVantage> vantages_;
  Probing probing_;
};

TEST_F(ProbingTest, TheCollectorsOwnHostIsAskedFirstThenWhoWatchesIt) {
  model::CheckPicture check;
  check.id = {"port", "10.0.1.10:8443", ""};
  check.remote_address = "10.0.1.10";
  check.remote_port = 8443;
  auto watching = std::make_shared<model::HostPicture>(*hosts_.at(Named("app-3")));
  watching->checks[check.id] = check;
  hosts_[Named("app-3")] = watching;
  probing_.IsSilent(kWeb, now_);
  const auto requests = Due();
  EXPECT_THAT(Names(requests), ElementsAre("data", "app-3", "app-1"));
  EXPECT_THAT(requests[0].aim.addresses, ElementsAre("10.0.1.10"))
      << "the others are not its alone, or of no use from elsewhere";
  EXPECT_THAT(requests[0].aim.ports, ElementsAre(8443, 22));
  EXPECT_THAT(Due(), IsEmpty()) << "not before a second is over";
  Pass(Span::Seconds(1));
  EXPECT_THAT(Due(), SizeIs(3));
}

TEST_F(ProbingTest, OnlyTheSilenceOfWhoGotAnAnswerBeforeCounts) {
  probing_.IsHeard(kWeb, now_);
  EXPECT_THAT(Due(), IsEmpty()) << "it has just connected";
  Pass(Span::Seconds(3));
  auto asked = Due();
  ASSERT_THAT(asked, SizeIs(3));
  Answer(asked[0], true);
  Answer(asked[1], false);
  Pass(Span::Seconds(10));
  probing_.IsSilent(kWeb, now_);
  asked = Due();
  ASSERT_THAT(asked, SizeIs(3));
  for (const ProbeRequest& each : asked) Answer(each, false);
  ASSERT_THAT(probing_.Glimpses(kWeb), SizeIs(1));
  EXPECT_EQ(probing_.Glimpses(kWeb)[0].from, "data");
  EXPECT_THAT(probing_.Glimpses(kWeb)[0].by, ElementsAre("443"));
}

TEST_F(ProbingTest, WhoHasJustComeIsAskedAboutThoseWhoAreThere) {
  vantages_.erase(vantages_.begin() + 2, vantages_.end());  // web and app-1
  const ProbeVantage late = vantages_.back();
  vantages_.pop_back();
  probing_.IsHeard(kWeb, now_);
  Pass(Span::Seconds(3));
  EXPECT_THAT(Due(), IsEmpty()) << "nobody else is there";
  Pass(Span::Seconds(600));
  Due();
  vantages_.push_back(late);
  probing_.IsHeard(late.host, now_);
  Pass(Span::Seconds(3));
  const auto asked = Due();
  EXPECT_THAT(Names(asked), ElementsAre("web", "app-1")) << "both ways, not after an hour";
}

TEST_F(ProbingTest, AHostIsLookedAtWhereItAsksItselfForPages) {
  auto web = std::make_shared<model::HostPicture>(*hosts_.at(kWeb));
  for (const auto& [port, address] :
       {std::pair{443, "127.0.0.1"}, {80, "10.0.1.10"}, {8443, "10.0.2.1"}}) {
    model::CheckPicture page;
    page.id = {"http", absl::StrCat("https://app.example:", port, "/"), ""};
    page.remote_address = address;
    page.remote_port = port;
    web->checks[page.id] = page;
  }
  hosts_[kWeb] = web;
  probing_.IsSilent(kWeb, now_);
  EXPECT_THAT(Due().at(0).aim.ports, testing::UnorderedElementsAre(443, 80, 22))
      << "not that of another host's page";
}

TEST_F(ProbingTest, AnAnswerCountsWhoeverGotIt) {
  probing_.IsSilent(kWeb, now_);
  Answer(Due()[2], true);
  ASSERT_THAT(probing_.Glimpses(kWeb), SizeIs(1));
  EXPECT_TRUE(probing_.Glimpses(kWeb)[0].answered);
}

TEST_F(ProbingTest, NobodyAnswersForAnotherNorUnasked) {
  probing_.IsSilent(kWeb, now_);
  const auto asked = Due();
  ProbeResultMessage result{.request = asked[0].request};
  result.paths.push_back({.answered = true});
  EXPECT_EQ(probing_.Take(Named("app-3"), result), std::nullopt);
  result.request = 4711;
  EXPECT_EQ(probing_.Take(Named("data"), result), std::nullopt);
  result.request = asked[0].request;
  EXPECT_EQ(probing_.Take(Named("data"), result), kWeb);
  EXPECT_EQ(probing_.Take(Named("data"), result), std::nullopt) << "a second time";
}

TEST_F(ProbingTest, TheFirstAnswersAreWaitedFor) {
  probing_.IsSilent(kWeb, now_);
  const auto asked = Due();
  EXPECT_EQ(probing_.Awaited(kWeb), now_ + Span::Seconds(1));
  for (const ProbeRequest& each : asked) Answer(each, false);
  EXPECT_EQ(probing_.Awaited(kWeb), WallTime{});
}

TEST_F(ProbingTest, AnAgentIsAskedHalfItsShareAboutTheLivingAndNoMoreThanItTakesAboutTheSilent) {
  for (int i = 0; i < 100; ++i) {
    const std::string name = absl::StrCat("host-", i);
    Host(name, {absl::StrCat("10.1.0.", i)});
    vantages_.pop_back();  // an agent that is too old
    probing_.IsHeard(Named(name), now_);
  }
  vantages_ = {{Named("data"), 1, true}};
  Pass(Span::Seconds(3));
  EXPECT_THAT(Due(), SizeIs(10));
  EXPECT_THAT(Due(), IsEmpty()) << "the rest is for the silent";
  for (int i = 0; i < 100; ++i) probing_.IsSilent(Named(absl::StrCat("host-", i)), now_);
  EXPECT_THAT(Due(), SizeIs(10));
  size_t in_a_minute = 20;
  for (int second = 0; second < 60; ++second) {
    Pass(Span::Seconds(1));
    in_a_minute += Due().size();
  }
  EXPECT_LE(in_a_minute, 60u);
  EXPECT_GE(in_a_minute, 45u);
}

TEST_F(ProbingTest, LongSilenceIsLookedAtNowAndThen) {
  probing_.IsSilent(kWeb, now_);
  size_t rounds = 0;
  for (int second = 0; second < 3600; ++second) {
    if (!Due().empty()) ++rounds;
    Pass(Span::Seconds(1));
  }
  EXPECT_GE(rounds, 100u) << "it may answer again";
  EXPECT_LE(rounds, 140u);
}

TEST_F(ProbingTest, AHostWithoutAnAddressOfItsOwnIsNotLookedAt) {
  auto web = std::make_shared<model::HostPicture>(*hosts_.at(kWeb));
  web->addresses = {"172.17.0.1", "fe80::1", "169.254.1.1"};
  hosts_[kWeb] = web;
  probing_.IsSilent(kWeb, now_);
  EXPECT_THAT(Due(), IsEmpty());
}

TEST_F(ProbingTest, AnotherStacksHostsLookAtNothing) {
  vantages_ = {{{{"other", "prod"}, "data"}, 1, true}};
  probing_.IsSilent(kWeb, now_);
  EXPECT_THAT(Due(), IsEmpty());
}

}  // namespace
}  // namespace faultline::pipeline
