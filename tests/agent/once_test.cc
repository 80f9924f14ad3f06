#include "agent/once.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <future>
#include <set>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "google/protobuf/util/json_util.h"
#include "tests/agent/host/fake_systemd.h"
#include "tests/agent/host/private_bus.h"
#include "tests/agent/host/run_until.h"
#include "tests/agent/host/tcp_testing.h"
#include "tests/cli/program.h"
#include "tests/fakes/temp_directory.h"

namespace faultline::agent {
namespace {

namespace v1 = faultline::v1;
using cli::Program;
using testing::HasSubstr;
using testing::Not;

// A configuration of these checks alone, without collector and certificates.
class OnceTest : public testing::Test {
 protected:
  std::string File(const std::string& checks) {
    const std::string file = directory_ / "agent.yaml";
    std::ofstream(file) << "state_dir: " << directory_ / "state"
                        << "\nchecks:\n"
                        << checks;
    return file;
  }
  std::string Well() const {
    return absl::StrCat("  - {kind: listener, target: '127.0.0.1:", port_.port(), "'}\n");
  }
  std::string Unknown() const {
    return absl::StrCat("  - {kind: certificate, target: ", directory_ / "none.pem", "}\n");
  }
  std::string Critical() const {
    // tcpmux, which nobody runs.
    return "  - {kind: listener, target: '127.0.0.1:1'}\n";
  }

