// The log check on real files.
#include <filesystem>

#include "agent/checks/log_watch.h"
#include "tests/agent/checks/check_testing.h"
#include "tests/agent/host/journal_writer.h"

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

TEST_F(LogCheckTest, WhatWasReadIsToldBeforeItsPlaceIsSaved) {
  StartAndSettle(Config("log", path_));
  AppendFile(path_, "ERROR one\n");
  ASSERT_TRUE(UntilSaw(State::kWarning, "ERROR_SEEN")) << Last();
  AppendFile(path_, "ERROR two\nERROR three\n");
  const size_t told = sink_.events.size();
  ASSERT_TRUE(Until([&] { return std::filesystem::file_size(path_) > 20; }));
  check_.reset();  // saves its place, before the second that it collects for is over
  Start(Config("log", path_));
  ASSERT_TRUE(Until([&] {
    uint32_t counted = 0;
    for (const LogEventSeen& event : sink_.events) counted += event.count;
    return counted == 3;
  })) << told
      << " events were told before";
}

TEST_F(LogCheckTest, ATracebackIsOneErrorAndItsLastLineTellsIt) {
  StartAndSettle(Config("log", path_));
  AppendFile(path_,
             "[2026-11-25 13:22:11,001] ERROR in app: Exception on /db-check [GET]\n"
             "Traceback (most recent call last):\n  File \"app.py\", line 5, in <module>\n"
             "pymysql.err.OperationalError: (2003, \"first\")\n\n"
             "The above exception was the direct cause of the following exception:\n\n"
             "Traceback (most recent call last):\n  File \"db.py\", line 9, in <module>\n"
             "flask_app.database.DatabaseUnavailable: (2003) Can't connect\n");
  ASSERT_TRUE(Until([&] { return !sink_.events.empty(); }));
  ASSERT_EQ(sink_.events.size(), 1u) << sink_.events[0].sample;
  EXPECT_EQ(sink_.events[0].count, 1u);
  EXPECT_EQ(sink_.events[0].sample, "flask_app.database.DatabaseUnavailable: (2003) Can't connect");
}

TEST_F(LogCheckTest, ATracebackThatIsBrokenOffIsAnErrorAllTheSame) {
  StartAndSettle(Config("log", path_));
  AppendFile(path_, "Traceback (most recent call last):\n  File \"app.py\", line 5\n");
  ASSERT_TRUE(Until([&] { return !sink_.events.empty(); }));
  EXPECT_EQ(sink_.events[0].pattern, "traceback");
}

TEST_F(LogCheckTest, AnErrorOfAnotherProgramWithinATracebackIsCountedToo) {
  StartAndSettle(Config("log", path_));
  AppendFile(path_,
             "Traceback (most recent call last):\n  File \"app.py\", line 5\n"
             "[2026-11-25] [ERROR] of another worker\nRuntimeError: no\n");
  ASSERT_TRUE(Until([&] { return sink_.events.size() == 2; }));
  EXPECT_EQ(sink_.events[0].sample, "[2026-11-25] [ERROR] of another worker");
  EXPECT_EQ(sink_.events[1].sample, "RuntimeError: no");
}

TEST_F(LogCheckTest, AnIgnoredExceptionTakesItsTracebackWithIt) {
  config::CheckConfig config = Config("log", path_);
  SetOption(&config, "ignore", {"BrokenPipeError"});
  StartAndSettle(config);
  AppendFile(path_,
             "Traceback (most recent call last):\n  File \"app.py\"\nBrokenPipeError: [Errno 32]\n"
             "ERROR the only one\n");
  ASSERT_TRUE(Until([&] { return !sink_.events.empty(); }));
  ASSERT_EQ(sink_.events.size(), 1u);
  EXPECT_EQ(sink_.events[0].sample, "ERROR the only one");
}

TEST_F(LogCheckTest, OfAnAccessLogOnlyTheStatusCounts) {
  const std::string access = directory_ / "flask_access.log";
  WriteFile(access, "");
  StartAndSettle(Config("log", access));
  AppendFile(access,
             "1.2.3.4 - - [x] \"GET /?q=ERROR HTTP/1.1\" 200 1 \"-\" \"curl\"\n"
             "1.2.3.4 - - [x] \"GET / HTTP/1.1\" 502 157 \"-\" \"faultline-agent/0.1\"\n"
             "1.2.3.4 - - [x] \"GET / HTTP/1.1\" 502 157 \"-\" \"curl\"\n");
  ASSERT_TRUE(Until([&] { return !sink_.events.empty(); }));
  ASSERT_EQ(sink_.events.size(), 1u);
  EXPECT_EQ(sink_.events[0].pattern, "http_5xx");
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

TEST_F(LogCheckTest, AFileThatMayNotBeReadAfterARotationIsUnknownAndNamesTheGroup) {
  StartAndSettle(Config("log", path_));
  const WithoutCapabilities plain;
  std::filesystem::rename(path_, path_ + ".1");
  WriteFile(path_, "");
  std::filesystem::permissions(path_, std::filesystem::perms::none);
  EXPECT_TRUE(UntilSaw(State::kUnknown, "RIGHT_MISSING")) << Last();
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

TEST_F(LogCheckTest, AUnitsJournalIsReadUnderItsRealNameToo) {
  if (!host::JournalWriter::IsPossible()) {
    GTEST_SKIP() << "no systemd-journal-remote (package systemd-journal-remote)";
  }
  const std::string journal = directory_ / "journal";
  std::filesystem::create_directory(journal);
  host::JournalWriter writer(journal);
  writer.Append({{.message = "ERROR from before we looked"}});
  systemd_->units["mysql.service"] = {.id = "mariadb.service", .load_state = "loaded"};
  LogOptions options{.target = "mysql.service", .journal = journal, .quiet = Span::Seconds(60)};
  check_ = std::make_unique<LogWatch>(
      options, LogPatterns::Compile({"default"}, {}, options.target).value(), Context());
  check_->Start();
  ASSERT_TRUE(UntilSaw(State::kOk, "") && Until([&] { return !sink_.units.empty(); })) << Last();
  writer.Append({{.message = "[ERROR] InnoDB: no space\nand more words", .priority = "3"}});
  ASSERT_TRUE(Until([&] { return !sink_.events.empty(); }));
  ASSERT_EQ(sink_.events.size(), 1u) << "a message of two lines is one error";
  EXPECT_EQ(sink_.events[0].count, 1u);
  EXPECT_EQ(sink_.events[0].pattern, "innodb");
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

TEST_F(LogCheckTest, ALookTellsWhenTheNewestLineCame) {
  StartAndSettle(Config("log", path_));
  EXPECT_EQ(sink_.seen.back().gauges.size(), 1u) << "none yet";
  const WallTime before = clock_.Now();
  AppendFile(path_, "GET / 200\n");
  ASSERT_TRUE(Until([&] {
    check_->LookNow([] {});
    return sink_.seen.back().gauges.size() == 2;
  }));
  const GaugeValue& newest = sink_.seen.back().gauges[1];
  EXPECT_EQ(newest.name, "log_last_line_timestamp_seconds");
  EXPECT_GE(newest.value, static_cast<double>(before.ns / 1'000'000'000));
}

}  // namespace
}  // namespace faultline::checks
