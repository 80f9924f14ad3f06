#include "agent/host/systemd_bus.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <optional>
#include <string>
#include <vector>

#include "tests/agent/host/fake_systemd.h"
#include "tests/agent/host/private_bus.h"
#include "tests/agent/host/run_until.h"

namespace faultline::host {
namespace {

// Writes down what it is told.
class Recorder : public UnitListener {
 public:
  void OnProperties(const UnitProperties& properties) override {
    last = properties;
    ++readings;
    log.push_back(properties.active_state + (properties.job_id == 0 ? "" : " with job"));
  }
  void OnJob(uint32_t id, const std::string& type) override {
    log.push_back("job " + std::to_string(id) + " " + type);
  }
  void OnJobRemoved(uint32_t id, const std::string& result) override {
    log.push_back("removed " + std::to_string(id) + " " + result);
  }
  void OnUnavailable(const absl::Status& status) override {
    why = status;
    ++unavailable;
  }

  bool Has(const std::string& entry) const {
    for (const std::string& each : log) {
      if (each == entry) return true;
    }
    return false;
  }

  UnitProperties last;
  int readings = 0;
  int unavailable = 0;
  absl::Status why;
  std::vector<std::string> log;
};

class SystemdBusTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!PrivateBus::IsPossible()) GTEST_SKIP() << "no dbus-daemon (Debian package dbus-daemon)";
    loop_ = std::move(*Loop::Create());
    bus_.emplace();
    systemd_.emplace(*loop_, bus_->address());
    systemd_->aliases["mysql.service"] = "mariadb.service";
    UnitProperties& unit = systemd_->units["mariadb.service"];
    unit.id = "mariadb.service";
    unit.load_state = "loaded";
    unit.active_state = "active";
    unit.sub_state = "running";
    unit.result = "success";
    unit.state_change_usec = 1'700'000'000'000'000;
    unit.restart_usec = 5'000'000;
    unit.main_pid = 4242;
  }

  // Watches mysql.service and waits for the first reading.
  void Watch() {
    client_ = MakeSystemdBus(*loop_, bus_->address());
    watch_ = client_->Watch("mysql.service", recorder_);
    ASSERT_TRUE(RunUntil(*loop_, [&] { return recorder_.readings > 0; })) << recorder_.why;
  }

  // Runs until everything that was sent before has been received by the client.
  void Settle() {
    bool done = false;
    watch_->Refresh([&] { done = true; });
    ASSERT_TRUE(RunUntil(*loop_, [&] { return done; }));
  }

  UnitProperties& unit() { return systemd_->units["mariadb.service"]; }

  std::unique_ptr<Loop> loop_;
  std::optional<PrivateBus> bus_;
  std::optional<FakeSystemd> systemd_;
  Recorder recorder_;
  std::unique_ptr<SystemdBus> client_;
  std::unique_ptr<UnitWatch> watch_;
};

