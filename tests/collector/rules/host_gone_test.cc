// Whether a host that is not heard is gone: a table.
#include "collector/rules/host_gone.h"

#include <gtest/gtest.h>

#include <string>

namespace faultline::rules {
namespace {

constexpr WallTime kSilentSince{Span::Seconds(1000).ns};
constexpr Span kGrace = Span::Seconds(30);

WallTime After(Span span) { return kSilentSince + span; }

model::Glimpse Nothing(const std::string& from, Span at = {}) {
  return {.from = from, .at = After(at), .answered = false, .by = {"ping"}};
}

model::Glimpse Answer(const std::string& from, Span at = {}) {
  return {.from = from, .at = After(at), .answered = true, .by = {"22"}};
}

Presence At(Span span, std::vector<model::Glimpse> glimpses, Span grace = kGrace) {
  return JudgeSilence({.since = kSilentSince, .glimpses = std::move(glimpses)}, grace, After(span));
}

TEST(HostGoneTest, TwoWhoGetNoAnswerAreBelievedAfterAMoment) {
  EXPECT_EQ(At(Span::Millis(1499), {Nothing("a"), Nothing("b")}), Presence::kUndecided);
  EXPECT_EQ(At(Span::Millis(1500), {Nothing("a"), Nothing("b")}), Presence::kGone);
}

TEST(HostGoneTest, OneIsNotHoweverOftenItLooks) {
  EXPECT_EQ(At(Span::Seconds(29), {Nothing("a"), Nothing("a")}), Presence::kUndecided);
}

TEST(HostGoneTest, OneAnswerProvesMoreThanAllSilence) {
  EXPECT_EQ(At(Span::Seconds(60), {Nothing("a"), Nothing("b"), Answer("c")}), Presence::kAnswers);
}

TEST(HostGoneTest, AnAnswerOfBeforeIsNone) {
  const Span later = Span::Seconds(76);
  EXPECT_EQ(At(later, {Answer("c"), Nothing("a", Span::Seconds(70)), Nothing("b", later)}),
            Presence::kGone);
  EXPECT_EQ(At(Span::Seconds(74), {Answer("c")}), Presence::kAnswers);
}

TEST(HostGoneTest, WhoLookedBeforeSawNothingOfIt) {
  EXPECT_EQ(At(Span::Seconds(5), {Nothing("a", Span::Seconds(-1)), Nothing("b")}),
            Presence::kUndecided);
}

TEST(HostGoneTest, WhoWasAskedIsWaitedFor) {
  Silence silence{.since = kSilentSince,
                  .awaited = After(Span::Seconds(4)),
                  .glimpses = {Nothing("a"), Nothing("b")}};
  EXPECT_EQ(JudgeSilence(silence, kGrace, After(Span::Seconds(3))), Presence::kUndecided);
  EXPECT_EQ(JudgeSilence(silence, kGrace, After(Span::Seconds(4))), Presence::kGone);
}

TEST(HostGoneTest, WithoutTwoWitnessesTheGraceDecides) {
  EXPECT_EQ(At(Span::Millis(29'999), {}), Presence::kUndecided);
  EXPECT_EQ(At(Span::Seconds(30), {}), Presence::kUnseen);
  EXPECT_EQ(At(Span::Seconds(30), {Nothing("a")}), Presence::kUnseen);
  EXPECT_EQ(At(Span::Seconds(86'400), {Nothing("a")}, Span{}), Presence::kUndecided)
      << "switched off";
}

TEST(HostGoneTest, TheGraceCountsFromTheLastSignOfLife) {
  EXPECT_EQ(At(Span::Seconds(80), {Answer("a", Span::Seconds(4))}, Span::Seconds(90)),
            Presence::kUndecided);
  EXPECT_EQ(At(Span::Seconds(94), {Answer("a", Span::Seconds(4))}, Span::Seconds(90)),
            Presence::kUnseen);
}

TEST(HostGoneTest, ThatNobodyIsBackYetProvesNothing) {
  Silence silence{.since = kSilentSince, .not_before = After(Span::Seconds(45))};
  EXPECT_EQ(JudgeSilence(silence, kGrace, After(Span::Seconds(44))), Presence::kUndecided);
  EXPECT_EQ(JudgeSilence(silence, kGrace, After(Span::Seconds(45))), Presence::kUnseen);
  silence.glimpses = {Nothing("a"), Nothing("b")};
  EXPECT_EQ(JudgeSilence(silence, kGrace, After(Span::Seconds(2))), Presence::kGone)
      << "two are back and see it";
}

TEST(CutOffTest, AllOrMostOfThem) {
  const Unheard heard;
  const Unheard now = kSilentSince;
  const Unheard soon = After(Span::Millis(4900));
  const Unheard later = After(Span::Seconds(5));
  const Unheard before = After(Span::Seconds(-600));
  struct Row {
    std::vector<Unheard> hosts;
    bool is_cut_off;
  };
  const Row rows[] = {
      {{now}, false},
      {{now, soon}, true},
      {{now, later}, false},
      {{now, heard}, false},
      {{now, soon, heard}, false},
      {{now, soon, now, heard}, false},
      {{now, soon, now, now, heard}, true},
      {{now, soon, now, now, heard, heard}, false},
      {{now, before}, false},
      {{now, soon, before}, true},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(IsCutOff(kSilentSince, row.hosts, CutOffTogether(Span::Seconds(1))), row.is_cut_off)
        << row.hosts.size();
  }
}

TEST(CutOffTest, ASlowHeartbeatSpreadsWhenTheyWereHeardLast) {
  EXPECT_EQ(CutOffTogether(Span::Millis(100)), Span::Seconds(5));
  EXPECT_EQ(CutOffTogether(Span::Seconds(30)), Span::Seconds(60));
}

}  // namespace
}  // namespace faultline::rules
