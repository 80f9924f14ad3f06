// The log check on real files.
#include <filesystem>

#include "agent/checks/log_watch.h"
#include "tests/agent/checks/check_testing.h"

namespace faultline::checks {
namespace {

class LogCheckTest : public CheckTest {
 protected:
  LogCheckTest() { WriteFile(path_, "ERROR from before we looked\n"); }

  void StartAndSettle(const config::CheckConfig& config) {
    Start(config);
    ASSERT_TRUE(UntilSaw(State::kOk, "")) << Last();
  }

  const std::string path_ = directory_ / "app.log";
};

TEST_F(LogCheckTest, WhatWasThereBeforeIsNotNews) {
  StartAndSettle(Config("log", path_));
  EXPECT_TRUE(sink_.events.empty());
}

TEST_F(LogCheckTest, AnErrorLineIsAWarningAndAnEvent) {
  StartAndSettle(Config("log", path_));
  AppendFile(path_, "all is well\nERROR cannot reach 10.0.2.10\n");
  ASSERT_TRUE(UntilSaw(State::kWarning, "ERROR_SEEN")) << Last();
  ASSERT_TRUE(Until([&] { return !sink_.events.empty(); }));
  EXPECT_EQ(sink_.events[0].sample, "ERROR cannot reach 10.0.2.10");
  EXPECT_EQ(sink_.events[0].count, 1u);
}

TEST_F(LogCheckTest, ABurstIsOneStateAndFewEvents) {
  StartAndSettle(Config("log", path_));
  std::string burst;
  for (int i = 0; i < 1000; ++i) burst += "ERROR worker " + std::to_string(i) + " died\n";
  AppendFile(path_, burst);
  ASSERT_TRUE(UntilSaw(State::kWarning, "ERROR_BURST")) << Last();
  ASSERT_TRUE(Until([&] {
    uint32_t counted = 0;
    for (const LogEventSeen& event : sink_.events) counted += event.count;
    return counted == 1000;
  }));
  EXPECT_LE(sink_.events.size(), 10u);
}

TEST_F(LogCheckTest, SecretsDoNotLeaveTheHost) {
  StartAndSettle(Config("log", path_));
  AppendFile(path_, "ERROR login failed password=hunter2 for app\n");
  ASSERT_TRUE(Until([&] { return !sink_.events.empty(); }));
  EXPECT_EQ(sink_.events[0].sample.find("hunter2"), std::string::npos) << sink_.events[0].sample;
}

TEST_F(LogCheckTest, ItGoesOnInTheNewFileAfterARotation) {
  StartAndSettle(Config("log", path_));
  std::filesystem::rename(path_, path_ + ".1");
  AppendFile(path_ + ".1", "ERROR last words\n");
  WriteFile(path_, "ERROR first words\n");
  EXPECT_TRUE(Until([&] {
    std::string all;
    for (const LogEventSeen& event : sink_.events) all += event.sample + "|";
    return all.find("last words") != std::string::npos &&
           all.find("first words") != std::string::npos;
  }));
}

TEST_F(LogCheckTest, OwnPatternsReplaceTheBuiltInOnesAndSomeMayBeIgnored) {
  config::CheckConfig config = Config("log", path_);
  SetOption(&config, "patterns", {"boom", "bang"});
  SetOption(&config, "ignore", {"harmless"});
  StartAndSettle(config);
  AppendFile(path_, "ERROR is no pattern now\nharmless boom\nbang!\n");
  ASSERT_TRUE(Until([&] { return !sink_.events.empty(); }));
  ASSERT_EQ(sink_.events.size(), 1u);
  EXPECT_EQ(sink_.events[0].sample, "bang!");
}

TEST_F(LogCheckTest, ItIsWellAgainWhenItHasBeenQuiet) {
  config::CheckConfig config = Config("log", path_);
  SetOption(&config, "quiet", {"1s"});
  StartAndSettle(config);
  AppendFile(path_, "ERROR once\n");
  ASSERT_TRUE(UntilSaw(State::kWarning, "ERROR_SEEN")) << Last();
  EXPECT_TRUE(UntilSaw(State::kOk, "")) << Last();
}

TEST_F(LogCheckTest, AFileThatIsNotThereIsUnknownUntilItIs) {
  Start(Config("log", directory_ / "later.log"));
  ASSERT_TRUE(UntilSaw(State::kUnknown, "LOG_UNREADABLE")) << Last();
  WriteFile(directory_ / "later.log", "hello\n");
  EXPECT_TRUE(UntilSaw(State::kOk, "")) << Last();
}

TEST_F(LogCheckTest, AFileThatMayNotBeReadIsUnknownAndNamesTheGroup) {
  std::filesystem::permissions(path_, std::filesystem::perms::none);
  const WithoutCapabilities plain;
  Start(Config("log", path_));
  ASSERT_TRUE(UntilSaw(State::kUnknown, "RIGHT_MISSING")) << Last();
  EXPECT_NE(sink_.seen.back().detail.find("group"), std::string::npos) << Last();
}

TEST_F(LogCheckTest, AHostWithoutAJournalIsUnknownAndSaysWhatElseWouldDo) {
  std::filesystem::create_directory(directory_ / "journal");
  LogOptions options{.target = "mysql.service", .position_file = "", .journal = "", .quiet = {}};
  options.journal = directory_ / "journal";
  check_ =
      std::make_unique<LogWatch>(options, LogPatterns::Compile({"default"}, {}).value(), Context());
  check_->Start();
  ASSERT_TRUE(UntilSaw(State::kUnknown, "LOG_UNREADABLE")) << Last();
  EXPECT_NE(sink_.seen.back().detail.find("is systemd-journald running"), std::string::npos)
      << Last();
}

TEST_F(LogCheckTest, AUnitThatSystemdDoesNotKnowIsUnknown) {
  systemd_->units["mysqld.service"] = {.id = "mysqld.service", .load_state = "not-found"};
  Start(Config("log", "mysqld.service"));
  ASSERT_TRUE(Until([&] { return !sink_.units.empty(); }));
  EXPECT_EQ(sink_.units[0], "mysqld.service");
  EXPECT_EQ(sink_.seen.back().state, State::kUnknown) << Last();
}

TEST_F(LogCheckTest, ABadPatternIsRefusedByName) {
  config::CheckConfig config = Config("log", path_);
  SetOption(&config, "patterns", {"(unclosed"});
  EXPECT_NE(ConfigError(config).find("patterns"), std::string::npos);
}

}  // namespace
}  // namespace faultline::checks
