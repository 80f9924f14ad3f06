#include "agent/checks/route_judge.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "agent/checks/make_observation.h"
#include "agent/checks/target_text.h"

namespace faultline::checks {
namespace {

using host::RouteFound;
using host::RouteMessage;
using host::RouteMessageKind;
using host::RouteType;

// "blackhole " as ip-route(8) writes it; empty for what leads somewhere.
std::string TypeWord(RouteType type) {
  switch (type) {
    case RouteType::kBlackhole:
      return "blackhole ";
    case RouteType::kUnreachable:
      return "unreachable ";
    case RouteType::kProhibit:
      return "prohibit ";
    default:
      return "";
  }
}

std::string Hop(const host::NextHop& hop, const std::string& link) {
  std::string text;
  if (hop.gateway.family != AF_UNSPEC) absl::StrAppend(&text, " via ", hop.gateway.ToString());
  if (!link.empty()) absl::StrAppend(&text, " dev ", link);
  return text;
}

std::string LinkTrouble(const host::Link& link, const std::string& name) {
  if (link.index == 0 || link.name.empty()) return absl::StrCat("interface ", name, " is gone");
  if (!link.up) {
    return absl::StrCat("interface ", name, " is switched off (ip link set ", name, " up)");
  }
  return absl::StrCat("interface ", name, " has no carrier: its cable, peer or driver is down");
}

}  // namespace

std::string FormatRoute(const RouteFound& found) {
  if (found.outcome == RouteFound::Outcome::kNone) return "no route";
  const std::string prefix =
      found.entry.has_value() ? host::FormatPrefix(*found.entry) : "everything (ip rule)";
  if (found.outcome == RouteFound::Outcome::kRefused) {
    return absl::StrCat(TypeWord(found.refused_by), prefix);
  }
  std::string text = absl::StrCat(prefix, Hop(found.hop, found.link.name));
  if (found.source.family != AF_UNSPEC) absl::StrAppend(&text, " src ", found.source.ToString());
  return text;
}

Observation JudgeRoute(const RouteFound& found, const RouteContext& context) {
  const std::string before =
      context.last_route.empty() ? "" : absl::StrCat("; before: ", context.last_route);
  switch (found.outcome) {
    case RouteFound::Outcome::kRefused:
      return MakeObservation(State::kCritical, "BLACKHOLE",
                             absl::StrCat(found.entry.has_value() ? "route " : "a rule: ",
                                          FormatRoute(found), " of this host refuses ",
                                          TargetText(context.target, context.address), before));
    case RouteFound::Outcome::kNone: {
      // Routes go with their interface.
      const bool link_lost = !context.last_link_name.empty() && !context.last_link.carrier;
      if (link_lost) {
        return MakeObservation(State::kCritical, "LINK_DOWN",
                               absl::StrCat(LinkTrouble(context.last_link, context.last_link_name),
                                            ", and no other route leads to ",
                                            TargetText(context.target, context.address), before));
      }
      return MakeObservation(State::kCritical, "NO_ROUTE",
                             absl::StrCat("this host has no route to ",
                                          TargetText(context.target, context.address), before));
    }
    case RouteFound::Outcome::kRoute:
      break;
  }
  if (found.link.index != 0 && !found.link.carrier) {
    return MakeObservation(State::kCritical, "LINK_DOWN",
                           absl::StrCat(LinkTrouble(found.link, found.link.name), "; ",
                                        TargetText(context.target, context.address),
                                        " is reached by ", FormatRoute(found)));
  }
  Observation out;
  out.state = State::kOk;
  const bool here = found.entry.has_value() && found.entry->type == RouteType::kLocal;
  out.detail = here ? absl::StrCat(TargetText(context.target, context.address),
                                   " is an address of this host")
                    : FormatRoute(found);
  return out;
}

std::optional<std::string> DescribeChange(const RouteMessage& change,
                                          const host::IpAddress& address, int interface,
                                          const std::function<std::string(int)>& name) {
  switch (change.kind) {
    case RouteMessageKind::kRouteAdded:
    case RouteMessageKind::kRouteRemoved: {
      if (change.route.cached || !host::Covers(change.route, address)) return std::nullopt;
      std::string text =
          absl::StrCat("route ", TypeWord(change.route.type), host::FormatPrefix(change.route));
      for (const host::NextHop& hop : change.route.hops) {
        absl::StrAppend(&text, Hop(hop, hop.interface == 0 ? "" : name(hop.interface)));
      }
      absl::StrAppend(&text,
                      change.kind == RouteMessageKind::kRouteAdded ? " was added" : " was deleted");
      return text;
    }
    case RouteMessageKind::kLink:
    case RouteMessageKind::kLinkRemoved: {
      if (change.link.index != interface) return std::nullopt;
      const std::string link = absl::StrCat("interface ", name(change.link.index));
      if (change.kind == RouteMessageKind::kLinkRemoved) return absl::StrCat(link, " was removed");
      if (!change.link.up) return absl::StrCat(link, " was switched off");
      return absl::StrCat(link, change.link.carrier ? " came up" : " lost its carrier");
    }
    case RouteMessageKind::kRuleChanged:
      return "a routing rule was added or deleted";
    default:
      return std::nullopt;
  }
}

}  // namespace faultline::checks