TEST_F(SystemdBusTest, ReadsAUnitThroughItsAlias) {
  Watch();
  EXPECT_EQ(recorder_.last.id, "mariadb.service");
  EXPECT_EQ(recorder_.last.load_state, "loaded");
  EXPECT_EQ(recorder_.last.active_state, "active");
  EXPECT_EQ(recorder_.last.sub_state, "running");
  EXPECT_EQ(recorder_.last.result, "success");
  EXPECT_EQ(recorder_.last.state_change_usec, 1'700'000'000'000'000u);
  EXPECT_EQ(recorder_.last.restart_usec, 5'000'000u);
  EXPECT_EQ(recorder_.last.main_pid, 4242u);
  EXPECT_EQ(recorder_.last.job_id, 0u);
  EXPECT_EQ(systemd_->subscriptions, 1);
}

TEST_F(SystemdBusTest, TellsOfAStopWithTheTypeOfItsJob) {
  Watch();
  recorder_.log.clear();
  systemd_->jobs[4711] = "stop";
  unit().active_state = "deactivating";
  unit().job_id = 4711;
  systemd_->SendProperties("mariadb.service");
  systemd_->SendJobNew("mariadb.service", 4711);
  ASSERT_TRUE(RunUntil(*loop_, [&] { return recorder_.Has("job 4711 stop"); }));
  unit().active_state = "inactive";
  systemd_->SendProperties("mariadb.service");
  systemd_->SendJobRemoved("mariadb.service", 4711, "done");
  ASSERT_TRUE(RunUntil(*loop_, [&] { return recorder_.Has("removed 4711 done"); }));
  EXPECT_EQ(recorder_.log.front(), "deactivating with job");
  EXPECT_TRUE(recorder_.Has("job 4711 "));
  EXPECT_EQ(recorder_.log.back(), "removed 4711 done") << "the state before the end of its job";
  EXPECT_TRUE(recorder_.Has("inactive with job"));
}

TEST_F(SystemdBusTest, AJobThatIsGonePerhapsBeforeItIsAskedStaysWithoutAType) {
  Watch();
  systemd_->SendJobNew("mariadb.service", 9);
  systemd_->SendJobRemoved("mariadb.service", 9, "done");
  ASSERT_TRUE(RunUntil(*loop_, [&] { return recorder_.Has("removed 9 done"); }));
  Settle();
  EXPECT_TRUE(recorder_.Has("job 9 "));
  EXPECT_EQ(systemd_->job_questions, 1);
}

TEST_F(SystemdBusTest, AsksForTheTypeAnewWhenTheStateChanges) {
  Watch();
  systemd_->jobs[20] = "restart";
  systemd_->SendJobNew("mariadb.service", 20);
  ASSERT_TRUE(RunUntil(*loop_, [&] { return recorder_.Has("job 20 restart"); }));
  systemd_->jobs[20] = "start";  // in place
  unit().active_state = "activating";
  unit().job_id = 20;
  systemd_->SendProperties("mariadb.service");
  EXPECT_TRUE(RunUntil(*loop_, [&] { return recorder_.Has("job 20 start"); }));
}

TEST_F(SystemdBusTest, PropertiesOfOneMomentAreToldOnce) {
  Watch();
  Settle();
  const int before = recorder_.readings;
  unit().active_state = "failed";
  unit().result = "signal";
  unit().exec_main_code = 2;
  unit().exec_main_status = 9;
  systemd_->SendProperties("mariadb.service");
  ASSERT_TRUE(RunUntil(*loop_, [&] { return recorder_.readings > before; }));
  EXPECT_EQ(recorder_.readings, before + 1);
  EXPECT_EQ(recorder_.last.active_state, "failed");
  EXPECT_EQ(recorder_.last.result, "signal");
  EXPECT_EQ(recorder_.last.exec_main_status, 9);
}

TEST_F(SystemdBusTest, HearsNothingOfOtherUnits) {
  Watch();
  recorder_.log.clear();
  systemd_->SendJobNew("nginx.service", 5);
  systemd_->SendProperties("nginx.service");
  systemd_->SendJobRemoved("nginx.service", 5, "done");
  Settle();
  EXPECT_EQ(recorder_.log, std::vector<std::string>{"active"}) << "only what Settle read";
  EXPECT_EQ(systemd_->job_questions, 0);
}

TEST_F(SystemdBusTest, ReadsAnewAfterAReload) {
  Watch();
  const int before = recorder_.readings;
  unit().load_state = "masked";
  systemd_->SendReloading(true);
  systemd_->SendReloading(false);
  ASSERT_TRUE(RunUntil(*loop_, [&] { return recorder_.readings > before; }));
  EXPECT_EQ(recorder_.last.load_state, "masked");
}

TEST_F(SystemdBusTest, FollowsAnAliasThatMovesToAnotherUnit) {
  Watch();
  UnitProperties other = unit();
  other.id = "mysqld.service";
  systemd_->units["mysqld.service"] = other;
  systemd_->aliases["mysql.service"] = "mysqld.service";
  systemd_->SendReloading(false);
  ASSERT_TRUE(RunUntil(*loop_, [&] { return recorder_.last.id == "mysqld.service"; }));
  systemd_->SendJobNew("mysqld.service", 6);
  EXPECT_TRUE(RunUntil(*loop_, [&] { return recorder_.Has("job 6 "); }));
}

TEST_F(SystemdBusTest, SubscribesAnewWhenSystemdExecutesItselfAnew) {
  Watch();
  const int before = recorder_.readings;
  systemd_->DropName();
  systemd_->TakeName();
  ASSERT_TRUE(RunUntil(
      *loop_, [&] { return systemd_->subscriptions == 2 && recorder_.readings > before; }));
  EXPECT_EQ(recorder_.unavailable, 0);
}

TEST_F(SystemdBusTest, AUnitThatIsLoadedByBeingAskedIsNotAskedForEver) {
  Watch();
  for (int i = 0; i < 20; ++i) systemd_->SendUnitNew("mariadb.service");
  Settle();
  EXPECT_EQ(systemd_->loads, 1);
}

TEST_F(SystemdBusTest, ComesBackAfterTheBusWasGone) {
  Watch();
  bus_->Stop();
  ASSERT_TRUE(RunUntil(*loop_, [&] { return recorder_.unavailable > 0; }));
  EXPECT_FALSE(recorder_.why.ok());
  const int before = recorder_.readings;
  bus_->Start();
  const auto units = systemd_->units;
  const auto aliases = systemd_->aliases;
  systemd_.emplace(*loop_, bus_->address());
  systemd_->units = units;
  systemd_->aliases = aliases;
  unit().active_state = "inactive";
  ASSERT_TRUE(RunUntil(*loop_, [&] { return recorder_.readings > before; }));
  EXPECT_EQ(recorder_.last.active_state, "inactive");
}

TEST_F(SystemdBusTest, SaysThatThereIsNoBus) {
  auto client = MakeSystemdBus(*loop_, "unix:path=/nonexistent/bus");
  Recorder recorder;
  auto watch = client->Watch("mysql.service", recorder);
  EXPECT_EQ(recorder.unavailable, 0) << "never from within Watch";
  ASSERT_TRUE(RunUntil(*loop_, [&] { return recorder.unavailable > 0; }));
  EXPECT_NE(recorder.why.message().find("/nonexistent/bus"), std::string::npos) << recorder.why;
  EXPECT_NE(recorder.why.message().find("need a host that runs systemd"), std::string::npos);
}

TEST_F(SystemdBusTest, SaysThatNobodyOnTheBusIsSystemd) {
  systemd_.reset();
  client_ = MakeSystemdBus(*loop_, bus_->address());
  watch_ = client_->Watch("mysql.service", recorder_);
  ASSERT_TRUE(RunUntil(*loop_, [&] { return recorder_.unavailable > 0; }));
  EXPECT_NE(recorder_.why.message().find("systemd does not answer"), std::string::npos)
      << recorder_.why;
}

TEST_F(SystemdBusTest, FindsSystemdWhenItComesLater) {
  systemd_.reset();
  client_ = MakeSystemdBus(*loop_, bus_->address());
  watch_ = client_->Watch("mysql.service", recorder_);
  ASSERT_TRUE(RunUntil(*loop_, [&] { return recorder_.unavailable > 0; }));
  systemd_.emplace(*loop_, bus_->address());
  EXPECT_TRUE(RunUntil(*loop_, [&] { return recorder_.readings > 0; }));
}

TEST_F(SystemdBusTest, ASystemdThatDoesNotAnswerIsUnavailableAfterItsDeadline) {
  Watch();
  systemd_->mute = true;
  bool done = false;
  watch_->Refresh([&] { done = true; });
  ASSERT_TRUE(RunUntil(*loop_, [&] { return done; }));
  EXPECT_EQ(recorder_.unavailable, 1);
  EXPECT_EQ(recorder_.why.code(), absl::StatusCode::kDeadlineExceeded) << recorder_.why;
}

TEST_F(SystemdBusTest, AnswersOfWrongTypesAreRefused) {
  systemd_->nonsense = true;
  client_ = MakeSystemdBus(*loop_, bus_->address());
  watch_ = client_->Watch("mysql.service", recorder_);
  ASSERT_TRUE(RunUntil(*loop_, [&] { return recorder_.unavailable > 0; }));
  EXPECT_EQ(recorder_.readings, 0);
}

TEST_F(SystemdBusTest, RefreshEndsAlsoWithoutABus) {
  auto client = MakeSystemdBus(*loop_, "unix:path=/nonexistent/bus");
  Recorder recorder;
  auto watch = client->Watch("mysql.service", recorder);
  bool done = false;
  watch->Refresh([&] { done = true; });
  EXPECT_FALSE(done) << "never from within the call";
  EXPECT_TRUE(RunUntil(*loop_, [&] { return done; }));
  EXPECT_GT(recorder.unavailable, 0);
}

TEST_F(SystemdBusTest, KnowsOfAShutdownThroughLogind) {
  Watch();
  EXPECT_EQ(client_->host_stop(), HostStop::kNo);
  systemd_->SendPrepareForShutdown(true);
  EXPECT_TRUE(RunUntil(*loop_, [&] { return client_->host_stop() != HostStop::kNo; }));
  systemd_->SendPrepareForShutdown(false);
  EXPECT_TRUE(RunUntil(*loop_, [&] { return client_->host_stop() == HostStop::kNo; }));
}

TEST_F(SystemdBusTest, KnowsOfAShutdownThatBeganBeforeIt) {
  systemd_->preparing_for_shutdown = true;
  Watch();
  EXPECT_TRUE(RunUntil(*loop_, [&] { return client_->host_stop() != HostStop::kNo; }));
}

TEST_F(SystemdBusTest, KnowsOfAShutdownWithoutLogindBeforeItKnowsAJobsType) {
  Watch();
  systemd_->system_state = "stopping";
  systemd_->jobs[7] = "stop";
  systemd_->SendJobNew("mariadb.service", 7);
  ASSERT_TRUE(RunUntil(*loop_, [&] { return recorder_.Has("job 7 stop"); }));
  EXPECT_TRUE(client_->host_stop() != HostStop::kNo);
}

TEST_F(SystemdBusTest, BelievesTheJobOfTheShutdownTargetAtOnce) {
  Watch();
  systemd_->mute = true;  // not even an answer
  systemd_->SendJobNew("shutdown.target", 8);
  EXPECT_TRUE(RunUntil(*loop_, [&] { return client_->host_stop() != HostStop::kNo; }));
}

TEST_F(SystemdBusTest, TellsARebootFromAPowerOffByTheirTargets) {
  Watch();
  systemd_->mute = true;
  systemd_->SendJobNew("reboot.target", 8);
  systemd_->SendJobNew("shutdown.target", 9);
  EXPECT_TRUE(RunUntil(*loop_, [&] { return client_->host_stop() == HostStop::kReboot; }));
  systemd_->SendJobNew("poweroff.target", 10);
  EXPECT_TRUE(RunUntil(*loop_, [&] { return client_->host_stop() == HostStop::kPowerOff; }));
}

TEST_F(SystemdBusTest, AShutdownThatWasCalledOffIsForgottenWithItsEnd) {
  Watch();
  systemd_->SendPrepareForShutdown(true);
  systemd_->SendJobNew("reboot.target", 8);
  EXPECT_TRUE(RunUntil(*loop_, [&] { return client_->host_stop() == HostStop::kReboot; }));
  systemd_->SendPrepareForShutdown(false);
  EXPECT_TRUE(RunUntil(*loop_, [&] { return client_->host_stop() == HostStop::kNo; }));
  systemd_->SendPrepareForShutdown(true);
  EXPECT_TRUE(RunUntil(*loop_, [&] { return client_->host_stop() == HostStop::kShutdown; }));
}

TEST_F(SystemdBusTest, AnEndedWatchHearsNothingMore) {
  Watch();
  watch_.reset();
  const size_t before = recorder_.log.size();
  systemd_->SendJobNew("mariadb.service", 3);
  Recorder other;
  watch_ = client_->Watch("mariadb.service", other);
  ASSERT_TRUE(RunUntil(*loop_, [&] { return other.readings > 0; }));
  EXPECT_EQ(recorder_.log.size(), before);
}

TEST(RealSystemdTest, ReadsAUnitThatEverySystemHas) {
  if (access("/run/systemd/system", F_OK) != 0 ||
      access("/run/dbus/system_bus_socket", F_OK) != 0) {
    GTEST_SKIP() << "PID 1 is not systemd, or there is no system bus";
  }
  std::unique_ptr<Loop> loop = std::move(*Loop::Create());
  auto client = MakeSystemdBus(*loop, "");
  Recorder recorder;
  auto watch = client->Watch("systemd-journald.service", recorder);
  ASSERT_TRUE(RunUntil(*loop, [&] { return recorder.readings > 0; })) << recorder.why;
  EXPECT_EQ(recorder.last.id, "systemd-journald.service");
  EXPECT_EQ(recorder.last.active_state, "active");
}

}  // namespace
}  // namespace faultline::host
