// The check `route`: its declaration, and the watcher that looks up the route at each change.
#include <algorithm>
#include <deque>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "agent/checks/check.h"
#include "agent/checks/registry.h"
#include "agent/checks/route_judge.h"
#include "agent/checks/stamp.h"
#include "agent/checks/target_address.h"
#include "agent/host/route_lookup.h"
#include "common/host_name.h"

namespace faultline::checks {

const CheckKind& RouteCheckKind();

namespace {

// One command often makes several changes: look when it is done.
constexpr Span kRouteDebounce = Span::Millis(5);
// A storm of changes (a routing daemon at its start) does not become a storm of look-ups.
constexpr Span kMinSpacing = Span::Millis(50);
// Where changes cannot be watched.
constexpr Span kUnwatchedRoutes = Span::Seconds(5);

class RouteCheck : public Check {
 public:
  RouteCheck(const config::CheckConfig& check, const CheckContext& context)
      : context_(context),
        interval_(IntervalOf(check, RouteCheckKind())),
        target_(
            context.loop, check.id.target, [this](const host::IpAddress& address) { Aim(address); },
            [this] { Look(); }) {
    words_.target = check.id.target;
  }

  void Start() override {
    auto watch = host::WatchRoutes(context_.loop,
                                   [this](const host::RouteMessage* change) { OnChange(change); });
    if (watch.ok()) watch_ = *std::move(watch);
    target_.Start();
  }

  void LookNow(std::function<void()> done) override {
    Look();
    done();
  }

 private:
  void Aim(const host::IpAddress& address) {
    words_ = RouteContext{.target = words_.target, .address = address.ToString()};
    facts_.clear();
    context_.sink.Resolved(words_.address, 0);
    soon_ = context_.loop.After(Span{}, [this] { Look(); });
  }

  void OnChange(const host::RouteMessage* change) {
    if (target_.address().family == AF_UNSPEC) return;
    // The kernel tells of a link more often than it changes.
    if (change != nullptr && change->kind == host::RouteMessageKind::kLink &&
        change->link == words_.last_link) {
      return;
    }
    if (change != nullptr) {
      std::optional<std::string> text =
          DescribeChange(*change, target_.address(), words_.last_link.index,
                         [this](int index) { return NameOf(index); });
      if (!text.has_value() && !RemovesFromOurLink(*change)) return;
      if (text.has_value()) Remember(*std::move(text));
    }
    if (soon_ != nullptr) return;
    const Span rest = last_look_ + kMinSpacing - context_.clock.Mono();
    soon_ = context_.loop.After(std::max(kRouteDebounce, rest), [this] { Look(); });
  }

  // With the last address of an interface all of its routes go, and the kernel tells of one.
  bool RemovesFromOurLink(const host::RouteMessage& change) const {
    return change.kind == host::RouteMessageKind::kRouteRemoved &&
           std::any_of(change.route.hops.begin(), change.route.hops.end(),
                       [this](const host::NextHop& hop) {
                         return hop.interface == words_.last_link.index;
                       });
  }

  void Remember(std::string fact) {
    if (!facts_.empty() && facts_.back().text == fact) return;
    facts_.push_back({std::move(fact), context_.clock.Now()});
    if (facts_.size() > kMaxEvidence) facts_.pop_front();
  }

  std::string NameOf(int index) const {
    if (index == words_.last_link.index && !words_.last_link_name.empty()) {
      return words_.last_link_name;
    }
    const absl::StatusOr<host::Link> link = host::LookUpLink(index);
    return link.ok() ? link->name : absl::StrCat("number ", index);
  }

  void Look() {
    soon_.reset();
    last_look_ = context_.clock.Mono();
    next_ = context_.loop.After(
        watch_ == nullptr ? std::min(interval_, kUnwatchedRoutes) : interval_, [this] { Look(); });
    if (target_.address().family == AF_UNSPEC) {
      return Report(CouldNotLook(target_.failure().has_value() ? "DNS_FAILED" : "RESOLVING",
                                 target_.failure().value_or("still resolving " + words_.target)));
    }
    const absl::StatusOr<host::RouteFound> found = host::LookUpRoute(target_.address());
    if (!found.ok()) {
      return Report(CouldNotLook(
          "CANNOT_LIST", absl::StrCat(std::string(found.status().message()),
                                      "; the agent needs AF_NETLINK (RestrictAddressFamilies=)")));
    }
    RefreshLastLink();
    Observation seen = JudgeRoute(*found, words_);
    seen.evidence.assign(facts_.begin(), facts_.end());
    if (seen.state == State::kOk) {
      RememberGood(*found);
    } else if (!facts_.empty()) {
      seen.since = facts_.front().at;
    }
    Report(std::move(seen));
  }

  void RefreshLastLink() {
    if (words_.last_link.index == 0) return;
    const int index = words_.last_link.index;
    words_.last_link = host::LookUpLink(index).value_or(host::Link{});
    words_.last_link.index = index;
  }

  void RememberGood(const host::RouteFound& found) {
    words_.last_route = FormatRoute(found);
    words_.last_link = found.link;
    words_.last_link_name = found.link.name;
    facts_.clear();
  }

  void Report(Observation observation) {
    Stamp(context_.clock, &observation);
    context_.sink.Report(std::move(observation));
  }

  const CheckContext context_;
  const Span interval_;
  TargetAddress target_;
  RouteContext words_;
  std::deque<Fact> facts_;  // changes since the last look that was well
  MonoTime last_look_;
  std::unique_ptr<host::LoopSource> watch_;
  std::unique_ptr<host::LoopSource> soon_;
  std::unique_ptr<host::LoopSource> next_;
};

absl::Status ValidateRoute(const config::CheckConfig& check) {
  const std::string& host = check.id.target;
  if (host::ParseIpAddress(host).has_value() || IsHostName(host)) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("target: \"", host,
                   "\" is neither a host name nor an address; write db.internal, 10.0.2.10 or "
                   "2001:db8::10, without a port"));
}

CheckKind DeclareRoute() {
  CheckKind kind;
  kind.kind = "route";
  kind.help =
      "Whether this host's routing tables lead to a target, and over a link that is up. The kernel "
      "tells of each change at once; the route is looked up anew then and at the interval.";
  kind.target_help = "a host, by name or address, as in db.internal, 10.0.2.10 or 2001:db8::10";
  kind.rights = "None. It sees the routes of the agent's network namespace.";
  kind.default_interval = Span::Seconds(60);
  kind.min_interval = Span::Seconds(1);
  kind.reasons = {
      {"NO_ROUTE", "CRITICAL: no entry of the tables covers the target."},
      {"BLACKHOLE",
       "CRITICAL: a blackhole, unreachable or prohibit route (or rule) refuses it; the detail says "
       "which."},
      {"LINK_DOWN",
       "CRITICAL: the interface that leads there is gone, switched off or has no carrier."},
      {"DNS_FAILED", "UNKNOWN: the name does not resolve, so there is nothing to look up."},
      {"CANNOT_LIST", "UNKNOWN: the kernel does not tell this process about routes."},
      {"RESOLVING", "UNKNOWN: asked to look before the name was first resolved."}};
  kind.validate = &ValidateRoute;
  kind.make = [](const config::CheckConfig& check,
                 const CheckContext& context) -> std::unique_ptr<Check> {
    return std::make_unique<RouteCheck>(check, context);
  };
  return kind;
}

}  // namespace

const CheckKind& RouteCheckKind() {
  static const CheckKind kKind = DeclareRoute();
  return kKind;
}

}  // namespace faultline::checks
