// systemd's and logind's part of a bus: answers what the agent asks and sends systemd's signals in
// systemd's order (the type's properties before the unit's, a unit's change before its job's end).
// Signals go out only after Subscribe, as from the real one.
#pragma once

#include <gtest/gtest.h>
#include <systemd/sd-bus.h>

#include <cstring>
#include <map>
#include <string>

#include "agent/host/loop.h"
#include "agent/host/systemd_bus.h"

namespace faultline::host {

class FakeSystemd {
 public:
  FakeSystemd(Loop& loop, const std::string& address) {
    EXPECT_GE(sd_bus_new(&bus_), 0);
    EXPECT_GE(sd_bus_set_address(bus_, address.c_str()), 0);
    EXPECT_GE(sd_bus_set_bus_client(bus_, 1), 0);
    EXPECT_GE(sd_bus_start(bus_), 0);
    EXPECT_GE(sd_bus_attach_event(bus_, loop.raw(), 0), 0);
    EXPECT_GE(sd_bus_add_filter(bus_, nullptr, &FakeSystemd::OnMessage, this), 0);
    TakeName();
    EXPECT_GE(sd_bus_request_name(bus_, "org.freedesktop.login1", 0), 0);
  }
  ~FakeSystemd() {
    sd_bus_detach_event(bus_);
    sd_bus_flush_close_unref(bus_);
  }
  FakeSystemd(const FakeSystemd&) = delete;
  FakeSystemd& operator=(const FakeSystemd&) = delete;

  void TakeName() { EXPECT_GE(sd_bus_request_name(bus_, "org.freedesktop.systemd1", 0), 0); }
  // As in daemon-reexec: subscriptions go with the name.
  void DropName() {
    EXPECT_GE(sd_bus_release_name(bus_, "org.freedesktop.systemd1"), 0);
    subscribed = false;
  }

  static std::string UnitPath(const std::string& unit) {
    char* path = nullptr;
    EXPECT_GE(sd_bus_path_encode("/org/freedesktop/systemd1/unit", unit.c_str(), &path), 0);
    const std::string text = path;
    free(path);
    return text;
  }

  // The unit changed: what `units[unit]` holds now is sent.
  void SendProperties(const std::string& unit) {
    const std::string path = UnitPath(unit);
    for (const bool of_unit : {false, true}) {
      sd_bus_message* m = Signal(path, "org.freedesktop.DBus.Properties", "PropertiesChanged");
      sd_bus_message_append(m, "s", of_unit ? kUnit : kService);
      AppendProperties(m, units[unit], of_unit, /*all=*/false);
      sd_bus_message_append(m, "as", 1, "InvocationID");
      Send(m);
    }
  }

  void SendJobNew(const std::string& unit, uint32_t id) {
    sd_bus_message* m = Signal(kPath, kManager, "JobNew");
    sd_bus_message_append(m, "uos", id, JobPath(id).c_str(), unit.c_str());
    Send(m);
  }

  void SendJobRemoved(const std::string& unit, uint32_t id, const std::string& result) {
    jobs.erase(id);
    sd_bus_message* m = Signal(kPath, kManager, "JobRemoved");
    sd_bus_message_append(m, "uoss", id, JobPath(id).c_str(), unit.c_str(), result.c_str());
    Send(m);
  }

  void SendUnitNew(const std::string& unit) {
    sd_bus_message* m = Signal(kPath, kManager, "UnitNew");
    sd_bus_message_append(m, "so", unit.c_str(), UnitPath(unit).c_str());
    Send(m);
  }

  void SendReloading(bool active) {
    sd_bus_message* m = Signal(kPath, kManager, "Reloading");
    sd_bus_message_append(m, "b", active ? 1 : 0);
    Send(m);
  }

  void SendPrepareForShutdown(bool starting) {
    sd_bus_message* m = nullptr;
    sd_bus_message_new_signal(bus_, &m, "/org/freedesktop/login1", "org.freedesktop.login1.Manager",
                              "PrepareForShutdown");
    sd_bus_message_append(m, "b", starting ? 1 : 0);
    sd_bus_send(nullptr, m, nullptr);
    sd_bus_message_unref(m);
  }

  std::map<std::string, UnitProperties> units;  // by canonical name
  std::map<std::string, std::string> aliases;   // alias -> canonical name
  std::map<uint32_t, std::string> jobs;         // id -> type
  std::string system_state = "running";
  bool preparing_for_shutdown = false;
  bool subscribed = false;
  bool mute = false;      // answers nothing
  bool nonsense = false;  // answers in wrong types
  int subscriptions = 0;
  int loads = 0;
  int job_questions = 0;

 private:
  static constexpr char kPath[] = "/org/freedesktop/systemd1";
  static constexpr char kManager[] = "org.freedesktop.systemd1.Manager";
  static constexpr char kUnit[] = "org.freedesktop.systemd1.Unit";
  static constexpr char kService[] = "org.freedesktop.systemd1.Service";

  static std::string JobPath(uint32_t id) {
    return "/org/freedesktop/systemd1/job/" + std::to_string(id);
  }

  sd_bus_message* Signal(const std::string& path, const char* interface, const char* member) {
    sd_bus_message* m = nullptr;
    EXPECT_GE(sd_bus_message_new_signal(bus_, &m, path.c_str(), interface, member), 0);
    return m;
  }
  void Send(sd_bus_message* m) {
    if (subscribed) {
      EXPECT_GE(sd_bus_send(nullptr, m, nullptr), 0);
    }
    sd_bus_message_unref(m);
  }

