// Where this host would send a packet, asked of the kernel by rtnetlink, and word of changes. Needs
// no privilege.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "absl/status/statusor.h"
#include "agent/host/endpoint.h"
#include "agent/host/loop.h"
#include "agent/host/route_message.h"

namespace faultline::host {

struct RouteFound {
  enum class Outcome {
    kRoute,    // `entry` and `hop` say which
    kNone,     // no route
    kRefused,  // a blackhole, unreachable or prohibit route: `refused_by`, and `entry` where found
  };
  Outcome outcome = Outcome::kNone;
  RouteType refused_by = RouteType::kOther;
  // The table's entry that decides; nullopt where a rule (ip-rule(8)) decides without a table.
  std::optional<Route> entry;
  NextHop hop;       // that this target takes, also of several
  IpAddress source;  // address that packets leave with
  Link link;         // of `hop`; index 0 when unknown
};

// Answers at once (the kernel fills the answer in while it is asked) and never waits. The error
// says why the kernel could not be asked.
absl::StatusOr<RouteFound> LookUpRoute(const IpAddress& target);

// NotFound when there is no such interface (any more).
absl::StatusOr<Link> LookUpLink(int index);

// Calls back on the loop's thread with every change of routes, links and rules. nullptr: some were
// missed (an overrun), look anew.
absl::StatusOr<std::unique_ptr<LoopSource>> WatchRoutes(
    Loop& loop, std::function<void(const RouteMessage*)> callback);

}  // namespace faultline::host
