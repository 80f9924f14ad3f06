#include "cli/json_text.h"

#include <gtest/gtest.h>

namespace faultline::cli {
namespace {

TEST(PrettyJson, LaysOutWithoutChangingAnyValue) {
  EXPECT_EQ(
      *PrettyJson(R"({"b":[1,-2.50e+3,{}],"a":{"id":"18446744073709551615","n":null},"e":[]})"),
      R"({
  "b": [
    1,
    -2.50e+3,
    {}
  ],
  "a": {
    "id": "18446744073709551615",
    "n": null
  },
  "e": []
}
)");
}

TEST(CompactJson, IsOneLine) {
  EXPECT_EQ(*CompactJson("{ \"a\" :\n [ true, false ] ,\"b\":\"x y\"}\n"),
            R"({"a":[true,false],"b":"x y"})");
}

TEST(PrettyJson, EscapesWhatATerminalMightObey) {
  EXPECT_EQ(*CompactJson("\"a\x7f\xc2\x9b"
                         "31mé\\u001b\""),
            R"("a\u007f\u009b31mé\u001b")");
  EXPECT_EQ(*CompactJson("\"\xff\""), "\"?\"");
}

TEST(PrettyJson, RefusesWhatIsNotOneWholeValue) {
  for (const char* bad :
       {"", "{", "[1,", "[1 2]", "{\"a\"}", "{a:1}", "\"x", "\"\\", "\"\\q\"", "-", "1.", "1e",
        "tru", "{} {}", "[1,]", "<html>", "\"\x1b[2J\"", "{\"a\":1,}"}) {
    const auto got = PrettyJson(bad);
    EXPECT_FALSE(got.ok()) << bad;
    EXPECT_TRUE(absl::IsInvalidArgument(got.status()));
  }
}

TEST(PrettyJson, RefusesBottomlessNesting) {
  EXPECT_FALSE(PrettyJson(std::string(100'000, '[')).ok());
  EXPECT_TRUE(PrettyJson(std::string(90, '[') + std::string(90, ']')).ok());
}

}  // namespace
}  // namespace faultline::cli
