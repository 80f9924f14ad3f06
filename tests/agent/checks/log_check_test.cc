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

class LogCheckOfAUnitTest : public LogCheckTest {
 protected:
  void SetUp() override {
    if (!host::JournalWriter::IsPossible()) {
      GTEST_SKIP() << "no systemd-journal-remote (package systemd-journal-remote)";
    }
    std::filesystem::create_directory(journal_);
    host::JournalWriter(journal_).Append({{.message = "from before we looked"}});
  }
  void StartUnit(const std::string& unit) {
    LogOptions options{.target = unit, .journal = journal_, .quiet = Span::Seconds(60)};
    check_ = std::make_unique<LogWatch>(
        options, LogPatterns::Compile({"default"}, {}, unit).value(), Context());
    check_->Start();
  }
  const std::string journal_ = directory_ / "journal";
};

TEST_F(LogCheckOfAUnitTest, AUnitThatSystemdDoesNotKnowIsUnknownFromTheFirstWord) {
  systemd_->units["zzz.service"] = {.id = "zzz.service", .load_state = "not-found"};
  StartUnit("zzz.service");
  ASSERT_TRUE(UntilSaw(State::kUnknown, "UNIT_NOT_FOUND")) << Last();
  EXPECT_EQ(sink_.units, std::vector<std::string>{"zzz.service"});
  EXPECT_EQ(sink_.seen.size(), 1u) << sink_.seen[0].detail;
}

// systemd answers when the journal was read long ago.
TEST_F(LogCheckOfAUnitTest, WhatTheJournalSaysIsNotOkBeforeSystemdHasSaidWhichUnitItIs) {
  systemd_->units["zzz.service"] = {.id = "zzz.service", .load_state = "not-found"};
  systemd_->answers_after = Span::Millis(300);
  StartUnit("zzz.service");
  bool looked = false;
  check_->LookNow([&] { looked = true; });
  ASSERT_TRUE(Until([&] { return looked; }));
  for (const Observation& each : sink_.seen) EXPECT_EQ(each.reason, "UNIT_NOT_FOUND");
}

TEST_F(LogCheckOfAUnitTest, ALookBeforeTheJournalWasReadWaitsForIt) {
  systemd_->units["mysql.service"] = {.id = "mysql.service", .load_state = "loaded"};
  StartUnit("mysql.service");
  bool looked = false;
  check_->LookNow([&] { looked = true; });
  EXPECT_FALSE(looked);
  ASSERT_TRUE(Until([&] { return looked; }));
  EXPECT_TRUE(sink_.Saw(State::kOk, "")) << Last();
}

TEST_F(LogCheckOfAUnitTest, WithoutSystemdTheJournalIsReadAllTheSame) {
  StartUnit("mysql.service");
  EXPECT_TRUE(UntilSaw(State::kOk, "")) << Last();
}

// Says of the unit what the test says.
class ToldSystemd : public host::SystemdBus {
 public:
  std::unique_ptr<host::UnitWatch> Watch(const std::string& /*unit*/,
                                         host::UnitListener& listener) override {
    class Told : public host::UnitWatch {
      void Refresh(std::function<void()> done) override { done(); }
    };
    listener_ = &listener;
    return std::make_unique<Told>();
  }
  host::HostStop host_stop() const override { return host::HostStop::kNo; }
  void Say(const std::string& active_state) {
    listener_->OnProperties(
        {.id = "mariadb.service", .load_state = "loaded", .active_state = active_state});
  }

 private:
  host::UnitListener* listener_ = nullptr;
};

TEST_F(LogCheckOfAUnitTest, AStartThatFailsIsQuotedByItsOwnFirstError) {
  ToldSystemd systemd;
  host::JournalWriter writer(journal_);
  LogOptions options{
      .target = "mariadb.service", .journal = journal_, .quiet = Span::Seconds(3600)};
  const CheckContext context{*loop_, workers_, systemd, clock_, sink_, ""};
  check_ = std::make_unique<LogWatch>(
      options, LogPatterns::Compile({"default"}, {}, options.target).value(), context);
  check_->Start();
  systemd.Say("active");
  ASSERT_TRUE(UntilSaw(State::kOk, "")) << Last();
  writer.Append({{.message = "[ERROR] of the run before"}});
  ASSERT_TRUE(UntilSaw(State::kWarning, "ERROR_SEEN")) << Last();
  systemd.Say("inactive");
  systemd.Say("activating");
  writer.Append({{.message = "[ERROR] mariadbd: unknown variable 'nonsense=1'"},
                 {.message = "[ERROR] Aborting"}});
  ASSERT_TRUE(Until([&] { return sink_.seen.back().evidence.size() == 2; })) << Last();
  EXPECT_EQ(sink_.seen.back().evidence[0].text, "[ERROR] mariadbd: unknown variable 'nonsense=1'");
  EXPECT_EQ(sink_.seen.back().evidence[1].text, "[ERROR] Aborting");
  EXPECT_LT(sink_.seen.back().evidence[0].at, sink_.seen.back().evidence[1].at);
  check_.reset();
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
