#include "agent/host/host_stop.h"

namespace faultline::host {

const char* InWords(HostStop stop) {
  switch (stop) {
    case HostStop::kNo:
      return "";
    case HostStop::kShutdown:
      return "shutting down";
    case HostStop::kReboot:
      return "rebooting";
    case HostStop::kPowerOff:
      return "powering off";
  }
  return "";
}

HostStop HostStopNews::stop() const { return preparing_ || stopping_ ? end_ : HostStop::kNo; }

void HostStopNews::SetPreparing(bool preparing) {
  preparing_ = preparing;
  ForgetTheEndIfItStays();
}

void HostStopNews::SetStopping(bool stopping) {
  stopping_ = stopping;
  ForgetTheEndIfItStays();
}

void HostStopNews::OnJobNew(const std::string& unit) {
  if (unit == kShutdownTarget) stopping_ = true;
  if (unit == "reboot.target" || unit == "kexec.target" || unit == "soft-reboot.target") {
    end_ = HostStop::kReboot;
  } else if (unit == "poweroff.target" || unit == "halt.target") {
    end_ = HostStop::kPowerOff;
  }
}

// A shutdown that was called off.
void HostStopNews::ForgetTheEndIfItStays() {
  if (!preparing_ && !stopping_) end_ = HostStop::kShutdown;
}

}  // namespace faultline::host
