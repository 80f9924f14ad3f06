// What a look-up of a route means, and what a person reads about it: PURE.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "agent/checks/observation.h"
#include "agent/host/route_lookup.h"

namespace faultline::checks {

// What is known beside the look-up itself.
struct RouteContext {
  std::string target;   // as configured: "db.internal"
  std::string address;  // "10.0.2.10"
  // The route of the last look that was well, in words and with its link as it is now; the link's
  // index 0 when there was none, its name "" when it is gone.
  std::string last_route;
  host::Link last_link;
  std::string last_link_name;
};

// OK, NO_ROUTE, BLACKHOLE or LINK_DOWN. Without times (`observed`).
Observation JudgeRoute(const host::RouteFound& found, const RouteContext& context);

// "10.0.2.0/24 via 10.0.1.1 dev eth0 src 10.0.1.10"; "blackhole 10.0.2.0/24".
std::string FormatRoute(const host::RouteFound& found);

// One line about a change that bears on `address`, nullopt for all others: "route 10.0.2.0/24 via
// 10.0.1.1 dev eth0 was deleted". `name`: of an interface. `interface`: that the route took, 0 = it
// took none.
std::optional<std::string> DescribeChange(const host::RouteMessage& change,
                                          const host::IpAddress& address, int interface,
                                          const std::function<std::string(int)>& name);

}  // namespace faultline::checks
