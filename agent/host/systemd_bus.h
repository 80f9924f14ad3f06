// systemd over the system bus: unit states, jobs, reboots. Only facts: what a stop means is decided
// by agent/checks/unit_verdict.h, which is pure.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "agent/host/host_stop.h"
#include "agent/host/loop.h"

namespace faultline::host {

// Properties of org.freedesktop.systemd1.Unit and .Service, as read at one moment.
struct UnitProperties {
  std::string id;                  // canonical name ("mariadb.service")
  std::vector<std::string> names;  // with its aliases; empty = not told
  std::string load_state;          // loaded, not-found, masked, ...
  std::string active_state;        // active, activating, deactivating, inactive, failed, reloading
  std::string sub_state;           // running, auto-restart, stop-sigterm, ...
  std::string result;              // Service.Result: success, exit-code, signal, oom-kill, ...
  int32_t exec_main_code = 0;      // CLD_EXITED 1, CLD_KILLED 2, CLD_DUMPED 3
  int32_t exec_main_status = 0;    // exit status or signal number
  uint32_t restarts = 0;           // Service.NRestarts
  uint64_t restart_usec = 0;       // Service.RestartUSec: the pause before an automatic restart
  uint64_t state_change_usec = 0;  // StateChangeTimestamp, CLOCK_REALTIME
  // When its start began, and its main process; CLOCK_REALTIME, 0 = never.
  uint64_t inactive_exit_usec = 0;    // InactiveExitTimestamp
  uint64_t exec_main_start_usec = 0;  // ExecMainStartTimestamp
  // When it became active; 0 = never. A reload changes neither.
  uint64_t active_enter_usec = 0;            // ActiveEnterTimestamp, CLOCK_REALTIME
  uint64_t active_enter_monotonic_usec = 0;  // ActiveEnterTimestampMonotonic, CLOCK_MONOTONIC
  std::string service_type;                  // Service.Type: simple, notify, forking, ...
  uint32_t main_pid = 0;
  uint32_t job_id = 0;  // 0 = none queued
};

// Told by the bus, on the loop's thread.
class UnitListener {
 public:
  virtual ~UnitListener() = default;
  // Some property changed (or was read for the first time, or after a resync).
  virtual void OnProperties(const UnitProperties& properties) = 0;
  // A job of this unit is queued: `type` is empty at first, and stays so where the job was gone
  // before it could be asked. Called again when the type is known ("start", "stop", "restart",
  // "try-restart", "reload", ...) or has changed in place (a restart becomes a start). Before a
  // type is told, host_stop() has been asked anew.
  virtual void OnJob(uint32_t id, const std::string& type) = 0;
  // `result`: done, canceled, timeout, failed, dependency, skipped.
  virtual void OnJobRemoved(uint32_t id, const std::string& result) = 0;
  // The bus or systemd cannot be asked; the text says why and what to do.
  virtual void OnUnavailable(const absl::Status& why) = 0;
};

class UnitWatch {
 public:
  virtual ~UnitWatch() = default;  // ends the watching; not from within a listener's callback
  // Asks for all properties now; OnProperties follows (or OnUnavailable), then `done`, never from
  // within this call.
  virtual void Refresh(std::function<void()> done) = 0;
};

// Lives on the loop's thread.
class SystemdBus {
 public:
  virtual ~SystemdBus() = default;
  // `unit` may be an alias. `listener` must outlive the watch.
  virtual std::unique_ptr<UnitWatch> Watch(const std::string& unit, UnitListener& listener) = 0;
  // Not kNo between logind's PrepareForShutdown(true) and (false), or once systemd is stopping; to
  // what end is known from the job of reboot.target, poweroff.target or their like (bootup(7)).
  virtual HostStop host_stop() const = 0;
};

// The real one. Connects by itself, reconnects with backoff (200 ms to 10 s; 30 s where the machine
// was not booted with systemd), resyncs on Reloading(false), UnitNew and NameOwnerChanged. Every
// call has 2 s, connecting 5 s; a bus that hangs later is noticed within 35 s. `address`: a bus
// address for tests, empty = the system bus.
std::unique_ptr<SystemdBus> MakeSystemdBus(Loop& loop, const std::string& address);

}  // namespace faultline::host
