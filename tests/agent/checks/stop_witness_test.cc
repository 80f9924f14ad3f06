// Whose command stopped a unit: from journal entries, and from a real journal.
#include "agent/checks/stop_witness.h"

#include <gtest/gtest.h>

#include "tests/agent/host/journal_writer.h"
#include "tests/agent/host/run_until.h"
#include "tests/fakes/temp_directory.h"

namespace faultline::checks {
namespace {

const std::vector<std::string> kWatchedNames = {"mysql.service", "mariadb.service"};
constexpr WallTime kRanAt{1'795'576'447'412'000'000};  // 2026-11-25 03:14:07.412 UTC

host::JournalEntry Sudo(const std::string& command) {
  return {.program = "sudo",
          .message = "ubuntu : TTY=pts/0 ; PWD=/home/ubuntu ; USER=root ; COMMAND=" + command,
          .at = kRanAt};
}

TEST(WitnessOfTest, AStopHasTheCommandThatAskedForIt) {
  const auto fact = WitnessOf(
      "UNIT_STOPPING", {Sudo("/usr/bin/systemctl stop mysql"), Sudo("/bin/ls")}, kWatchedNames);
  ASSERT_TRUE(fact.has_value());
  EXPECT_EQ(fact->text, "sudo log: ubuntu ran \"systemctl stop mysql\" at 03:14:07 UTC");
  EXPECT_EQ(fact->at, kRanAt);
}

TEST(WitnessOfTest, AReasonHasOnlyCommandsThatExplainIt) {
  const auto explains = [](const std::string& reason, const std::string& command) {
    return WitnessOf(reason, {Sudo(command)}, kWatchedNames).has_value();
  };
  EXPECT_TRUE(explains("UNIT_INACTIVE", "systemctl stop mariadb"));
  EXPECT_TRUE(explains("UNIT_RESTARTING", "systemctl restart mysql"));
  EXPECT_TRUE(explains("HOST_STOPPING", "/usr/sbin/reboot"));
  EXPECT_TRUE(explains("PACKAGE_UPGRADE", "/usr/bin/apt-get upgrade"));
  EXPECT_FALSE(explains("UNIT_STOPPING", "systemctl stop nginx"));
  EXPECT_FALSE(explains("UNIT_STOPPING", "/usr/sbin/reboot"));
  EXPECT_FALSE(explains("UNIT_FAILED", "systemctl stop mysql"));
  EXPECT_FALSE(explains("UNIT_OOM_KILLED", "systemctl restart mysql"));
}

TEST(WitnessOfTest, WithoutSuchALineNothingIsGuessed) {
  EXPECT_FALSE(WitnessOf("UNIT_STOPPING", {}, kWatchedNames).has_value());
  host::JournalEntry session = Sudo("");
  session.message = "pam_unix(sudo:session): session opened for user root(uid=0) by ubuntu";
  EXPECT_FALSE(WitnessOf("UNIT_STOPPING", {session}, kWatchedNames).has_value());
}

class StopWitnessTest : public testing::Test {
 protected:
  StopWitnessTest() : loop_(host::Loop::Create().value()) {}
  void SetUp() override {
    if (!host::JournalWriter::IsPossible()) {
      GTEST_SKIP() << "no systemd-journal-remote (package systemd-journal-remote)";
    }
  }
  host::WrittenEntry Written(int64_t seconds_ago) {
    return {.message = Sudo("/usr/bin/systemctl stop mysql").message,
            .unit = "",
            .comm = "sudo",
            .exe = "/usr/bin/sudo",
            .usec = clock_.Now().ns / 1000 - seconds_ago * 1'000'000};
  }
  std::unique_ptr<StopWitness> Make() {
    return std::make_unique<StopWitness>(*loop_, workers_, clock_, directory_.path(),
                                         [this] { ++news_; });
  }

  const SystemClock clock_;
  const fakes::TempDirectory directory_;
  host::JournalWriter writer_{directory_.path()};
  std::unique_ptr<host::Loop> loop_;
  host::WorkerPool workers_{1, 4};
  int news_ = 0;
};

TEST_F(StopWitnessTest, ALineOfTheLastSecondsIsFoundInARealJournal) {
  writer_.Append({Written(2)});
  const auto witness = Make();
  witness->Look(4711);
  ASSERT_TRUE(host::RunUntil(*loop_, [&] { return news_ > 0; }));
  EXPECT_TRUE(witness->Evidence("UNIT_STOPPING", kWatchedNames).has_value());
  witness->Forget();
  EXPECT_FALSE(witness->Evidence("UNIT_STOPPING", kWatchedNames).has_value());
}

TEST_F(StopWitnessTest, ALineThatIsWrittenAMomentLaterIsFoundToo) {
  writer_.Append({Written(60)});
  const auto witness = Make();
  witness->Look(4711);
  writer_.Append({Written(0)});
  EXPECT_TRUE(host::RunUntil(*loop_, [&] { return news_ > 0; }));
}

TEST_F(StopWitnessTest, ALineThatABusyJournaldWritesSecondsLaterIsFoundToo) {
  writer_.Append({Written(60)});
  const auto witness = Make();
  witness->Look(4711);
  bool written = false;
  const auto timer = loop_->After(Span::Millis(1200), [&] {
    writer_.Append({Written(1)});
    written = true;
  });
  ASSERT_TRUE(host::RunUntil(*loop_, [&] { return news_ > 0; }));
  EXPECT_TRUE(written);
}

TEST_F(StopWitnessTest, AnOldLineIsNoWitness) {
  writer_.Append({Written(60)});
  const auto witness = Make();
  witness->Look(4711);
  bool later = false;
  const auto timer = loop_->After(Span::Millis(400), [&] { later = true; });
  ASSERT_TRUE(host::RunUntil(*loop_, [&] { return later; }));
  EXPECT_EQ(news_, 0);
}

TEST_F(StopWitnessTest, ItMayGoWhileItLooks) {
  writer_.Append({Written(2)});
  auto witness = Make();
  witness->Look(4711);
  witness.reset();
  bool later = false;
  const auto timer = loop_->After(Span::Millis(300), [&] { later = true; });
  ASSERT_TRUE(host::RunUntil(*loop_, [&] { return later; }));
  EXPECT_EQ(news_, 0);
}

}  // namespace
}  // namespace faultline::checks
