#include "agent/checks/listener_judge.h"

#include <algorithm>
#include <initializer_list>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "agent/checks/make_observation.h"
#include "agent/checks/stamp.h"

namespace faultline::checks {
namespace {

using host::IpAddress;
using host::ListeningSocket;

// True when a connection to `wanted` reaches this socket.
bool Serves(const ListeningSocket& socket, const IpAddress& wanted) {
  const IpAddress own = host::Unmapped(socket.address);
  if (own == wanted) return true;
  if (!own.is_any()) return false;
  return own.family == wanted.family ||
         (own.family == AF_INET6 && wanted.family == AF_INET && !socket.v6_only);
}

bool Satisfies(const ListeningSocket& socket, const ListenerTarget& target) {
  if (target.address.has_value()) return Serves(socket, *target.address);
  return !host::Unmapped(socket.address).is_loopback();
}

std::string Places(const std::vector<ListeningSocket>& listeners) {
  std::vector<std::string> places;
  for (const ListeningSocket& socket : listeners) {
    std::string place = host::FormatEndpoint(socket.address, socket.port);
    if (std::find(places.begin(), places.end(), place) == places.end()) {
      places.push_back(std::move(place));
    }
    if (places.size() == 4) break;
  }
  return absl::StrJoin(places, ", ");
}

bool StartsWithAny(const std::string& text, std::initializer_list<const char*> beginnings) {
  return std::any_of(beginnings.begin(), beginnings.end(),
                     [&](const char* each) { return absl::StartsWith(text, each); });
}

// Where the service is told on which address to listen, as far as that is known.
std::string WhereToMend(const ListenerTarget& target, const ListenerOwner& owner) {
  constexpr uint16_t kMySqlPort = 3306;
  const bool is_mysql = owner.unit.empty() ? target.port == kMySqlPort
                                           : StartsWithAny(owner.unit, {"mysql", "mariadb"});
  return is_mysql ? " (bind-address)" : "";
}

// What a process that only this host reaches was meant for, nobody but its owner knows.
Observation LoopbackOnly(const std::vector<ListeningSocket>& listeners,
                         const ListenerTarget& target, const ListenerOwner& owner) {
  const ListeningSocket& first = listeners.front();
  return MakeObservation(
      State::kCritical, "LOOPBACK_ONLY",
      absl::StrCat("listens on ", Places(listeners),
                   " only: other hosts cannot connect; write target ",
                   host::FormatEndpoint(host::Unmapped(first.address), first.port),
                   " if that is meant, else let the service listen on another address",
                   WhereToMend(target, owner)));
}

// Told apart only where the kernel gives an id and the unit's directory is known: a guess would
// page somebody.
bool OwnedByAnother(const ListeningSocket& socket, const ListenerOwner& owner) {
  return !owner.unit.empty() && owner.cgroups.known && socket.cgroup_id != 0 &&
         owner.systemd.count(socket.cgroup_id) == 0 &&
         owner.cgroups.ids.count(socket.cgroup_id) == 0;
}

}  // namespace

absl::StatusOr<ListenerTarget> ParseListenerTarget(const std::string& text) {
  ListenerTarget target;
  int port = 0;
  if (!text.empty() && text.find_first_not_of("0123456789") == std::string::npos) {
    if (!absl::SimpleAtoi(text, &port) || port < 1 || port > 65535) {
      return absl::InvalidArgumentError(
          absl::StrCat("\"", text, "\" is not a port; write 1 to 65535"));
    }
    target.port = static_cast<uint16_t>(port);
    return target;
  }
  const absl::StatusOr<host::HostPort> endpoint = host::ParseHostPort(text);
  std::optional<IpAddress> address;
  if (endpoint.ok()) address = host::ParseIpAddress(endpoint->host);
  if (!address.has_value()) {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", text,
                     "\" is not a port or a local address with a port; write 3306, "
                     "10.0.2.10:3306 or [::]:80"));
  }
  target.address = host::Unmapped(*address);
  target.port = endpoint->port;
  return target;
}

Observation JudgeListeners(const std::vector<ListeningSocket>& listeners,
                           const ListenerTarget& target, const std::string& target_text,
                           const ListenerOwner& owner) {
  std::vector<ListeningSocket> fitting;
  bool only_loopback = true;
  for (const ListeningSocket& socket : listeners) {
    if (Satisfies(socket, target)) fitting.push_back(socket);
    only_loopback = only_loopback && host::Unmapped(socket.address).is_loopback();
  }
  if (listeners.empty()) {
    return MakeObservation(State::kCritical, "NOT_LISTENING",
                           absl::StrCat("nothing listens on ", target_text));
  }
  // A target on loopback is meant for this host only: there it is simply another address.
  const bool for_others = !target.address.has_value() || !target.address->is_loopback();
  if (fitting.empty() && only_loopback && for_others) {
    return LoopbackOnly(listeners, target, owner);
  }
  if (fitting.empty()) {
    return MakeObservation(
        State::kCritical, "NOT_LISTENING",
        absl::StrCat("nothing listens on ", target_text, ", only on ", Places(listeners)));
  }
  if (owner.not_found) {
    return CouldNotLook("UNIT_NOT_FOUND",
                        absl::StrCat(target_text, " is listened on, but systemd knows no unit ",
                                     owner.unit, "; correct the option unit of this check"));
  }
  const auto own = std::find_if(fitting.begin(), fitting.end(), [&](const ListeningSocket& s) {
    return !OwnedByAnother(s, owner);
  });
  if (own == fitting.end()) {
    return MakeObservation(State::kCritical, kWrongProcess,
                           absl::StrCat(target_text, " is held by a process outside ", owner.unit,
                                        " (user id ", fitting.front().uid, "); see ss -tlnp"));
  }
  Observation ok;
  ok.state = State::kOk;
  ok.detail = absl::StrCat("listening on ", Places(fitting));
  ok.gauges.push_back({"listener_accept_queue_length", static_cast<double>(own->queue_length)});
  ok.gauges.push_back({"listener_accept_queue_limit", static_cast<double>(own->queue_limit)});
  return ok;
}

}  // namespace faultline::checks
