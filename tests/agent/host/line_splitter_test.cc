#include "agent/host/line_splitter.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace faultline::host {
namespace {

using Lines = std::vector<std::string>;

class LineSplitterTest : public testing::Test {
 protected:
  Lines Add(std::string_view bytes) {
    Lines lines;
    splitter_.Add(bytes, [&](std::string_view line) { lines.emplace_back(line); });
    return lines;
  }
  LineSplitter splitter_{8};
};

TEST_F(LineSplitterTest, GivesLinesWithoutTheirEnds) {
  EXPECT_EQ(Add("one\ntwo\r\n\nthree\n"), (Lines{"one", "two", "", "three"}));
}

TEST_F(LineSplitterTest, ALineInPiecesIsGivenOnceItEnds) {
  EXPECT_EQ(Add("on"), Lines{});
  EXPECT_EQ(Add("e\nt"), Lines{"one"});
  EXPECT_EQ(splitter_.pending(), 1u);
  EXPECT_EQ(Add("wo\r"), Lines{});
  EXPECT_EQ(Add("\n"), Lines{"two"});
  EXPECT_EQ(splitter_.pending(), 0u);
}

TEST_F(LineSplitterTest, ALongLineIsGivenCutAndItsRestSkipped) {
  EXPECT_EQ(Add("0123456789"), Lines{"01234567"});
  EXPECT_EQ(Add("skipped"), Lines{});
  EXPECT_EQ(Add("skipped too\nnext\n"), Lines{"next"});
}

TEST_F(LineSplitterTest, ALineOfJustTheBoundIsWhole) {
  EXPECT_EQ(Add("01234567"), Lines{});
  EXPECT_EQ(Add("\nnext\n"), (Lines{"01234567", "next"}));
}

TEST_F(LineSplitterTest, ResetForgetsWhatWasBegun) {
  Add("half");
  splitter_.Reset();
  EXPECT_EQ(Add("new\n"), Lines{"new"});
  Add("0123456789");
  splitter_.Reset();
  EXPECT_EQ(Add("after a long one\n"), Lines{"after a "});
}

TEST_F(LineSplitterTest, HowTheBytesAreCutChangesNothing) {
  std::mt19937 random(7);
  std::string text;
  for (int i = 0; i < 3000; ++i) text.push_back("ab\r\n\n"[random() % 5]);
  const Lines whole = Add(text);
  for (int round = 0; round < 20; ++round) {
    splitter_.Reset();
    Lines pieces;
    for (size_t at = 0; at < text.size();) {
      const size_t length = 1 + random() % 12;
      for (std::string& line : Add(std::string_view(text).substr(at, length))) {
        pieces.push_back(std::move(line));
      }
      at += length;
    }
    ASSERT_EQ(pieces, whole) << "round " << round;
  }
}

}  // namespace
}  // namespace faultline::host
