#include "agent/checks/bootstrap_judge.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "agent/checks/make_observation.h"
#include "agent/checks/moment_words.h"
#include "agent/checks/stamp.h"

namespace faultline::checks {
namespace {

// With the last lines of the output no more than the 8 facts that the wire takes.
constexpr size_t kMaxTold = 2;

std::string CloudInitWords(const CloudInitError& error) {
  return error.stage.empty() ? error.text : absl::StrCat(error.text, " (stage ", error.stage, ")");
}

// status.json names the stage, result.json does not.
const std::vector<CloudInitError>& Richer(const std::vector<CloudInitError>& status,
                                          const std::vector<CloudInitError>& result) {
  return status.empty() ? result : status;
}

Observation Failed(State state, const char* reason, const char* verb,
                   const std::vector<CloudInitError>& errors, const BootstrapFacts& facts) {
  // The user's own script says more than what the distribution does beside it.
  const auto own = std::find_if(errors.begin(), errors.end(), [](const CloudInitError& error) {
    return absl::StartsWith(error.text, "scripts-user");
  });
  const CloudInitError& first = own == errors.end() ? errors.front() : *own;
  Observation out = MakeObservation(state, reason, absl::StrCat(verb, CloudInitWords(first)));
  if (errors.size() > 1) absl::StrAppend(&out.detail, " and ", errors.size() - 1, " more");
  absl::StrAppend(&out.detail, "; look at /var/log/cloud-init-output.log");
  for (size_t i = 0; i < errors.size() && i < kMaxTold; ++i) {
    out.evidence.push_back({.text = CloudInitWords(errors[i])});
  }
  for (const std::string& line : facts.output) {
    out.evidence.push_back({.text = absl::StrCat("output: ", line)});
  }
  if (facts.output.empty() && !facts.no_output.empty()) {
    out.evidence.push_back({.text = facts.no_output});
  }
  return out;
}

Observation JudgeRunning(const CloudInitStatus& status, Span running_limit, WallTime now) {
  const std::string stage =
      status.stage.empty() ? "between stages" : absl::StrCat("in stage ", status.stage);
  if (status.started.ns == 0)
    return MakeObservation(State::kOk, "", "cloud-init has not begun yet");
  const Span running = std::max(now - status.started, Span{});
  const std::string words =
      absl::StrCat("cloud-init runs since ", MomentWords(status.started, now), ", ", stage);
  if (running < running_limit) return MakeObservation(State::kOk, "", words);
  Observation out = MakeObservation(
      State::kWarning, "BOOTSTRAP_RUNNING",
      absl::StrCat(words, "; look at cloud-init status --long and at its processes"));
  out.since = status.started;
  return out;
}

Observation JudgeAbsent(const BootstrapFacts& facts) {
  if (facts.disabled) {
    return CouldNotLook("NO_CLOUD_INIT",
                        "cloud-init is disabled on this host; remove this check, or "
                        "/etc/cloud/cloud-init.disabled");
  }
  if (facts.installed) {
    return CouldNotLook("CLOUD_INIT_NOT_RUN",
                        "cloud-init is installed and has not run since the boot; look at "
                        "systemctl status cloud-init");
  }
  return CouldNotLook("NO_CLOUD_INIT", "this host has no cloud-init; remove this check");
}

}  // namespace

Observation JudgeBootstrap(const BootstrapFacts& facts, Span running_limit, WallTime now) {
  const bool no_status = absl::IsNotFound(facts.status.status());
  const bool no_result = absl::IsNotFound(facts.result.status());
  if (no_status && no_result) return JudgeAbsent(facts);
  for (const auto* read : {&facts.status, &facts.result}) {
    if (read->ok() || absl::IsNotFound(read->status())) continue;
    return CouldNotLook(absl::IsPermissionDenied(read->status()) ? "RIGHT_MISSING" : "CANNOT_READ",
                        absl::StrCat(std::string(read->status().message()),
                                     "; cloud-init status --long tells too"));
  }
  const CloudInitStatus status = facts.status.ok() ? *facts.status : CloudInitStatus();
  const CloudInitStatus result = facts.result.ok() ? *facts.result : CloudInitStatus();
  const auto& errors = Richer(status.errors, result.errors);
  const bool running = no_result && status.finished.ns == 0;
  Observation out;
  if (!errors.empty()) {
    out = Failed(State::kCritical, "USER_DATA_FAILED", "cloud-init failed: ", errors, facts);
  } else if (running) {
    out = JudgeRunning(status, running_limit, now);
  } else if (const auto& warnings = Richer(status.recoverable, result.recoverable);
             !warnings.empty()) {
    out = Failed(State::kWarning, "BOOTSTRAP_DEGRADED", "cloud-init warned: ", warnings, facts);
  } else {
    out = MakeObservation(State::kOk, "", "cloud-init ended well");
  }
  // To be OK is not to be done.
  out.gauges.push_back({"bootstrap_finished", running ? 0.0 : 1.0});
  if (status.finished.ns != 0) {
    if (out.state == State::kOk) {
      absl::StrAppend(&out.detail, " at ", MomentWords(status.finished, now));
    } else {
      out.since = status.finished;
    }
  }
  return out;
}

}  // namespace faultline::checks
