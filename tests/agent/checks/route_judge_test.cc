#include "agent/checks/route_judge.h"

#include <gtest/gtest.h>

namespace faultline::checks {
namespace {

using host::Link;
using host::NextHop;
using host::Route;
using host::RouteFound;
using host::RouteMessage;
using host::RouteMessageKind;
using host::RouteType;

host::IpAddress Ip(const char* text) { return host::ParseIpAddress(text).value(); }

Route Entry(RouteType type = RouteType::kUnicast) {
  Route route;
  route.type = type;
  route.destination = Ip("10.0.2.0");
  route.prefix_length = 24;
  if (type == RouteType::kUnicast) route.hops = {{Ip("10.0.1.1"), 7}};
  return route;
}

RouteFound Found(Link link = {7, "eth0", true, true}) {
  RouteFound found;
  found.outcome = RouteFound::Outcome::kRoute;
  found.entry = Entry();
  found.hop = {Ip("10.0.1.1"), 7};
  found.source = Ip("10.0.1.10");
  found.link = std::move(link);
  return found;
}

RouteFound Refused(RouteType type, bool with_entry = true) {
  RouteFound found;
  found.outcome = RouteFound::Outcome::kRefused;
  found.refused_by = type;
  if (with_entry) found.entry = Entry(type);
  return found;
}

RouteContext Fresh() { return {.target = "db.internal", .address = "10.0.2.10"}; }

RouteContext After(Link link) {
  RouteContext context = Fresh();
  context.last_route = FormatRoute(Found());
  context.last_link = std::move(link);
  context.last_link_name = "eth0";
  return context;
}

constexpr char kEntryText[] = "10.0.2.0/24 via 10.0.1.1 dev eth0 src 10.0.1.10";

TEST(RouteJudgeTest, EachCaseHasItsStateReasonAndLine) {
  const std::string before = std::string("; before: ") + kEntryText;
  const Link well{7, "eth0", true, true};
  struct Row {
    RouteFound found;
    RouteContext context;
    const char* reason;
    std::string detail;
  };
  const Row table[] = {
      {Found(), Fresh(), "", kEntryText},
      {{}, Fresh(), "NO_ROUTE", "this host has no route to db.internal (10.0.2.10)"},
      {{}, After(well), "NO_ROUTE", "this host has no route to db.internal (10.0.2.10)" + before},
      {{},
       After({7, "eth0", false, false}),
       "LINK_DOWN",
       "interface eth0 is switched off (ip link set eth0 up), and no other route leads to "
       "db.internal (10.0.2.10)" +
           before},
      {{},
       After({7, "", false, false}),
       "LINK_DOWN",
       "interface eth0 is gone, and no other route leads to db.internal (10.0.2.10)" + before},
      {Found({7, "eth0", true, false}), Fresh(), "LINK_DOWN",
       "interface eth0 has no carrier: its cable, peer or driver is down; db.internal (10.0.2.10) "
       "is reached by " +
           std::string(kEntryText)},
      {Refused(RouteType::kBlackhole), Fresh(), "BLACKHOLE",
       "route blackhole 10.0.2.0/24 of this host refuses db.internal (10.0.2.10)"},
      {Refused(RouteType::kUnreachable), After(well), "BLACKHOLE",
       "route unreachable 10.0.2.0/24 of this host refuses db.internal (10.0.2.10)" + before},
      {Refused(RouteType::kProhibit, false), Fresh(), "BLACKHOLE",
       "a rule: prohibit everything (ip rule) of this host refuses db.internal (10.0.2.10)"},
  };
  for (const Row& row : table) {
    const Observation seen = JudgeRoute(row.found, row.context);
    EXPECT_EQ(seen.detail, row.detail);
    EXPECT_EQ(seen.reason, row.reason) << row.detail;
    EXPECT_EQ(seen.state, *row.reason == '\0' ? State::kOk : State::kCritical) << row.detail;
  }
}

TEST(RouteJudgeTest, ADefaultRouteAndAnAddressOfThisHostAreNamedSo) {
  RouteFound found = Found();
  found.entry->prefix_length = 0;
  EXPECT_EQ(FormatRoute(found), "default via 10.0.1.1 dev eth0 src 10.0.1.10");
  found.entry->type = RouteType::kLocal;
  EXPECT_EQ(JudgeRoute(found, Fresh()).detail,
            "db.internal (10.0.2.10) is an address of this host");
}

TEST(RouteJudgeTest, ALinkOfWhichNothingIsKnownIsNotBlamed) {
  EXPECT_EQ(JudgeRoute(Found(Link{}), Fresh()).state, State::kOk);
}

std::optional<std::string> Change(const RouteMessage& change) {
  return DescribeChange(change, Ip("10.0.2.10"), 7,
                        [](int index) { return "eth" + std::to_string(index - 7); });
}

RouteMessage RouteChange(RouteMessageKind kind, Route route) {
  RouteMessage change;
  change.kind = kind;
  change.route = std::move(route);
  return change;
}

TEST(RouteJudgeTest, AChangeOfTheTargetsRouteIsToldInWords) {
  EXPECT_EQ(Change(RouteChange(RouteMessageKind::kRouteRemoved, Entry())),
            "route 10.0.2.0/24 via 10.0.1.1 dev eth0 was deleted");
  EXPECT_EQ(Change(RouteChange(RouteMessageKind::kRouteAdded, Entry(RouteType::kBlackhole))),
            "route blackhole 10.0.2.0/24 was added");
  RouteMessage rule;
  rule.kind = RouteMessageKind::kRuleChanged;
  EXPECT_EQ(Change(rule), "a routing rule was added or deleted");
}

TEST(RouteJudgeTest, ChangesOfOthersAreNoNews) {
  Route other = Entry();
  other.destination = Ip("10.0.3.0");
  EXPECT_EQ(Change(RouteChange(RouteMessageKind::kRouteRemoved, other)), std::nullopt);
  Route cached = Entry();
  cached.cached = true;
  EXPECT_EQ(Change(RouteChange(RouteMessageKind::kRouteAdded, cached)), std::nullopt);
  RouteMessage link;
  link.kind = RouteMessageKind::kLink;
  link.link = {8, "eth1", false, false};
  EXPECT_EQ(Change(link), std::nullopt);
}

TEST(RouteJudgeTest, AChangeOfTheLinkIsToldInWords) {
  RouteMessage change;
  change.kind = RouteMessageKind::kLink;
  for (const auto& [link, words] :
       {std::pair{Link{7, "eth0", false, false}, "interface eth0 was switched off"},
        {Link{7, "eth0", true, false}, "interface eth0 lost its carrier"},
        {Link{7, "eth0", true, true}, "interface eth0 came up"}}) {
    change.link = link;
    EXPECT_EQ(Change(change), words);
  }
  change.kind = RouteMessageKind::kLinkRemoved;
  EXPECT_EQ(Change(change), "interface eth0 was removed");
}

}  // namespace
}  // namespace faultline::checks
