#include "cli/sse.h"

#include <gtest/gtest.h>

namespace faultline::cli {
namespace {

std::vector<SseEvent> Parse(SseParser& parser, std::string_view bytes) {
  std::vector<SseEvent> events;
  EXPECT_TRUE(parser.Feed(bytes, &events));
  return events;
}

TEST(SseParser, ReadsAnEventWithItsTypeDataAndId) {
  SseParser parser;
  const auto events = Parse(parser, "event: change\nid: 7\ndata: {\"a\":1}\n\n");
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].type, "change");
  EXPECT_EQ(events[0].data, "{\"a\":1}");
  EXPECT_EQ(parser.last_event_id(), "7");
}

TEST(SseParser, ReadsTheSameHoweverTheBytesAreCutAndLinesEnd) {
  for (const std::string end : {"\n", "\r", "\r\n"}) {
    const std::string text = "\xEF\xBB\xBF" + std::string(": hello") + end + "data: one" + end +
                             "data:two" + end + "id: 9" + end + end + "data" + end + end;
    SseParser parser;
    std::vector<SseEvent> events;
    for (const char c : text) ASSERT_TRUE(parser.Feed({&c, 1}, &events));
    ASSERT_EQ(events.size(), 2U);
    EXPECT_EQ(events[0].type, "message");
    EXPECT_EQ(events[0].data, "one\ntwo");
    EXPECT_EQ(events[1].data, "");
    EXPECT_EQ(parser.last_event_id(), "9");
  }
}

TEST(SseParser, GivesNothingForCommentsUnknownFieldsAndEventsWithoutData) {
  SseParser parser;
  EXPECT_TRUE(Parse(parser, ": ping\n\nfoo: bar\n\nevent: x\n\n").empty());
}

TEST(SseParser, KeepsTheIdOfCompleteEventsOverAReconnect) {
  SseParser parser;
  Parse(parser, "id: 3\ndata: x\n\nid: 4\ndata: half");
  EXPECT_EQ(parser.last_event_id(), "3");
  parser.Restart();
  const auto events = Parse(parser, "data: whole\n\n");
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].data, "whole");
  EXPECT_EQ(parser.last_event_id(), "3");
}

TEST(SseParser, TakesNoIdThatCannotStandInAHeader) {
  SseParser parser;
  Parse(parser, "id: 5\ndata: x\n\n");
  Parse(parser, "id: 6\x01 X: y\ndata: x\n\n");
  Parse(parser, "id: " + std::string(1000, '7') + "\ndata: x\n\n");
  EXPECT_EQ(parser.last_event_id(), "5");
}

TEST(SseParser, RefusesAnEventWithoutEnd) {
  SseParser parser;
  std::vector<SseEvent> events;
  const std::string chunk(64 * 1024, 'x');
  bool taken = parser.Feed("data: ", &events);
  for (int i = 0; i < 32 && taken; ++i) taken = parser.Feed(chunk, &events);
  EXPECT_FALSE(taken);

  SseParser lines;
  taken = true;
  for (int i = 0; i < 32 && taken; ++i) taken = lines.Feed("data: " + chunk + "\n", &events);
  EXPECT_FALSE(taken);
  EXPECT_TRUE(events.empty());
}

}  // namespace
}  // namespace faultline::cli
