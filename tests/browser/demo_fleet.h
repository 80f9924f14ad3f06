// Stacks in every condition that the page shows, with times that fit the present.
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
  const std::string evil =
      "<img src=x onerror=\"document.title='pwned'\"><script>document.title="
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

// The details that agents give of what is well.
inline void SayWhatIsWell(model::HostPicture* host) {
  const std::map<std::string, std::string> words = {
      {"unit", " is active"}, {"port", " answers"}, {"listener", " is listened on"}};
  for (auto& [id, check] : host->checks) {
    if (check.state != State::kOk || !check.detail.empty()) continue;
    const auto found = words.find(id.kind);
    check.detail = found == words.end() ? "expires in 52 days" : id.target + found->second;
  }
}

// A fleet of app hosts; on one of them nginx is down without an incident.
inline std::vector<model::HostPicture> ManyHosts(int count) {
  std::vector<model::HostPicture> hosts;
  for (int i = 0; i < count; ++i) {
    model::HostPicture host = fakes::AppHost();
    host.identity = {{StackId{"shop", "prod"}, "app-" + std::to_string(i + 2)}, "app"};
    host.addresses = {"10.0.1." + std::to_string(i + 21)};
    if (i == 11) {
      model::CheckPicture& nginx = host.checks[CheckId{"unit", "nginx.service", ""}];
      nginx.state = State::kCritical;
      nginx.reason = "UNIT_FAILED";
      nginx.detail = "nginx.service failed: exit code 1";
      nginx.since = fakes::kStopped;
    }
    hosts.push_back(std::move(host));
  }
  return hosts;
}

inline rules::Alert RestartingNginx() {
  rules::Alert pending = fakes::ServiceDown();
  pending.id = "shop-staging/staging-1/unit:nginx.service/ServiceDown";
  pending.host = {StackId{"shop", "staging"}, "staging-1"};
  pending.check = {"unit", "nginx.service", ""};
  pending.state = rules::AlertState::kPending;
  pending.decision = rules::Decision::kWaitingForGrace;
  pending.incident = 0;
  return pending;
}

// `mode`: empty, well, stopped (the database, with its incident), mixed (other trouble, and no
// incident), all (stopped and mixed), many (20 hosts), hostile.
inline pipeline::Picture Fleet(const std::string& mode, WallTime at) {
  if (mode == "empty") return {};
  const bool stopped = mode == "stopped" || mode == "all" || mode == "hostile";
  const bool mixed = mode == "mixed" || mode == "all" || mode == "hostile";
  std::vector<model::HostPicture> hosts = {fakes::AppHost(),
                                           stopped ? fakes::StoppedDbHost() : fakes::DbHost()};
  if (mixed) {
    hosts.push_back(StagingHost());
    hosts.push_back(SilentHost());
  }
  if (mode == "hostile") hosts.push_back(HostileHost());
  if (mode == "many") {
    for (model::HostPicture& host : ManyHosts(18)) hosts.push_back(std::move(host));
  }
  for (model::HostPicture& host : hosts) {
    SayWhatIsWell(&host);
    host = Moved(std::move(host), at);
  }
  pipeline::Picture picture = fakes::PictureOf(std::move(hosts));
  pipeline::AlertList alerts;
  if (mixed) alerts.push_back(std::make_shared<const rules::Alert>(RestartingNginx()));
  if (stopped) {
    alerts.push_back(std::make_shared<const rules::Alert>(fakes::ServiceDown()));
    picture.open_incidents = {
        std::make_shared<const incidents::Incident>(Moved(fakes::DatabaseDown(), at))};
  }
  picture.alerts = std::make_shared<const pipeline::AlertList>(std::move(alerts));
  return picture;
}

// As the collector words it once it is over.
inline incidents::Incident Resolved(incidents::Incident incident, Span after) {
  incident.state = incidents::IncidentState::kResolved;
  incident.resolved_at = incident.since + after;
  incident.title =
      "RESOLVED shop-prod: " + incident.subject + " is well again after " + FormatSpan(after) + ".";
  const std::string was = incident.subject == "certificate"
                              ? "the certificate of app.example.com was to expire in 13 days"
                              : "mysql.service on db-1 was stopped";
  incident.text = incident.title + "\nSince: " + FormatForPeople(incident.since) +
                  "\nUntil: " + FormatForPeople(incident.resolved_at) + "\nWas: " + was +
                  "\nIncident " + std::to_string(incident.id);
  return incident;
}

inline std::vector<incidents::TimelineEntry> DemoTimeline(WallTime at) {
  std::vector<incidents::TimelineEntry> timeline = fakes::DatabaseTimeline();
  for (auto& entry : timeline) {
    entry.at = Moved(entry.at, at);
    entry.recorded = Moved(entry.recorded, at);
  }
  incidents::TimelineEntry late = timeline[0];
  late.kind = incidents::TimelineKind::kLateTransition;
  late.at = at + Span::Millis(1);
  late.host = "app-1";
  late.check = "port:10.0.2.10:3306";
  late.reason = "REFUSED";
  late.text = "10.0.2.10:3306 refuses connections";
  late.recorded = at + Span::Seconds(61);
  late.late = true;
  timeline.insert(timeline.begin() + 1, late);
  incidents::TimelineEntry notified = timeline.back();
  notified.kind = incidents::TimelineKind::kNotified;
  notified.at = at + Span::Millis(31);
  notified.host = "";
  notified.check = "";
  notified.reason = "";
  notified.state = State::kUnspecified;
  notified.text = "pager took version 1 (opened)";
  timeline.push_back(notified);
  return timeline;
}

// Incident 42 open or resolved, and some history.
inline void FillStore(bool stopped, WallTime at, fakes::ReadableStore* store) {
  const incidents::Incident database = Moved(fakes::DatabaseDown(), at);
  store->Put(stopped ? database : Resolved(database, Span::Seconds(12)));
  store->PutTimeline(42, DemoTimeline(at));
  for (uint64_t id = 38; id <= 41; ++id) {
    incidents::Incident old = Moved(fakes::DatabaseDown(), at - Span::Seconds(40'000 * (42 - id)));
    old.id = id;
    if (id % 2 == 0) {
      old.severity = rules::Severity::kWarning;
      old.subject = "certificate";
    }
    store->Put(Resolved(old, Span::Seconds(static_cast<int64_t>(17 * id - 600))));
  }
}

}  // namespace faultline::browser
