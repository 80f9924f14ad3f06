// The words of unit_verdict.h: what a person reads when a unit is not as it should be.
#include <cstring>

#include "absl/strings/str_cat.h"
#include "agent/checks/unit_verdict.h"

namespace faultline::checks {
namespace {

constexpr int32_t kExited = 1;  // CLD_EXITED
constexpr int32_t kDumped = 3;  // CLD_DUMPED

std::string SignalName(int32_t number) {
  const char* name = sigabbrev_np(number);
  return name == nullptr ? absl::StrCat("signal ", number) : absl::StrCat("SIG", name);
}

// How the main process went, if systemd knows of one.
std::string MainProcessEnd(const host::UnitProperties& p) {
  if (p.exec_main_code == 0) return "";
  if (p.exec_main_code == kExited) return absl::StrCat("exited with status ", p.exec_main_status);
  const std::string killed = absl::StrCat("was killed by ", SignalName(p.exec_main_status));
  return p.exec_main_code == kDumped ? absl::StrCat(killed, " and dumped core") : killed;
}

std::string RestartPause(const host::UnitProperties& p) {
  return FormatSpan(Span{static_cast<int64_t>(p.restart_usec) * 1000});
}

}  // namespace

std::string DescribeEnd(const host::UnitProperties& p) {
  if (p.result == "oom-kill") return "was killed by the kernel for lack of memory (OOM)";
  if (p.result == "timeout") return "did not start or stop within its time limit and was ended";
  if (p.result == "watchdog") return "did not answer its watchdog and was ended";
  if (p.result == "start-limit-hit") return "was started too often in a row; systemd gave up";
  if (p.result == "resources") return "did not get the resources to start";
  if (p.result == "protocol") return "did not start in the way that its unit file promises";
  std::string end = MainProcessEnd(p);
  if (!end.empty() && end != "exited with status 0") return end;
  if (p.result == "success" || p.result.empty()) return "ended by itself";
  return absl::StrCat("failed (", p.result, ")");
}

Verdict UnitVerdict::Make(State state, const std::string& reason, const std::string& rest) const {
  Verdict verdict;
  verdict.state = state;
  verdict.reason = reason;
  verdict.detail = absl::StrCat(unit_, " ", rest);
  return verdict;
}

std::vector<std::string> UnitVerdict::StopEvidence(const std::string& what) const {
  if (cause_job_ == 0) return {what};
  return {absl::StrCat("systemd stop job ", cause_job_, ", ", what)};
}

Verdict UnitVerdict::Up() const {
  Verdict up = Make(State::kOk, "", absl::StrCat("is ", properties_.active_state));
  // Since its start: the collector is patient with what has just been started, not with a reload.
  up.since_usec = properties_.active_enter_usec != 0 ? properties_.active_enter_usec
                                                     : properties_.state_change_usec;
  return up;
}

Verdict UnitVerdict::GoingDown() const {
  Verdict verdict;
  switch (cause_) {
    case Cause::kHostStopping:
      verdict = Make(State::kWarning, "HOST_STOPPING",
                     absl::StrCat("is being stopped because the host is ", InWords(host_stop_)));
      verdict.evidence = StopEvidence(absl::StrCat("the host is ", InWords(host_stop_)));
      return verdict;
    case Cause::kUpgrade:
      verdict = Make(State::kWarning, "PACKAGE_UPGRADE",
                     "is being stopped while packages are being installed or removed");
      verdict.evidence = StopEvidence("dpkg's lock is held");
      return verdict;
    case Cause::kStop:
      verdict = Make(State::kCritical, "UNIT_STOPPING",
                     absl::StrCat("is being stopped by a systemctl request (job ", cause_job_,
                                  "); it did not crash"));
      verdict.evidence = StopEvidence("no start queued");
      return verdict;
    case Cause::kNone:
    case Cause::kRestart:
      break;
  }
  verdict = Make(State::kCritical, "UNIT_STOPPING",
                 "is ending by itself; nobody asked systemd to stop it");
  verdict.evidence = {"no systemd job; the main process has ended"};
  return verdict;
}

Verdict UnitVerdict::Down() const {
  Verdict verdict;
  switch (cause_) {
    case Cause::kHostStopping:
      verdict = Make(State::kWarning, "HOST_STOPPING",
                     absl::StrCat("was stopped because the host is ", InWords(host_stop_)));
      verdict.evidence = StopEvidence(absl::StrCat("the host is ", InWords(host_stop_)));
      break;
    case Cause::kUpgrade:
      verdict = Make(State::kWarning, "PACKAGE_UPGRADE",
                     "was stopped while packages were being installed or removed, and not started "
                     "since");
      verdict.evidence = StopEvidence("dpkg's lock was held");
      break;
    case Cause::kStop:
      verdict = Make(State::kCritical, "UNIT_INACTIVE",
                     "was stopped by a systemctl request; it did not crash");
      verdict.evidence = StopEvidence("no start queued");
      break;
    case Cause::kRestart:
      verdict = Make(State::kCritical, "UNIT_INACTIVE",
                     "was brought down for a restart and not started again");
      break;
    case Cause::kNone:
      verdict = Make(
          State::kCritical, "UNIT_INACTIVE",
          seen_up_ ? absl::StrCat(DescribeEnd(properties_), "; nobody asked systemd to stop it")
                   : "is not running");
      break;
  }
  if (EndedBadly()) {
    verdict.evidence.push_back(absl::StrCat("on its way down it ", DescribeEnd(properties_),
                                            " (systemd result ", properties_.result, ")"));
  }
  if (properties_.load_state != "loaded") {
    verdict.evidence.push_back(absl::StrCat("its unit file is ", properties_.load_state));
  }
  verdict.since_usec = properties_.state_change_usec;
  return verdict;
}

Verdict UnitVerdict::Failed() {
  if (!EndedBadly() && failure_) return *failure_;
  std::string rest = DescribeEnd(properties_);
  const bool restarts = properties_.sub_state.rfind("auto-restart", 0) == 0;
  if (restarts)
    absl::StrAppend(&rest, "; systemd restarts it after a pause of ", RestartPause(properties_));
  std::string reason = "UNIT_FAILED";
  if (properties_.result == "oom-kill") {
    reason = "UNIT_OOM_KILLED";
  } else if (properties_.result == "start-limit-hit") {
    reason = "UNIT_CRASH_LOOP";
  } else if (InCrashLoop()) {
    reason = "UNIT_CRASH_LOOP";
    rest = absl::StrCat("keeps ending: it ", DescribeEnd(properties_), "; systemd restarted it ",
                        restarts_.size(), " times within a minute");
  }
  Verdict verdict = Make(State::kCritical, reason, rest);
  verdict.evidence = {
      absl::StrCat("systemd result ", properties_.result, "; no stop was asked for")};
  verdict.since_usec = properties_.state_change_usec;
  failure_ = verdict;
  return verdict;
}

Verdict UnitVerdict::CrashLoop() const {
  Verdict verdict = Make(State::kCritical, "UNIT_CRASH_LOOP",
                         absl::StrCat("keeps ending: systemd restarted it ", restarts_.size(),
                                      " times within a minute"));
  verdict.evidence = {absl::StrCat("systemd counts ", properties_.restarts, " automatic restarts")};
  return verdict;
}

Verdict UnitVerdict::Restarting() const {
  Verdict verdict = Make(State::kWarning, "UNIT_RESTARTING", "is being restarted");
  verdict.evidence = {absl::StrCat("systemd restart job ", job_.id)};
  return verdict;
}

Verdict UnitVerdict::RestartingByItself() const {
  return Make(State::kWarning, "UNIT_RESTARTING",
              absl::StrCat(DescribeEnd(properties_), "; systemd restarts it after a pause of ",
                           RestartPause(properties_)));
}

Verdict UnitVerdict::Starting() const {
  Verdict verdict =
      Make(State::kWarning, "UNIT_STARTING",
           properties_.active_state == "activating" ? "is starting" : "waits to be started");
  if (job_.id != 0) verdict.evidence = {absl::StrCat("systemd start job ", job_.id)};
  return verdict;
}

Verdict UnitVerdict::ComingUp() const {
  return Make(State::kWarning, "UNIT_STARTING",
              "has come up with its host; a service of its type does not tell when it is ready");
}

Verdict UnitVerdict::Unloaded() const {
  const std::string& load = properties_.load_state;
  Verdict verdict;
  if (load == "not-found") {
    verdict = Make(State::kUnknown, "UNIT_NOT_FOUND",
                   "does not exist on this host; is the name right and the package installed?");
  } else if (load == "masked") {
    verdict = Make(
        State::kUnknown, "UNIT_MASKED",
        absl::StrCat("is masked and cannot be started; systemctl unmask ", unit_, " allows it"));
  } else {
    verdict = Make(State::kCritical, "UNIT_FAILED",
                   absl::StrCat("has a unit file that systemd cannot load (", load,
                                "); systemctl status ", unit_, " says why"));
  }
  return verdict;
}

}  // namespace faultline::checks