  fakes::TempDirectory directory_;
  host::TestListener port_;
};

TEST_F(OnceTest, AllWellIsExitCode0) {
  Program program({"--once", "--config", File(Well())});
  EXPECT_EQ(program.Wait(), 0) << program.errors();
  EXPECT_THAT(program.output(), testing::StartsWith("STATE     CHECK"));
  EXPECT_THAT(program.output(),
              HasSubstr(absl::StrCat("OK        listener:127.0.0.1:", port_.port())));
  EXPECT_THAT(program.output(), HasSubstr("\n1 check: 1 OK\n"));
}

TEST_F(OnceTest, TroubleIsExitCode1AndStandsFirst) {
  Program program({"--once", "--config", File(Well() + Unknown() + Critical())});
  EXPECT_EQ(program.Wait(), 1) << program.errors();
  EXPECT_THAT(program.output(), HasSubstr("DETAIL\nCRITICAL  listener:127.0.0.1:1"));
  EXPECT_THAT(program.output(), HasSubstr("3 checks: 1 CRITICAL, 1 UNKNOWN, 1 OK"));
}

TEST_F(OnceTest, OnlyUnknownIsExitCode3) {
  Program program({"--once", "--config", File(Well() + Unknown())});
  EXPECT_EQ(program.Wait(), 3) << program.errors();
  EXPECT_THAT(program.output(), HasSubstr("FILE_UNREADABLE"));
}

TEST_F(OnceTest, WrongUsageIsExitCode2) {
  const std::string file = File(Well());
  for (const Program::Words& words :
       std::vector<Program::Words>{{"--once", "--config", file, "--wait", "soon"},
                                   {"--once", "--config", file, "--output", "xml"},
                                   {"--once", "--config", file + ".none"},
                                   {"--role", "app"},
                                   {"--once", "--role", "ap"},
                                   {"--onc"}}) {
    Program program(words);
    EXPECT_EQ(program.Wait(), 2) << words.back() << program.errors();
    EXPECT_FALSE(program.errors().empty());
  }
}

TEST_F(OnceTest, NothingIsWritten) {
  const std::string log = directory_ / "app.log";
  std::ofstream(log) << "ERROR before\n";
  Program program(
      {"--once", "--config", File(absl::StrCat("  - {kind: log, target: ", log, "}\n"))});
  EXPECT_EQ(program.Wait(), 0) << program.output() << program.errors();
  EXPECT_FALSE(std::filesystem::exists(directory_ / "state"));
}

// Not even where a check remembers something over restarts and there is no state directory.
TEST_F(OnceTest, NothingIsWrittenBesideTheStateDirectoryEither) {
  const auto positions = [] {
    std::set<std::string> found;
    for (const auto& entry : std::filesystem::directory_iterator("/")) {
      if (entry.path().extension() == ".position") found.insert(entry.path());
    }
    return found;
  };
  const std::set<std::string> before = positions();
  Program program({"--once", "--config",
                   File("  - {kind: memory, target: system}\n"
                        "  - {kind: mysql, target: '127.0.0.1:1'}\n"
                        "  - {kind: ping, target: 127.0.0.1}\n")});
  program.Wait();
  EXPECT_EQ(positions(), before) << program.output();
}

// Alone: with others beside it, systemd's answer would come before the look is over. (The log of a
// host with a journal: tests/agent/checks/log_check_test.cc.)
TEST_F(OnceTest, AUnitsLogIsNotWellBeforeSystemdKnowsTheUnit) {
  if (!host::PrivateBus::IsPossible()) GTEST_SKIP() << "no dbus-daemon (package dbus-daemon)";
  const host::PrivateBus bus;
  std::promise<void> ready;
  std::atomic<bool> done = false;
  std::thread systemd([&] {
    const auto loop = *host::Loop::Create();
    host::FakeSystemd fake(*loop, bus.address());
    fake.units["zzz.service"] = {.id = "zzz.service", .load_state = "not-found"};
    ready.set_value();
    host::RunUntil(
        *loop, [&] { return done.load(); }, Span::Seconds(60));
  });
  ready.get_future().wait();
  const SystemClock clock;
  for (const char* check :
       {"  - {kind: log, target: zzz.service}\n",
        "  - {kind: listener, target: '127.0.0.1:$PORT', unit: zzz.service}\n"}) {
    const std::string checks =
        absl::StrReplaceAll(check, {{"$PORT", std::to_string(port_.port())}});
    const auto config = config::LoadAgentConfig(File(checks), {.needs_collector = false});
    ASSERT_TRUE(config.ok()) << config.status();
    const auto report = LookOnce(*config, clock, Span::Seconds(10), bus.address());
    ASSERT_TRUE(report.ok()) << report.status();
    EXPECT_EQ(report->checks(0).state(), "UNKNOWN") << report->checks(0).detail();
    // Where there is no journal, that comes first.
    EXPECT_THAT(report->checks(0).reason(), testing::AnyOf("UNIT_NOT_FOUND", "LOG_UNREADABLE"));
  }
  done = true;
  systemd.join();
}

TEST_F(OnceTest, JsonHasEveryFieldAndCanBeReadBack) {
  Program program({"--once", "--output", "json", "--config", File(Well() + Unknown())});
  EXPECT_EQ(program.Wait(), 3) << program.errors();
  v1::OnceReport report;
  ASSERT_TRUE(google::protobuf::util::JsonStringToMessage(program.output(), &report).ok())
      << program.output();
  ASSERT_EQ(report.checks_size(), 2);
  EXPECT_EQ(report.checks(0).state(), "UNKNOWN");
  EXPECT_EQ(report.checks(0).reason(), "FILE_UNREADABLE");
  EXPECT_EQ(report.checks(1).state(), "OK");
  EXPECT_EQ(report.checks(1).kind(), "listener");
  EXPECT_EQ(report.exit_code(), 3);
  for (const char* field : {"agent_version", "host", "at", "notes", "missing_rights", "evidence",
                            "gauges", "since", "subject"}) {
    EXPECT_THAT(program.output(), HasSubstr(absl::StrCat("\"", field, "\""))) << field;
  }
}

TEST_F(OnceTest, ColoursAreForTerminalsThatWantThem) {
  const std::string file = File(Well());
  Program terminal({"--once", "--config", file}, {"TERM=xterm"}, Program::kTerminal);
  EXPECT_EQ(terminal.Wait(), 0);
  EXPECT_THAT(terminal.output(), HasSubstr("\x1b["));
  Program without({"--once", "--config", file}, {"NO_COLOR=1"}, Program::kTerminal);
  EXPECT_EQ(without.Wait(), 0);
  EXPECT_THAT(without.output(), Not(HasSubstr("\x1b[")));
  Program pipe({"--once", "--config", file});
  EXPECT_EQ(pipe.Wait(), 0);
  EXPECT_THAT(pipe.output(), Not(HasSubstr("\x1b[")));
}

TEST_F(OnceTest, AFullDiskIsNoSuccess) {
  Program program({"--once", "--config", File(Well())}, {}, Program::kFull);
  EXPECT_EQ(program.Wait(), 1);
}

TEST_F(OnceTest, ASilentCheckIsUnknownAfterTheWait) {
  // A bus that takes connections and never says a word.
  const std::string path = directory_ / "bus";
  const int bus = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{.sun_family = AF_UNIX};
  strncpy(address.sun_path, path.c_str(), sizeof(address.sun_path) - 1);
  ASSERT_EQ(bind(bus, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  ASSERT_EQ(listen(bus, 1), 0);
  const auto config = config::LoadAgentConfig(File("  - {kind: unit, target: nginx.service}\n"),
                                              {.needs_collector = false});
  ASSERT_TRUE(config.ok()) << config.status();
  const SystemClock clock;
  const auto report = LookOnce(*config, clock, Span::Millis(50), "unix:path=" + path);
  close(bus);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->checks(0).state(), "UNKNOWN");
  EXPECT_EQ(report->checks(0).reason(), "NOT_REPORTED");
  EXPECT_THAT(report->checks(0).detail(), HasSubstr("within 50ms"));
  EXPECT_EQ(report->exit_code(), 3);
}

TEST(OnceTableTest, EvidenceNotesAndRightsFollowTheirLine) {
  v1::OnceReport report;
  v1::CheckReport& check = *report.add_checks();
  check.set_kind("port");
  check.set_target("db:3306");
  check.set_name("far");
  check.set_state("CRITICAL");
  check.set_reason("REFUSED");
  check.set_detail("db:3306 refuses");
  check.add_evidence("RST after 1 ms");
  report.add_notes("role app leaves out http");
  report.add_missing_rights("CAP_NET_RAW is missing");
  EXPECT_EQ(OnceTable(report, false),
            "STATE     CHECK             REASON   DETAIL\n"
            "CRITICAL  port:db:3306#far  REFUSED  db:3306 refuses\n"
            "                                     RST after 1 ms\n"
            "\n1 check: 1 CRITICAL\n"
            "Note: role app leaves out http\n"
            "Right: CAP_NET_RAW is missing\n");
}

}  // namespace
}  // namespace faultline::agent
