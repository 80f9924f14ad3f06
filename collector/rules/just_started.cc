#include "collector/rules/just_started.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "absl/strings/match.h"
#include "collector/model/join.h"

namespace faultline::rules {
namespace {

constexpr double kServiceUnavailable = 503;

bool IsOfSubject(const model::CheckPicture& check, const std::string& subject,
                 std::string_view kind) {
  return check.id.kind == kind && check.subject == subject;
}

// What a service causes that does not listen yet, or a proxy before it.
bool MayBeNotReady(const model::CheckPicture& symptom) {
  constexpr std::array<std::string_view, 6> kReasons = {
      "REFUSED", "RESET", "NOT_LISTENING", "STATUS_502", "STATUS_504", "CONNECTION_LOST"};
  if (std::find(kReasons.begin(), kReasons.end(), symptom.reason) != kReasons.end()) return true;
  return symptom.reason == "STATUS_OTHER" &&
         std::any_of(symptom.gauges.begin(), symptom.gauges.end(), [](const auto& gauge) {
           return gauge.name == "http_status_code" && gauge.value == kServiceUnavailable;
         });
}

bool IsDown(const model::HostPicture& host, const std::string& subject) {
  return std::any_of(host.checks.begin(), host.checks.end(), [&](const auto& entry) {
    return IsOfSubject(entry.second, subject, "unit") && entry.second.state == State::kCritical;
  });
}

class LatestStart {
 public:
  explicit LatestStart(const model::CheckPicture& symptom) : symptom_(symptom) {}

  void Consider(Start start) {
    if (start.at.ns == 0 || start.at <= symptom_.last_ok) return;
    if (!latest_ || latest_->at + latest_->grace < start.at + start.grace) {
      latest_ = std::move(start);
    }
  }

  const std::optional<Start>& latest() const { return latest_; }

 private:
  const model::CheckPicture& symptom_;
  std::optional<Start> latest_;
};

}  // namespace

bool Runs(const model::HostPicture& host, const std::string& subject) {
  return std::any_of(host.checks.begin(), host.checks.end(), [&](const auto& entry) {
    return IsOfSubject(entry.second, subject, "unit") ||
           IsOfSubject(entry.second, subject, "listener");
  });
}

std::optional<Start> JustStarted(const model::HostPicture& from, const model::CheckPicture& symptom,
                                 const model::Hosts& hosts, const Patience& patience) {
  if (!MayBeNotReady(symptom)) return std::nullopt;
  const model::HostPicture* const end = model::OtherEnd(from, symptom, hosts);
  LatestStart start(symptom);
  for (const auto& [id, host] : hosts) {
    const bool is_end =
        end != nullptr ? end->identity.id == id : id.stack == from.identity.id.stack;
    if (!is_end) continue;
    if (IsDown(*host, symptom.subject)) return std::nullopt;
    const std::string& name = id.host;
    if (end != nullptr || Runs(*host, symptom.subject)) {
      start.Consider({host->booted_at, patience.boot, name, ""});
    }
    for (const auto& [check_id, unit] : host->checks) {
      const bool is_up = IsOfSubject(unit, symptom.subject, "unit") && unit.state == State::kOk &&
                         absl::EndsWith(check_id.target, ".service");
      if (is_up) start.Consider({unit.since, patience.restart, name, check_id.target});
    }
  }
  return start.latest();
}

}  // namespace faultline::rules
