// Whether a host goes down, and to what.
#pragma once

#include <string>

namespace faultline::host {

enum class HostStop { kNo, kShutdown, kReboot, kPowerOff };

// "shutting down", "rebooting", "powering off"; empty for kNo.
const char* InWords(HostStop stop);

// Puts together what logind and systemd say of it.
class HostStopNews {
 public:
  HostStop stop() const;
  // logind's PrepareForShutdown: comes first, where the shutdown goes through logind.
  void SetPreparing(bool preparing);
  // systemd's state is "stopping".
  void SetStopping(bool stopping);
  // A job of any unit is queued. That of shutdown.target is believed at once: a shutdown that did
  // not come through logind (a signal to PID 1, a container's end) shows so, and services come down
  // faster than an answer comes. To what end is known from reboot.target and its like (bootup(7)).
  void OnJobNew(const std::string& unit);

 private:
  void ForgetTheEndIfItStays();

  bool preparing_ = false;
  bool stopping_ = false;
  HostStop end_ = HostStop::kShutdown;
};

// The target whose job every shutdown has.
inline constexpr char kShutdownTarget[] = "shutdown.target";

}  // namespace faultline::host
