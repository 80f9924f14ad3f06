// The unit check on a real bus with a fake systemd on it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include "agent/checks/registry.h"
#include "tests/agent/host/fake_systemd.h"
#include "tests/agent/host/journal_writer.h"
#include "tests/agent/host/private_bus.h"
#include "tests/agent/host/run_until.h"
#include "tests/fakes/temp_directory.h"

namespace faultline::checks {
namespace {

using testing::HasSubstr;

class UnitSink : public CheckSink {
 public:
  void Report(Observation observation) override { reports.push_back(std::move(observation)); }
  void ReportLogEvent(LogEventSeen) override { ADD_FAILURE() << "a unit has no log events"; }
  void Resolved(const std::string&, int) override { ADD_FAILURE() << "a unit has no address"; }
  void ResolvedUnit(const std::string& name) override { units.push_back(name); }

  std::string last_reason() const { return reports.empty() ? "-" : reports.back().reason; }

  std::vector<Observation> reports;
  std::vector<std::string> units;
};

class UnitCheckTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!host::PrivateBus::IsPossible()) GTEST_SKIP() << "no dbus-daemon (package dbus-daemon)";
    loop_ = std::move(*host::Loop::Create());
    bus_.emplace();
    systemd_.emplace(*loop_, bus_->address());
    systemd_->aliases["mysql.service"] = "mariadb.service";
    unit().id = "mariadb.service";
    unit().load_state = "loaded";
    unit().active_state = "active";
    unit().result = "success";
    unit().state_change_usec = 1'700'000'000'000'000;
    unit().restarts = 2;
    client_ = host::MakeSystemdBus(*loop_, bus_->address());
  }

  void StartCheck() {
    config::CheckConfig config;
    config.id = {.kind = "unit", .target = "mysql.service"};
    check_ = FindCheckKind("unit")->make(
        config, CheckContext{*loop_, workers_, *client_, clock_, sink_, "/nonexistent",
                             journal_.path(), [this] { return dpkg_at_work_; }});
    check_->Start();
    ASSERT_TRUE(WaitFor([&] { return !sink_.reports.empty(); }));
  }

  bool WaitFor(const std::function<bool()>& done) { return host::RunUntil(*loop_, done); }

  host::UnitProperties& unit() { return systemd_->units["mariadb.service"]; }

  SystemClock clock_;
  const fakes::TempDirectory journal_;
  UnitSink sink_;
  bool dpkg_at_work_ = false;  // not what this machine's is doing
  host::WorkerPool workers_{1, 1};
  std::unique_ptr<host::Loop> loop_;
  std::optional<host::PrivateBus> bus_;
  std::optional<host::FakeSystemd> systemd_;
  std::unique_ptr<host::SystemdBus> client_;
  std::unique_ptr<Check> check_;
};

TEST_F(UnitCheckTest, ReportsOkWithItsTimesGaugeAndCanonicalUnit) {
  StartCheck();
  const Observation& ok = sink_.reports.at(0);
  EXPECT_EQ(ok.state, State::kOk) << ok.detail;
  EXPECT_EQ(ok.reason, "");
  EXPECT_EQ(ok.since.ns, 1'700'000'000'000'000'000);
  EXPECT_GT(ok.observed, ok.since);
  EXPECT_GT(ok.boottime_ns, 0u);
  ASSERT_EQ(ok.gauges.size(), 1u);
  EXPECT_EQ(ok.gauges[0].name, "unit_restarts_total");
  EXPECT_EQ(ok.gauges[0].value, 2);
  EXPECT_EQ(sink_.units, std::vector<std::string>{"mariadb.service"});
}

TEST_F(UnitCheckTest, ReportsAStopAtOnceWithItsProof) {
  StartCheck();
  systemd_->jobs[4711] = "stop";
  unit().active_state = "deactivating";
  unit().job_id = 4711;
  systemd_->SendProperties("mariadb.service");
  systemd_->SendJobNew("mariadb.service", 4711);
  ASSERT_TRUE(WaitFor([&] { return sink_.last_reason() == "UNIT_STOPPING"; }));
  const Observation stopping = sink_.reports.back();
  EXPECT_EQ(stopping.state, State::kCritical);
  EXPECT_THAT(stopping.detail, HasSubstr("mysql.service is being stopped by a systemctl request"));
  ASSERT_EQ(stopping.evidence.size(), 1u);
  EXPECT_EQ(stopping.evidence[0].text, "systemd stop job 4711, no start queued");
  unit().active_state = "inactive";
  systemd_->SendProperties("mariadb.service");
  systemd_->SendJobRemoved("mariadb.service", 4711, "done");
  EXPECT_TRUE(WaitFor([&] { return sink_.last_reason() == "UNIT_INACTIVE"; }));
}