  static void AppendProperties(sd_bus_message* m, const UnitProperties& p, bool of_unit, bool all) {
    sd_bus_message_open_container(m, 'a', "{sv}");
    if (of_unit) {
      if (all) {
        sd_bus_message_append(m, "{sv}", "Id", "s", p.id.c_str());
        sd_bus_message_append(m, "{sv}", "LoadState", "s", p.load_state.c_str());
        sd_bus_message_append(m, "{sv}", "Names", "as", 2, "mysql.service", "mariadb.service");
      }
      sd_bus_message_append(m, "{sv}", "ActiveState", "s", p.active_state.c_str());
      sd_bus_message_append(m, "{sv}", "SubState", "s", p.sub_state.c_str());
      sd_bus_message_append(m, "{sv}", "StateChangeTimestamp", "t", p.state_change_usec);
      sd_bus_message_append(m, "{sv}", "InactiveExitTimestamp", "t", p.inactive_exit_usec);
      sd_bus_message_append(m, "{sv}", "ActiveEnterTimestamp", "t", p.active_enter_usec);
      sd_bus_message_append(m, "{sv}", "ActiveEnterTimestampMonotonic", "t",
                            p.active_enter_monotonic_usec);
      const std::string job = p.job_id == 0 ? "/" : JobPath(p.job_id);
      sd_bus_message_append(m, "{sv}", "Job", "(uo)", p.job_id, job.c_str());
    } else {
      if (all) sd_bus_message_append(m, "{sv}", "Type", "s", p.service_type.c_str());
      sd_bus_message_append(m, "{sv}", "ExecMainStartTimestamp", "t", p.exec_main_start_usec);
      sd_bus_message_append(m, "{sv}", "Result", "s", p.result.c_str());
      sd_bus_message_append(m, "{sv}", "ExecMainCode", "i", p.exec_main_code);
      sd_bus_message_append(m, "{sv}", "ExecMainStatus", "i", p.exec_main_status);
      sd_bus_message_append(m, "{sv}", "NRestarts", "u", p.restarts);
      sd_bus_message_append(m, "{sv}", "MainPID", "u", p.main_pid);
      if (all) sd_bus_message_append(m, "{sv}", "RestartUSec", "t", p.restart_usec);
    }
    sd_bus_message_close_container(m);
  }

  static int OnMessage(sd_bus_message* m, void* self, sd_bus_error*) {
    const char* path = sd_bus_message_get_path(m);
    if (path == nullptr || sd_bus_message_is_method_call(m, nullptr, nullptr) <= 0) return 0;
    return static_cast<FakeSystemd*>(self)->Answer(m, path, sd_bus_message_get_member(m));
  }

  int Answer(sd_bus_message* m, const std::string& path, const std::string& member) {
    if (mute) return 1;
    if (nonsense && member != "Subscribe") return sd_bus_reply_method_return(m, "u", 42);
    if (member == "Subscribe") {
      ++subscriptions;
      subscribed = true;
      return sd_bus_reply_method_return(m, nullptr);
    }
    if (member == "LoadUnit") return AnswerLoadUnit(m);
    const char* interface = nullptr;
    const char* property = nullptr;
    if (member == "GetAll") {
      sd_bus_message_read(m, "s", &interface);
      return AnswerGetAll(m, path, strcmp(interface, kUnit) == 0);
    }
    if (member != "Get") return 0;
    sd_bus_message_read(m, "ss", &interface, &property);
    if (strcmp(property, "SystemState") == 0) {
      return sd_bus_reply_method_return(m, "v", "s", system_state.c_str());
    }
    if (strcmp(property, "PreparingForShutdown") == 0) {
      return sd_bus_reply_method_return(m, "v", "b", preparing_for_shutdown ? 1 : 0);
    }
    ++job_questions;
    for (const auto& [id, type] : jobs) {
      if (path == JobPath(id)) return sd_bus_reply_method_return(m, "v", "s", type.c_str());
    }
    return sd_bus_reply_method_errorf(m, SD_BUS_ERROR_UNKNOWN_OBJECT, "Unknown object '%s'.",
                                      path.c_str());
  }

  int AnswerLoadUnit(sd_bus_message* m) {
    ++loads;
    const char* name = nullptr;
    sd_bus_message_read(m, "s", &name);
    const auto alias = aliases.find(name);
    const std::string unit = alias == aliases.end() ? name : alias->second;
    return sd_bus_reply_method_return(m, "o", UnitPath(unit).c_str());
  }

  int AnswerGetAll(sd_bus_message* call, const std::string& path, bool of_unit) {
    UnitProperties found;
    found.load_state = "not-found";
    found.active_state = "inactive";
    found.sub_state = "dead";
    for (const auto& [name, properties] : units) {
      if (UnitPath(name) == path) found = properties;
    }
    sd_bus_message* reply = nullptr;
    int r = sd_bus_message_new_method_return(call, &reply);
    AppendProperties(reply, found, of_unit, /*all=*/true);
    if (r >= 0) r = sd_bus_send(nullptr, reply, nullptr);
    sd_bus_message_unref(reply);
    return r < 0 ? r : 1;
  }

  sd_bus* bus_ = nullptr;
};

}  // namespace faultline::host
