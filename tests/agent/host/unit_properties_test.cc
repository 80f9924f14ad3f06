// Property maps in real messages of sd-bus, without a bus daemon.
#include "agent/host/unit_properties.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <systemd/sd-bus.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "agent/host/fd.h"

namespace faultline::host {
namespace {

class UnitPropertiesTest : public testing::Test {
 protected:
  UnitPropertiesTest() {
    // sd-bus makes messages only for a bus that was begun; nobody answers at the other end.
    int ends[2];
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends), 0);
    peer_ = Fd(ends[1]);
    EXPECT_GE(sd_bus_new(&bus_), 0);
    EXPECT_GE(sd_bus_set_fd(bus_, ends[0], ends[0]), 0);
    EXPECT_GE(sd_bus_start(bus_), 0);
    EXPECT_GE(sd_bus_message_new_signal(bus_, &message_, "/o", "a.b", "C"), 0);
  }
  ~UnitPropertiesTest() override {
    sd_bus_message_unref(message_);
    sd_bus_close(bus_);
    sd_bus_unref(bus_);
  }

  template <typename... Values>
  void Put(const char* name, const char* type, Values... values) {
    sd_bus_message_open_container(message_, 'e', "sv");
    sd_bus_message_append(message_, "s", name);
    sd_bus_message_open_container(message_, 'v', type);
    sd_bus_message_append(message_, type, values...);
    sd_bus_message_close_container(message_);
    sd_bus_message_close_container(message_);
  }

  // Reads what `fill` puts into the map.
  absl::Status Read(const std::function<void()>& fill) {
    EXPECT_GE(sd_bus_message_open_container(message_, 'a', "{sv}"), 0);
    fill();
    EXPECT_GE(sd_bus_message_close_container(message_), 0);
    EXPECT_GE(sd_bus_message_append(message_, "s", "what follows"), 0);
    Seal();
    return ReadUnitProperties(message_, properties_);
  }
  void Seal() { ASSERT_GE(sd_bus_message_seal(message_, 1, 0), 0); }

  Fd peer_;
  sd_bus* bus_ = nullptr;
  sd_bus_message* message_ = nullptr;
  UnitProperties properties_;
};

TEST_F(UnitPropertiesTest, EveryPropertyHasItsPlace) {
  const absl::Status read = Read([&] {
    Put("Id", "s", "mariadb.service");
    Put("Names", "as", 2, "mysql.service", "mariadb.service");
    Put("LoadState", "s", "loaded");
    Put("ActiveState", "s", "failed");
    Put("SubState", "s", "auto-restart");
    Put("Result", "s", "oom-kill");
    Put("ExecMainCode", "i", 2);
    Put("ExecMainStatus", "i", 9);
    Put("NRestarts", "u", 3u);
    Put("RestartUSec", "t", uint64_t{100'000});
    Put("StateChangeTimestamp", "t", uint64_t{1'700'000'000'000'000});
    Put("ActiveEnterTimestamp", "t", uint64_t{1'700'000'000'000'001});
    Put("ActiveEnterTimestampMonotonic", "t", uint64_t{23'000'000});
    Put("MainPID", "u", 77u);
    Put("Job", "(uo)", 4711u, "/org/freedesktop/systemd1/job/4711");
  });
  ASSERT_TRUE(read.ok()) << read;
  EXPECT_EQ(properties_.id, "mariadb.service");
  EXPECT_EQ(properties_.names, (std::vector<std::string>{"mysql.service", "mariadb.service"}));
  EXPECT_EQ(properties_.load_state, "loaded");
  EXPECT_EQ(properties_.active_state, "failed");
  EXPECT_EQ(properties_.sub_state, "auto-restart");
  EXPECT_EQ(properties_.result, "oom-kill");
  EXPECT_EQ(properties_.exec_main_code, 2);
  EXPECT_EQ(properties_.exec_main_status, 9);
  EXPECT_EQ(properties_.restarts, 3u);
  EXPECT_EQ(properties_.restart_usec, 100'000u);
  EXPECT_EQ(properties_.state_change_usec, 1'700'000'000'000'000u);
  EXPECT_EQ(properties_.active_enter_usec, 1'700'000'000'000'001u);
  EXPECT_EQ(properties_.active_enter_monotonic_usec, 23'000'000u);
  EXPECT_EQ(properties_.main_pid, 77u);
  EXPECT_EQ(properties_.job_id, 4711u);
}

TEST_F(UnitPropertiesTest, WhatIsNotInTheMapStays) {
  properties_.sub_state = "running";
  properties_.main_pid = 77;
  ASSERT_TRUE(Read([&] { Put("ActiveState", "s", "active"); }).ok());
  EXPECT_EQ(properties_.active_state, "active");
  EXPECT_EQ(properties_.sub_state, "running");
  EXPECT_EQ(properties_.main_pid, 77u);
}

TEST_F(UnitPropertiesTest, UnknownNamesOfAnyTypeAreSteppedOver) {
  ASSERT_TRUE(Read([&] {
                Put("ExecStart", "a(sb)", 1u, "/bin/true", 0);
                Put("Names", "as", 2u, "a.service", "b.service");
                Put("MainPID", "u", 77u);
              }).ok());
  EXPECT_EQ(properties_.main_pid, 77u);
}

TEST_F(UnitPropertiesTest, AKnownNameOfAnotherTypeIsSteppedOver) {
  properties_.main_pid = 1;
  ASSERT_TRUE(Read([&] {
                Put("MainPID", "s", "seventy-seven");
                Put("ActiveState", "u", 3u);
                Put("Job", "u", 9u);
                Put("SubState", "s", "running");
              }).ok());
  EXPECT_EQ(properties_.main_pid, 1u);
  EXPECT_EQ(properties_.active_state, "");
  EXPECT_EQ(properties_.job_id, 0u);
  EXPECT_EQ(properties_.sub_state, "running");
}

TEST_F(UnitPropertiesTest, WhatFollowsTheMapCanBeReadAfterIt) {
  ASSERT_TRUE(Read([&] { Put("SubState", "s", "running"); }).ok());
  const char* text = nullptr;
  ASSERT_GT(sd_bus_message_read(message_, "s", &text), 0);
  EXPECT_STREQ(text, "what follows");
}

TEST_F(UnitPropertiesTest, AnEmptyMapChangesNothing) {
  properties_.sub_state = "running";
  EXPECT_TRUE(Read([] {}).ok());
  EXPECT_EQ(properties_.sub_state, "running");
}

TEST_F(UnitPropertiesTest, AMessageWithoutAMapIsAnError) {
  ASSERT_GE(sd_bus_message_append(message_, "u", 7u), 0);
  Seal();
  EXPECT_FALSE(ReadUnitProperties(message_, properties_).ok());
}

TEST(TypeInterfaceTest, ComesFromTheSuffix) {
  EXPECT_EQ(TypeInterface("mysql.service"), "org.freedesktop.systemd1.Service");
  EXPECT_EQ(TypeInterface("a.b.socket"), "org.freedesktop.systemd1.Socket");
  for (const char* name : {"", "mysql", "mysql.", ".", "mysql.Service", "mysql.ser vice"}) {
    EXPECT_EQ(TypeInterface(name), "") << name;
  }
}

}  // namespace
}  // namespace faultline::host
