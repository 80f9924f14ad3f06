#include "collector/incidents/consequence.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "collector/incidents/host_loss.h"
#include "collector/incidents/message_words.h"
#include "collector/model/join.h"
#include "collector/rules/blind.h"
#include "collector/rules/rule.h"

namespace faultline::incidents {
namespace {

constexpr int kOwnWord = 0;
constexpr int kListener = 1;
constexpr int kPort = 2;
constexpr int kLocalLogin = 3;
constexpr int kLogin = 4;
constexpr int kPage = 5;
constexpr int kCertificate = 6;
constexpr int kExplainsNothing = 7;

// A symptom without a known unit is that unit's which went down just before it.
constexpr Span kAtOnce = Span::Seconds(5);

// A host that is cut off may see it so long before the collector misses it.
constexpr Span kMissed = Span::Seconds(5);

bool IsLocalTarget(const std::string& target) {
  return absl::StrContains(target, "127.0.0.1") || absl::StrContains(target, "localhost") ||
         absl::StrContains(target, "[::1]");
}

// A unit that was stopped because its host goes down.
bool StopsWithHost(const rules::Alert& alert) {
  return alert.check.kind == "unit" && alert.reason == "HOST_STOPPING";
}

// Where an alert's check looks.
struct Seen {
  const rules::Alert* alert = nullptr;
  int nearness = kExplainsNothing;
  bool is_symptom = false;
  std::optional<HostId> end;  // the host that it points to; none = not known
  bool is_remote = false;
  std::string unit;
};

Seen See(const rules::Alert& alert, const model::Hosts& hosts) {
  Seen seen{.alert = &alert, .nearness = Nearness(alert)};
  const bool is_symptom =
      rules::RuleFor(alert.check.kind).symptom || alert.check.kind == "certificate";
  seen.is_symptom = (is_symptom && !rules::IsBlind(alert)) || StopsWithHost(alert);
  const model::CheckPicture* check = FindCheck(hosts, alert.host, alert.check);
  const std::string address = check == nullptr ? "" : check->remote_address;
  if (check != nullptr) seen.unit = check->unit;
  if (alert.check.kind == "unit" && seen.unit.empty()) seen.unit = alert.check.target;
  const bool may_be_anywhere =
      seen.nearness == kPort || seen.nearness == kLogin || seen.nearness == kPage;
  if (!address.empty()) {
    const model::HostPicture* end = model::HostByAddress(hosts, alert.host, address);
    if (end != nullptr) seen.end = end->identity.id;
    seen.is_remote = end == nullptr || seen.end != alert.host;
  } else if (may_be_anywhere) {
    seen.is_remote = !IsLocalTarget(alert.check.target);
  } else {
    seen.end = alert.host;
  }
  return seen;
}

// What they name, where both name a unit; else whether one came at once after the other.
bool FitsUnit(const Seen& symptom, const Seen& cause) {
  if (cause.alert->check.kind != "unit" || symptom.nearness > kPort) return true;
  if (!symptom.unit.empty()) {
    return symptom.unit == cause.unit || symptom.unit == cause.alert->check.target;
  }
  if (symptom.alert->subject == cause.alert->subject) return true;
  const Span after = symptom.alert->since - cause.alert->since;
  return after.ns >= 0 && after < kAtOnce;
}

bool FollowsFrom(const Seen& symptom, const Seen& cause) {
  if (StopsWithHost(*symptom.alert)) {
    return IsHostGone(*cause.alert) && cause.alert->host == symptom.alert->host;
  }
  if (!symptom.is_symptom || cause.nearness >= symptom.nearness) return false;
  if (cause.alert->severity < symptom.alert->severity) return false;
  if (cause.alert->check.kind == "certificate" && symptom.alert->reason != "TLS_FAILED")
    return false;
  // What a host says of its own database is no consequence of how others reach it.
  if (symptom.nearness == kLocalLogin && cause.is_remote) return false;
  const bool at_its_end =
      symptom.end.has_value() ? *symptom.end == cause.alert->host : !cause.is_remote;
  const bool at_its_own = symptom.alert->host == cause.alert->host;
  // Two who look at the same end from elsewhere.
  const bool same_end = cause.is_remote && cause.end.has_value() && cause.end == symptom.end;
  return (at_its_end || at_its_own || same_end) && FitsUnit(symptom, cause);
}

bool IsBefore(const Seen* one, const Seen* other) {
  return std::make_pair(one->alert->since.ns, std::string_view(one->alert->id)) <
         std::make_pair(other->alert->since.ns, std::string_view(other->alert->id));
}

// What is seen of a host from elsewhere, whatever it is about, and pages of those who need it.
bool FollowsFromGoneHost(const rules::Alert& symptom, const rules::Alert& gone,
                         const model::Hosts& hosts) {
  if (FollowsFrom(See(symptom, hosts), See(gone, hosts))) return true;
  return symptom.check.kind == "http" && EndsOf(symptom, hosts).contains(gone.host);
}

// "port:10.0.2.10:3306": what several look at, as one fault; empty = it is this one's alone. That a
// host's checks cannot look is one ticket.
std::string SharedTarget(const Seen& seen) {
  if (IsCollectorCutOff(*seen.alert)) return "agent";
  if (rules::IsBlind(*seen.alert)) return rules::BlindSubject(seen.alert->host.host);
  return seen.is_symptom && seen.is_remote ? seen.alert->check.ToString() : "";
}

// A page that fails because of what is behind it; one that cannot even be asked does not.
bool IsTroubleBehindPage(const rules::Alert& page) {
  return page.check.kind == "http" &&
         (absl::StartsWith(page.reason, "STATUS_") || absl::StartsWith(page.reason, "BODY_") ||
          page.reason == "TIMEOUT");
}

}  // namespace

int Nearness(const rules::Alert& alert) {
  if (rules::IsBlind(alert)) return kExplainsNothing;
  static const auto* const kByKind = new std::map<std::string_view, int>{
      {"unit", kOwnWord},  {"firewall", kOwnWord},    {"route", kOwnWord},
      {"agent", kOwnWord}, {"certificate", kOwnWord}, {"listener", kListener},
      {"port", kPort},     {"mysql", kLogin},         {"http", kPage},
  };
  const std::string& target = alert.check.target;
  const bool is_local = absl::StartsWith(target, "/") || IsLocalTarget(target);
  if (alert.check.kind == "mysql" && is_local) return kLocalLogin;
  const auto found = kByKind->find(alert.check.kind);
  return found == kByKind->end() ? kExplainsNothing : found->second;
}

std::set<std::string> Faults(const std::vector<rules::Alert>& alerts, const model::Hosts& hosts) {
  std::vector<Seen> firing;
  firing.reserve(alerts.size());
  for (const rules::Alert& alert : alerts) {
    if (alert.state == rules::AlertState::kFiring) firing.push_back(See(alert, hosts));
  }
  std::map<HostId, std::vector<const Seen*>> by_host;
  std::map<HostId, std::vector<const Seen*>> by_end;  // of those who look from elsewhere
  std::map<std::string, const Seen*> first;           // of those who look at the same
  std::vector<const Seen*> local;
  for (const Seen& seen : firing) {
    if (const std::string target = SharedTarget(seen); !target.empty()) {
      const auto [it, is_new] = first.try_emplace(target, &seen);
      if (!is_new && IsBefore(&seen, it->second)) it->second = &seen;
    }
    if (seen.nearness == kExplainsNothing) continue;
    by_host[seen.alert->host].push_back(&seen);
    if (seen.is_remote && seen.end.has_value()) by_end[*seen.end].push_back(&seen);
    if (seen.nearness == kOwnWord || seen.nearness == kLocalLogin) local.push_back(&seen);
  }
  std::set<std::string> faults;
  for (const Seen& seen : firing) {
    const auto any = [&](const std::vector<const Seen*>& causes) {
      return std::any_of(causes.begin(), causes.end(),
                         [&](const Seen* cause) { return FollowsFrom(seen, *cause); });
    };
    const auto same = first.find(SharedTarget(seen));
    bool follows = same != first.end() && same->second != &seen &&
                   same->second->alert->severity >= seen.alert->severity;
    if (!follows && seen.is_symptom) {
      follows = any(by_host[seen.alert->host]);
      if (!follows && seen.end.has_value())
        follows = any(by_host[*seen.end]) || any(by_end[*seen.end]);
      if (!follows && !seen.end.has_value()) follows = any(local);
    }
    if (!follows) faults.insert(seen.alert->id);
  }
  return faults;
}

std::shared_ptr<const std::set<std::string>> FaultsOf(const Incident& incident,
                                                      const model::Hosts& hosts) {
  if (incident.known_faults != nullptr) return incident.known_faults;
  return std::make_shared<const std::set<std::string>>(Faults(incident.alerts, hosts));
}

std::set<HostId> EndsOf(const rules::Alert& alert, const model::Hosts& hosts) {
  std::set<HostId> ends;
  const auto add = [&](const std::string& address) {
    const model::HostPicture* end = model::HostByAddress(hosts, alert.host, address);
    if (end != nullptr) ends.insert(end->identity.id);
  };
  const auto host = hosts.find(alert.host);
  if (host == hosts.end()) return ends;
  for (const auto& [id, check] : host->second->checks) {
    const bool is_need = alert.check.kind == "http" && (id.kind == "port" || id.kind == "mysql");
    if (id == alert.check || is_need) add(check.remote_address);
  }
  return ends;
}

bool FollowsFromOwnLoss(const rules::Alert& alert, const model::Hosts& hosts) {
  const std::string& kind = alert.check.kind;
  if (rules::IsBlind(alert)) return false;
  if (kind == "route" || kind == "ping" || kind == "http") return true;
  return (kind == "port" || kind == "mysql") && See(alert, hosts).is_remote;
}

bool BeganWhileGone(const rules::Alert& alert, const rules::Alert& gone) {
  if (!IsHostGone(gone) || alert.host != gone.host || alert.id == gone.id) return false;
  const bool is_heard = gone.state == rules::AlertState::kResolved;
  return alert.since + kMissed >= gone.since && is_heard && alert.since <= gone.resolved_at;
}

bool DependsOn(const rules::Alert& symptom, const rules::Alert& cause, const model::Hosts& hosts) {
  if (StopsWithHost(symptom)) return IsHostGone(cause) && cause.host == symptom.host;
  const int nearness = Nearness(symptom);
  if (Nearness(cause) >= nearness || nearness == kExplainsNothing) return false;
  if (symptom.host.stack != cause.host.stack || symptom.subject == cause.subject ||
      cause.severity < symptom.severity) {
    return false;
  }
  if (IsHostGone(cause)) return FollowsFromGoneHost(symptom, cause, hosts);
  if (nearness == kListener || nearness == kPort) {
    // Of one host's own: a subject that a person declared, or a service's, is kept apart.
    return rules::IsOwnSubject(symptom.subject) && rules::IsOwnSubject(cause.subject) &&
           FollowsFrom(See(symptom, hosts), See(cause, hosts));
  }
  if (nearness == kCertificate) return FollowsFrom(See(symptom, hosts), See(cause, hosts));
  if (!IsTroubleBehindPage(symptom)) return false;
  const auto host = hosts.find(symptom.host);
  if (host == hosts.end()) return false;
  for (const auto& [id, check] : host->second->checks) {
    if (check.subject != cause.subject || (id.kind != "port" && id.kind != "mysql")) continue;
    if (cause.host == symptom.host) return true;
    const model::HostPicture* end = model::HostByAddress(hosts, symptom.host, check.remote_address);
    if (end != nullptr && end->identity.id == cause.host) return true;
  }
  return false;
}

}  // namespace faultline::incidents
