#include "common/text.h"

#include <gtest/gtest.h>

namespace faultline {
namespace {

TEST(CleanTextTest, KeepsPlainTextAsItIs) {
  EXPECT_EQ(CleanText("mysql.service stopped", 64), "mysql.service stopped");
  EXPECT_EQ(CleanText("", 64), "");
}

TEST(CleanTextTest, TurnsControlCharactersIntoSpaces) {
  EXPECT_EQ(CleanText("a\nb\x1b[31mc\x7f", 64), "a b [31mc ");
  EXPECT_EQ(CleanText("a\xC2\x9B"
                      "b",
                      64),
            "a b")
      << "C1 control sequence introducer";
}

TEST(CleanTextTest, ReplacesInvalidUtf8) {
  EXPECT_EQ(CleanText("\xff\xfe ok", 64), "?? ok");
  EXPECT_EQ(CleanText("\xC0\xAF", 64), "??") << "overlong form";
  EXPECT_EQ(CleanText("\xED\xA0\x80", 64), "???") << "surrogate";
  EXPECT_EQ(CleanText("\xE2\x82", 64), "??") << "cut short";
  EXPECT_EQ(CleanText("\xE2\x82\xAC", 64), "\xE2\x82\xAC");
}

TEST(ValidUtf8Test, EndsWhereTheTextStopsBeingIt) {
  EXPECT_EQ(ValidUtf8(""), 0u);
  EXPECT_EQ(ValidUtf8("caf\xc3\xa9"), 5u);
  EXPECT_EQ(ValidUtf8("caf\xe9.log"), 3u);
  EXPECT_EQ(ValidUtf8("a\xE2\x82"), 1u) << "cut short";
}

TEST(CleanTextTest, LeavesOutWhatTurnsTextRoundAndEndsNoLine) {
  EXPECT_EQ(CleanText("ok \xE2\x80\xAEgnp.exe\xE2\x80\xAC!", 64), "ok gnp.exe!")
      << "U+202E, U+202C";
  for (const char* mark : {"\xD8\x9C", "\xE2\x80\x8E", "\xE2\x80\x8F", "\xE2\x80\xAA",
                           "\xE2\x80\xAE", "\xE2\x81\xA6", "\xE2\x81\xA9"}) {
    EXPECT_EQ(CleanText(std::string("a") + mark + "b", 64), "ab");
    EXPECT_EQ(CleanText(std::string("ab") + mark, 2), "ab") << "takes no room";
  }
  EXPECT_EQ(CleanText("a\xE2\x80\xA8"
                      "b\xE2\x80\xA9"
                      "c",
                      64),
            "a b c");
  EXPECT_EQ(CleanText("\xD8\xB9 \xE2\x80\x93", 64), "\xD8\xB9 \xE2\x80\x93")
      << "letters written from right to left, and a dash, are no marks";
}

TEST(CleanTextTest, CutsAtTheBoundWithoutSplittingACharacter) {
  EXPECT_EQ(CleanText("abcdefgh", 8), "abcdefgh");
  EXPECT_EQ(CleanText("abcdefghi", 8), "abcde...");
  const std::string euros = "\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC";
  EXPECT_EQ(CleanText(euros, 8), "\xE2\x82\xAC...");
  for (size_t bound = 0; bound < 12; ++bound) EXPECT_LE(CleanText(euros, bound).size(), bound);
}

TEST(IsReasonNameTest, TakesUpperCaseNamesOnly) {
  EXPECT_TRUE(IsReasonName("UNIT_STOPPING"));
  EXPECT_TRUE(IsReasonName("STATUS_502"));
  EXPECT_FALSE(IsReasonName(""));
  EXPECT_FALSE(IsReasonName("unit"));
  EXPECT_FALSE(IsReasonName("5XX"));
  EXPECT_FALSE(IsReasonName("A B"));
  EXPECT_FALSE(IsReasonName(std::string(65, 'A')));
}

}  // namespace
}  // namespace faultline