TEST_F(UnitCheckTest, AStopWhileDpkgIsAtWorkIsAnUpgrade) {
  dpkg_at_work_ = true;
  StartCheck();
  systemd_->jobs[4711] = "stop";
  unit().active_state = "deactivating";
  unit().job_id = 4711;
  systemd_->SendProperties("mariadb.service");
  systemd_->SendJobNew("mariadb.service", 4711);
  EXPECT_TRUE(WaitFor([&] { return sink_.last_reason() == "PACKAGE_UPGRADE"; }));
}

TEST_F(UnitCheckTest, TheSudoCommandThatStoppedItIsEvidenceAndNoTransitionOfItsOwn) {
  if (!host::JournalWriter::IsPossible()) {
    GTEST_SKIP() << "no systemd-journal-remote (package systemd-journal-remote)";
  }
  host::JournalWriter(journal_.path())
      .Append({{.message = "ubuntu : TTY=pts/0 ; PWD=/home/ubuntu ; USER=root ; "
                           "COMMAND=/usr/bin/systemctl stop mysql",
                .comm = "sudo",
                .exe = "/usr/bin/sudo"}});
  StartCheck();
  systemd_->jobs[4711] = "stop";
  unit().active_state = "deactivating";
  unit().job_id = 4711;
  systemd_->SendProperties("mariadb.service");
  systemd_->SendJobNew("mariadb.service", 4711);
  ASSERT_TRUE(WaitFor([&] {
    return sink_.last_reason() == "UNIT_STOPPING" && sink_.reports.back().evidence.size() == 2;
  }));
  EXPECT_THAT(sink_.reports.back().evidence[1].text,
              HasSubstr("sudo log: ubuntu ran \"systemctl stop mysql\" at "));
  unit().active_state = "inactive";
  systemd_->SendProperties("mariadb.service");
  systemd_->SendJobRemoved("mariadb.service", 4711, "done");
  ASSERT_TRUE(WaitFor([&] { return sink_.last_reason() == "UNIT_INACTIVE"; }));
  EXPECT_EQ(sink_.reports.back().evidence.size(), 2u);
  std::vector<std::string> transitions;  // as the reporter finds them
  for (const Observation& report : sink_.reports) {
    if (transitions.empty() || transitions.back() != report.reason) {
      transitions.push_back(report.reason);
    }
  }
  EXPECT_THAT(transitions, testing::ElementsAre("", "UNIT_STOPPING", "UNIT_INACTIVE"));
}

TEST_F(UnitCheckTest, TheFirstErrorOfAFailedStartIsEvidenceThatComesLater) {
  if (!host::JournalWriter::IsPossible()) {
    GTEST_SKIP() << "no systemd-journal-remote (package systemd-journal-remote)";
  }
  StartCheck();
  host::JournalWriter writer(journal_.path());
  writer.Append({{.message = "[ERROR] of a run before"}});
  const auto now = static_cast<uint64_t>(clock_.Now().ns / 1000);
  unit().active_state = "failed";
  unit().result = "exit-code";
  unit().exec_main_code = 1;
  unit().exec_main_status = 7;
  unit().inactive_exit_usec = unit().exec_main_start_usec = now;
  unit().state_change_usec = now + 1;
  systemd_->SendProperties("mariadb.service");
  ASSERT_TRUE(WaitFor([&] { return sink_.last_reason() == "UNIT_FAILED"; }));
  EXPECT_EQ(sink_.reports.back().evidence.size(), 1u) << "nothing waits for the journal";
  writer.Append({{.message = "[ERROR] mariadbd: unknown variable 'nonsense=1'"},
                 {.message = "[ERROR] Aborting"}});
  ASSERT_TRUE(WaitFor([&] { return sink_.reports.back().evidence.size() == 2; }));
  const Fact cause = sink_.reports.back().evidence[1];
  EXPECT_EQ(cause.text, "its log: [ERROR] mariadbd: unknown variable 'nonsense=1'");
  EXPECT_GT(cause.at.ns, static_cast<int64_t>(now) * 1000);
  EXPECT_EQ(sink_.last_reason(), "UNIT_FAILED");

  unit().active_state = "active";
  unit().result = "success";
  systemd_->SendProperties("mariadb.service");
  ASSERT_TRUE(WaitFor([&] { return sink_.last_reason().empty(); }));
  unit().active_state = "failed";
  unit().result = "signal";
  unit().inactive_exit_usec = unit().exec_main_start_usec = unit().state_change_usec =
      static_cast<uint64_t>(clock_.Now().ns / 1000);
  systemd_->SendProperties("mariadb.service");
  ASSERT_TRUE(WaitFor([&] { return sink_.last_reason() == "UNIT_FAILED"; }));
  EXPECT_EQ(sink_.reports.back().evidence.size(), 1u) << "nothing of the failure before";
}

