#include "agent/checks/unit_cause.h"

#include <gtest/gtest.h>

namespace faultline::checks {
namespace {

constexpr int64_t kSecond = 1'000'000;  // of microseconds
constexpr uint64_t kStart = 1'800'000'000 * kSecond;

WallTime At(int64_t seconds) {
  return WallTime{(static_cast<int64_t>(kStart) + seconds * kSecond) * 1000};
}

host::UnitLogEntry Own(const std::string& message, int64_t seconds, int priority = 6) {
  return {.message = message, .priority = priority, .at = At(seconds)};
}
host::UnitLogEntry Systemd(const std::string& message, int64_t seconds, int priority) {
  return {.message = message, .priority = priority, .at = At(seconds), .by_systemd = true};
}

std::string First(const std::vector<host::UnitLogEntry>& entries,
                  const std::string& unit = "mariadb.service") {
  const auto patterns = LogPatterns::Compile({"default"}, {}, unit);
  const std::optional<Fact> fact = FirstErrorOf(entries, **patterns);
  return fact.has_value() ? fact->text : "";
}

// What MariaDB 10.11 writes when its configuration has a wrong key.
TEST(UnitCauseTest, TheFirstErrorIsTheCauseAndNotWhatFollowsFromIt) {
  const std::vector<host::UnitLogEntry> entries = {
      Own("2026-12-01  6:50:12 0 [Note] Starting MariaDB 10.11.14-MariaDB-0+deb12u2", 0),
      Own("2026-12-01  6:50:12 0 [ERROR] /usr/sbin/mariadbd: unknown variable 'nonsense=1'", 1),
      Own("2026-12-01  6:50:12 0 [ERROR] Aborting", 1),
      Systemd("mariadb.service: Main process exited, code=exited, status=7/NOTRUNNING", 2, 5),
      Systemd("mariadb.service: Failed with result 'exit-code'.", 2, 4),
      Systemd("Failed to start mariadb.service - MariaDB 10.11.14 database server.", 2, 3)};
  EXPECT_EQ(First(entries),
            "its log: 2026-12-01  6:50:12 0 [ERROR] /usr/sbin/mariadbd: unknown variable "
            "'nonsense=1'");
  const auto patterns = LogPatterns::Compile({"default"}, {}, "mariadb.service");
  EXPECT_EQ(FirstErrorOf(entries, **patterns)->at, At(1)) << "its own time";
}

TEST(UnitCauseTest, OfATracebackTheLineThatNamesTheException) {
  EXPECT_EQ(First({Own("Traceback (most recent call last):", 0),
                   Own("  File \"app.py\", line 5, in <module>", 0),
                   Own("ModuleNotFoundError: No module named 'flask'", 0)},
                  "flask-app.service"),
            "its log: ModuleNotFoundError: No module named 'flask'");
}

TEST(UnitCauseTest, SystemdsOwnWordCountsWhereTheUnitSaidNothing) {
  EXPECT_EQ(First({Systemd("flask-app.service: Failed to load environment files: No such file or "
                           "directory",
                           0, 4),
                   Systemd("flask-app.service: Failed with result 'resources'.", 0, 4),
                   Systemd("Failed to start flask-app.service - Flask.", 0, 3)}),
            "its log: flask-app.service: Failed to load environment files: No such file or "
            "directory");
  EXPECT_EQ(First({Systemd("Failed to start flask-app.service - Flask.", 0, 3)}), "");
}

TEST(UnitCauseTest, SecretsStayOnTheHost) {
  EXPECT_EQ(First({Own("ERROR login failed password=hunter2 for app", 0)}).find("hunter2"),
            std::string::npos);
}

TEST(UnitCauseTest, TheLogOfAFailedStartBeginsWithTheStart) {
  host::UnitProperties p;
  p.state_change_usec = kStart + 90 * kSecond;
  p.inactive_exit_usec = kStart;
  EXPECT_EQ(FailureLogBegins(p), At(0));
  p.exec_main_start_usec = kStart + 85 * kSecond;  // started again by systemd meanwhile
  EXPECT_EQ(FailureLogBegins(p), At(85));
}

TEST(UnitCauseTest, OfALongRunOnlyTheEndCounts) {
  host::UnitProperties p;
  p.inactive_exit_usec = p.exec_main_start_usec = kStart;
  p.state_change_usec = kStart + 86'400 * kSecond;
  EXPECT_EQ(FailureLogBegins(p), At(86'390));
  p.inactive_exit_usec = p.exec_main_start_usec =
      p.state_change_usec + kSecond;  // a clock set back
  EXPECT_EQ(FailureLogBegins(p), At(86'390));
}

}  // namespace
}  // namespace faultline::checks
