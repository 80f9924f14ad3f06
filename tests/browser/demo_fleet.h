// Two stacks in every condition that the page shows, with times that fit the present.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/fakes/readable_store.h"
#include "tests/fakes/shop_stack.h"

namespace faultline::browser {

// Everything of `fakes` happened at kStopped; this moves it to `stopped`.
inline WallTime Moved(WallTime time, WallTime stopped) {
  return time.ns == 0 ? time : stopped + (time - fakes::kStopped);
}

inline model::HostPicture Moved(model::HostPicture host, WallTime stopped) {
  host.link_since = Moved(host.link_since, stopped);
  host.last_heard = Moved(host.last_heard, stopped);
  for (auto& [id, check] : host.checks) {
    check.since = Moved(check.since, stopped);
    check.observed = Moved(check.observed, stopped);
    for (model::Fact& fact : check.evidence) fact.at = Moved(fact.at, stopped);
  }
  return host;
}

inline incidents::Incident Moved(incidents::Incident incident, WallTime stopped) {
  incident.since = Moved(incident.since, stopped);
  incident.opened_at = Moved(incident.opened_at, stopped);
  incident.resolved_at = Moved(incident.resolved_at, stopped);
  const std::string then = FormatForPeople(fakes::kStopped) + " (04:14 Berlin)";
  const size_t at = incident.text.find(then);
  if (at != std::string::npos) {
    incident.text.replace(at, then.size(), FormatForPeople(incident.since));
  }
  for (auto& line : incident.evidence) line.at = Moved(line.at, stopped);
  for (auto& alert : incident.alerts) {
    alert.since = Moved(alert.since, stopped);
    alert.fired_at = Moved(alert.fired_at, stopped);
  }
  return incident;
}

inline model::HostPicture StagingHost() {
  const StackId staging{"shop", "staging"};
  model::HostPicture host = fakes::AppHost();
  host.identity = {{staging, "staging-1"}, "app"};
  host.addresses = {"10.1.1.20", "2001:db8::14"};
  host.clock_offset = Span::Millis(-2300);
  model::CheckPicture& nginx = host.checks[CheckId{"unit", "nginx.service", ""}];
  nginx.state = State::kCritical;
  nginx.reason = "UNIT_RESTARTING";
  nginx.detail = "nginx.service is being restarted";
  nginx.since = fakes::kStopped + Span::Seconds(30);
  model::CheckPicture& flask = host.checks[CheckId{"unit", "flask-app.service", ""}];
  flask.state = State::kUnknown;
  flask.reason = "NO_SYSTEMD";
  flask.detail = "the system bus cannot be reached: No such file or directory";
  model::CheckPicture& certificate =
      host.checks[CheckId{"certificate", "/etc/letsencrypt/live/app/fullchain.pem", ""}];
  certificate.state = State::kWarning;
  certificate.reason = "EXPIRES_SOON";
  certificate.detail = "expires in 12 days; it was to be renewed 18 days ago";
  certificate.since = fakes::kStopped - Span::Seconds(7200);
  return host;
}

inline model::HostPicture SilentHost() {
  model::HostPicture host = fakes::DbHost();
  host.identity = {{StackId{"shop", "staging"}, "staging-db-1"}, "db"};
  host.addresses = {"10.1.2.10"};
  host.link = model::LinkState::kSilent;
  host.last_heard = fakes::kStopped - Span::Seconds(95);
  return host;
}

// Text as nobody hopes to see it: none of it may become markup or run.
inline model::HostPicture HostileHost() {
  const std::string evil = "<img src=x onerror=\"document.title='pwned'\"><script>document.title="
                           "'pwned'</script>";
  model::HostPicture host = fakes::DbHost();
  host.identity = {{StackId{"shop", "prod"}, "evil-1"}, evil};
  host.addresses = {evil};
  model::CheckPicture check = fakes::OkCheck({"port", evil, ""}, evil);
  check.state = State::kWarning;
  check.reason = "SCRIPT_SEEN";
  check.detail = evil + std::string(700, 'W');
  check.evidence = {{evil, fakes::kStopped}};
  check.gauges = {{evil, 1}, {"probe_duration_seconds", 0.25}};
  host.checks = {{check.id, check}};
  return host;
}

inline pipeline::Picture Fleet(bool stopped, bool hostile, WallTime at) {
  pipeline::Picture picture;
  std::vector<model::HostPicture> hosts = {
      fakes::AppHost(), stopped ? fakes::StoppedDbHost() : fakes::DbHost(), StagingHost(),
      SilentHost()};
  if (hostile) hosts.push_back(HostileHost());
  for (model::HostPicture& host : hosts) host = Moved(std::move(host), at);
  picture = fakes::PictureOf(std::move(hosts));
  rules::Alert pending = fakes::ServiceDown();
  pending.id = "shop-staging/staging-1/unit:nginx.service/ServiceDown";
  pending.host = {StackId{"shop", "staging"}, "staging-1"};
  pending.check = {"unit", "nginx.service", ""};
  pending.state = rules::AlertState::kPending;
  pending.decision = rules::Decision::kWaitingForGrace;
  pending.incident = 0;
  picture.alerts = {std::make_shared<const rules::Alert>(pending)};
  if (stopped) {
    picture.alerts.push_back(std::make_shared<const rules::Alert>(fakes::ServiceDown()));
    picture.open_incidents = {
        std::make_shared<const incidents::Incident>(Moved(fakes::DatabaseDown(), at))};
  }
  return picture;
}

// Incident 42 open or resolved, and some history.
inline void FillStore(bool stopped, WallTime at, fakes::ReadableStore* store) {
  incidents::Incident database = Moved(fakes::DatabaseDown(), at);
  std::vector<incidents::TimelineEntry> timeline = fakes::DatabaseTimeline();
  for (auto& entry : timeline) {
    entry.at = Moved(entry.at, at);
    entry.recorded = Moved(entry.recorded, at);
  }
  incidents::TimelineEntry late = timeline[0];
  late.kind = incidents::TimelineKind::kLateTransition;
  late.host = "app-1";
  late.check = "port:10.0.2.10:3306";
  late.reason = "REFUSED";
  late.text = "10.0.2.10:3306 refuses connections";
  late.recorded = at + Span::Seconds(61);
  late.late = true;
  timeline.push_back(late);
  incidents::TimelineEntry notified = timeline[1];
  notified.kind = incidents::TimelineKind::kNotified;
  notified.check = "";
  notified.reason = "";
  notified.state = State::kUnspecified;
  notified.text = "pager took version 1 (opened)";
  timeline.push_back(notified);
  if (!stopped) {
    database.state = incidents::IncidentState::kResolved;
    database.resolved_at = at + Span::Seconds(312);
  }
  store->Put(database);
  store->PutTimeline(42, timeline);
  for (uint64_t id = 38; id <= 41; ++id) {
    incidents::Incident old = Moved(fakes::DatabaseDown(), at - Span::Seconds(40'000 * (42 - id)));
    old.id = id;
    old.state = incidents::IncidentState::kResolved;
    old.resolved_at = old.since + Span::Seconds(static_cast<int64_t>(17 * id - 600));
    if (id % 2 == 0) {
      old.severity = rules::Severity::kWarning;
      old.subject = "certificate";
      old.title = "WARNING shop-prod: certificate expires soon. 12 days are left on app-1.";
    }
    store->Put(old);
  }
}

}  // namespace faultline::browser