TEST_F(UnitCheckTest, SaysNothingTwice) {
  StartCheck();
  unit().main_pid = 77;
  for (int i = 0; i < 20; ++i) systemd_->SendProperties("mariadb.service");
  unit().active_state = "failed";
  unit().result = "exit-code";
  unit().exec_main_code = 1;
  unit().exec_main_status = 1;
  for (int i = 0; i < 20; ++i) systemd_->SendProperties("mariadb.service");
  ASSERT_TRUE(WaitFor([&] { return sink_.last_reason() == "UNIT_FAILED"; }));
  bool looked = false;
  check_->LookNow([&] { looked = true; });
  ASSERT_TRUE(WaitFor([&] { return looked; }));
  EXPECT_EQ(sink_.reports.size(), 3u) << "OK, UNIT_FAILED and the look's answer";
}

TEST_F(UnitCheckTest, ALookReportsAlsoWhatIsUnchanged) {
  StartCheck();
  bool looked = false;
  check_->LookNow([&] { looked = true; });
  EXPECT_FALSE(looked);
  ASSERT_TRUE(WaitFor([&] { return looked; }));
  ASSERT_EQ(sink_.reports.size(), 2u);
  EXPECT_EQ(sink_.reports[1].state, State::kOk);
  EXPECT_GE(sink_.reports[1].observed, sink_.reports[0].observed);
}

TEST_F(UnitCheckTest, IsUnknownWhereThereIsNoSystemd) {
  client_ = host::MakeSystemdBus(*loop_, "unix:path=/nonexistent/bus");
  StartCheck();
  EXPECT_EQ(sink_.reports[0].state, State::kUnknown);
  EXPECT_EQ(sink_.reports[0].reason, "SYSTEMD_UNAVAILABLE");
  EXPECT_THAT(sink_.reports[0].detail,
              HasSubstr("mysql.service cannot be looked at: systemd's bus is not there"));
  bool looked = false;
  check_->LookNow([&] { looked = true; });
  EXPECT_TRUE(WaitFor([&] { return looked; })) << "a look ends also when it fails";
}

TEST_F(UnitCheckTest, AShortLossOfTheBusIsNoTransition) {
  StartCheck();
  systemd_->DropName();
  systemd_->TakeName();
  ASSERT_TRUE(WaitFor([&] { return systemd_->subscriptions == 2; }));
  bool looked = false;
  check_->LookNow([&] { looked = true; });
  ASSERT_TRUE(WaitFor([&] { return looked; }));
  for (const Observation& report : sink_.reports) EXPECT_EQ(report.state, State::kOk);
}

TEST_F(UnitCheckTest, ALongLossOfTheBusIsUnknownAndTheReturnIsTold) {
  StartCheck();
  bus_->Stop();
  ASSERT_TRUE(WaitFor([&] { return sink_.last_reason() == "SYSTEMD_UNAVAILABLE"; }));
  bus_->Start();
  const auto units = systemd_->units;
  const auto aliases = systemd_->aliases;
  systemd_.emplace(*loop_, bus_->address());
  systemd_->units = units;
  systemd_->aliases = aliases;
  EXPECT_TRUE(WaitFor([&] { return sink_.reports.back().state == State::kOk; }));
}

TEST_F(UnitCheckTest, AnUnknownUnitIsUnknown) {
  systemd_->units.clear();
  StartCheck();
  EXPECT_EQ(sink_.reports[0].state, State::kUnknown);
  EXPECT_EQ(sink_.reports[0].reason, "UNIT_NOT_FOUND");
}

TEST_F(UnitCheckTest, ADestroyedCheckReportsNothingMore) {
  StartCheck();
  check_->LookNow([] { FAIL() << "the check is gone"; });
  check_.reset();
  const size_t before = sink_.reports.size();
  systemd_->SendJobNew("mariadb.service", 1);
  systemd_->SendPrepareForShutdown(true);
  ASSERT_TRUE(WaitFor([&] { return client_->host_stop() != host::HostStop::kNo; }));
  EXPECT_EQ(sink_.reports.size(), before);
}

}  // namespace
}  // namespace faultline::checks
