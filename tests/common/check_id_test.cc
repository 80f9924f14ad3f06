#include "common/check_id.h"

#include <gtest/gtest.h>

namespace faultline {
namespace {

TEST(CheckIdTest, ReadsBackWhatItWrites) {
  for (const CheckId& id :
       {CheckId{"unit", "mysql.service", ""}, CheckId{"port", "10.0.2.10:3306", "app"},
        CheckId{"port", "[::1]:80", ""}, CheckId{"log", "/var/log/a#b/c", ""}}) {
    const auto parsed = ParseCheckId(id.ToString());
    ASSERT_TRUE(parsed.ok()) << parsed.status();
    EXPECT_EQ(*parsed, id);
  }
}

TEST(CheckIdTest, RefusesWhatIsNotACheck) {
  for (const char* text : {"", "unit", ":x", "unit:", "Unit:x", "1unit:x", "unit:a\nb"}) {
    EXPECT_FALSE(ParseCheckId(text).ok()) << text;
  }
  EXPECT_FALSE(ParseCheckId("unit:" + std::string(257, 'x')).ok());
}

TEST(CheckIdTest, ATargetIsTextThatCanBeSent) {
  const auto valid = [](const char* target) {
    return ValidateCheckId({.kind = "log", .target = target}).ok();
  };
  EXPECT_TRUE(valid("/var/log/caf\xC3\xA9.log"));
  EXPECT_FALSE(valid("/var/log/caf\xE9.log")) << "Latin-1";
  EXPECT_FALSE(valid("/var/log/\xE2\x80\xAEgol.efac")) << "reads as another path";
  EXPECT_FALSE(valid("/var/log/a\nb"));
  EXPECT_FALSE(valid(""));
}

TEST(CheckIdTest, NamesThePartThatIsWrong) {
  const absl::Status status = ValidateCheckId({"unit", "x", "no spaces"});
  EXPECT_NE(status.message().find("name"), absl::string_view::npos) << status;
}

}  // namespace
}  // namespace faultline
