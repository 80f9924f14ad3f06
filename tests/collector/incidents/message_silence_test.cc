// An agent is not heard: whether its host is there is what the others see of it.
#include "gmock/gmock.h"
#include "tests/collector/incidents/golden.h"
#include "tests/collector/incidents/message_story.h"

namespace faultline::incidents {
namespace {

using testing::HasSubstr;
using testing::Not;

const CheckId kPing{"ping", "10.0.2.10", ""};
const CheckId kSilentPort{"port", "10.0.2.10:3306", ""};

// Long enough for a page about a host that nobody sees.
void Wait(Story& story) { story.Pass(Span::Seconds(31)); }

Story TwoHosts(const std::string& instance) {
  Story story{Story::Empty{}};
  story.AddHost("db-1", "10.0.2.10", instance);
  story.AddHost("app-1", "10.0.1.20");
  return story;
}

constexpr char kUnseen[] = "the collector hears nothing of it, and nobody else can look";

TEST(MessageSilenceTest, NobodyLooksAtTheHost) {
  Story story = TwoHosts("");
  story.Cut("db-1");
  Wait(story);
  ExpectGolden("host_gone_unseen", story.Message());
}

TEST(MessageSilenceTest, AServiceIsGoneWithItsOnlyHost) {
  Story story;
  story.Cut("app-1");
  Wait(story);
  ExpectGolden("host_gone_with_the_site", story.Message());
}

TEST(MessageSilenceTest, AServiceThatAnotherHostHasIsNot) {
  Story story;
  story.AddHost("app-2", "10.0.1.21");
  story.Watch("app-2", {"unit", "nginx.service", ""}, {.unit = "nginx.service"},
              AgentUnit("nginx.service").Runs());
  story.Cut("app-1");
  Wait(story);
  EXPECT_THAT(story.Message(), HasSubstr("host app-1 is gone. No heartbeat"));
}

TEST(MessageSilenceTest, NobodyGetsAnAnswerFromTheHost) {
  Story story = TwoHosts("i-0a1b2c3d4e5f60718");
  story.Watch("app-1", kPing, {.address = "10.0.2.10"}, PingAnswers("10.0.2.10"));
  story.Cut("db-1");
  story.Pass(Span::Seconds(5));
  story.See("app-1", kPing, PingIsSilent("10.0.2.10"));
  Wait(story);
  ExpectGolden("host_gone", story.Message());
}

TEST(MessageSilenceTest, TheHostItselfAnswers) {
  Story story = TwoHosts("");
  story.Watch("app-1", kSilentPort, {.address = "10.0.2.10", .port = 3306},
              PortAnswers("10.0.2.10:3306"));
  story.Cut("db-1");
  for (int n = 0; n < 31; ++n) {
    story.Pass(Span::Seconds(10));
    story.Refresh("app-1", kSilentPort, PortAnswers("10.0.2.10:3306"));
  }
  ExpectGolden("agent_silent_host_answers", story.Message());
}

TEST(MessageSilenceTest, WhatWasSeenBeforeProvesNothing) {
  Story story = TwoHosts("");
  story.Watch("app-1", kPing, {.address = "10.0.2.10"}, PingAnswers("10.0.2.10"));
  story.Pass(Span::Seconds(10));
  story.Cut("db-1");
  Wait(story);
  EXPECT_THAT(story.Message(), HasSubstr(kUnseen));
}

TEST(MessageSilenceTest, APathThatWasClosedLongAgoIsNoDeadHost) {
  Story story = TwoHosts("");
  story.Watch("app-1", kSilentPort, {.address = "10.0.2.10", .port = 3306},
              PortIsSilent("10.0.2.10:3306"));
  story.Pass(Span::Seconds(60));
  story.Cut("db-1");
  story.Refresh("app-1", kSilentPort, PortIsSilent("10.0.2.10:3306"));
  Wait(story);
  EXPECT_THAT(story.Message(), HasSubstr(kUnseen));
}

TEST(MessageSilenceTest, TheNeighboursMayNoticeBeforeTheCollector) {
  Story story = TwoHosts("");
  story.Watch("app-1", kSilentPort, {.address = "10.0.2.10", .port = 3306},
              PortIsSilent("10.0.2.10:3306"));
  story.Pass(Span::Seconds(3));
  story.Cut("db-1");
  Wait(story);
  EXPECT_THAT(story.Message(), HasSubstr("host db-1 is gone."));
}

TEST(MessageSilenceTest, ADeadHostIsNotToBeLoggedInTo) {
  Story story = TwoHosts("");
  story.Watch("app-1", kPing, {.address = "10.0.2.10"}, PingIsSilent("10.0.2.10"));
  story.Cut("db-1");
  story.Refresh("app-1", kPing, PingIsSilent("10.0.2.10"));
  Wait(story);
  EXPECT_THAT(story.Message(), HasSubstr("Do: look at its console"));
  EXPECT_THAT(story.Message(), Not(HasSubstr("ssh db-1")));
}

TEST(MessageSilenceTest, ItIsHeardAgain) {
  Story story = TwoHosts("");
  story.Cut("db-1");
  Wait(story);
  story.Back("db-1");
  story.Pass(Span::Seconds(5));
  ExpectGolden("resolved_host_gone", story.Message());
}

TEST(MessageSilenceTest, TheCollectorItselfIsCutOffAndHearsThemAgain) {
  Story story = TwoHosts("");
  story.Cut("db-1");
  story.Cut("app-1");
  story.Pass(Span::Seconds(6));
  ExpectGolden("collector_cut_off", story.Message());
  story.Back("db-1");
  story.Pass(Span::Seconds(8));
  EXPECT_THAT(story.Message(), HasSubstr("the collector is cut off from 1 host (app-1)."));
  story.Back("app-1");
  story.Pass(Span::Seconds(5));
  ExpectGolden("resolved_collector_cut_off", story.Message());
}

}  // namespace
}  // namespace faultline::incidents
