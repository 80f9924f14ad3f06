// The stack of the runbook as values: an app host that needs the database of a db host.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "collector/incidents/incident.h"
#include "collector/model/picture.h"
#include "collector/pipeline/picture.h"
#include "collector/rules/alert.h"

namespace faultline::fakes {

// 2026-11-22 03:14:07.412 UTC: when MySQL was stopped.
inline constexpr WallTime kStopped{1795317247'412'000'000};
inline const StackId kShop{"shop", "prod"};
inline const HostId kApp{kShop, "app-1"};
inline const HostId kDb{kShop, "db-1"};
inline const CheckId kMysqlUnit{"unit", "mysql.service", ""};
inline const CheckId kMysqlPort{"port", "10.0.2.10:3306", ""};

inline model::CheckPicture OkCheck(CheckId id, std::string subject) {
  model::CheckPicture check;
  check.id = std::move(id);
  check.subject = std::move(subject);
  check.state = State::kOk;
  check.since = kStopped - Span::Seconds(7 * 3600);
  check.observed = kStopped + Span::Seconds(40);
  return check;
}

inline model::HostPicture ShopHost(const HostId& id, std::string role, std::string address) {
  model::HostPicture host;
  host.identity = {id, std::move(role)};
  host.link = model::LinkState::kConnected;
  host.addresses = {std::move(address)};
  host.agent_version = "0.1.0";
  host.instance_id = id == kDb ? "i-0abc" : "i-0def";
  host.region = "us-east-1";
  host.boot_id = "b";
  host.spool_id = "s";
  host.link_since = kStopped - Span::Seconds(86400);
  host.last_heard = kStopped + Span::Seconds(41);
  host.clock_offset = Span::Millis(3);
  host.clock_uncertainty = Span::Millis(1);
  return host;
}

inline model::HostPicture AppHost() {
  model::HostPicture host = ShopHost(kApp, "app", "10.0.1.20");
  for (const char* unit : {"nginx.service", "flask-app.service"}) {
    model::CheckPicture check = OkCheck({"unit", unit, ""}, "site");
    host.checks[check.id] = check;
  }
  model::CheckPicture port = OkCheck(kMysqlPort, "database");
  port.remote_address = "10.0.2.10";
  port.remote_port = 3306;
  port.interval = Span::Millis(500);
  port.gauges = {{"probe_duration_seconds", 0.00041}};
  host.checks[port.id] = port;
  model::CheckPicture certificate =
      OkCheck({"certificate", "/etc/letsencrypt/live/app/fullchain.pem", ""}, "certificate");
  certificate.gauges = {{"not_after_timestamp_seconds", 1800000000}};
  host.checks[certificate.id] = certificate;
  return host;
}

inline model::HostPicture DbHost() {
  model::HostPicture host = ShopHost(kDb, "db", "10.0.2.10");
  for (const CheckId& id : {kMysqlUnit, CheckId{"listener", "3306", ""}}) {
    host.checks[id] = OkCheck(id, "database");
  }
  host.checks[kMysqlUnit].unit = "mariadb.service";
  return host;
}

inline model::HostPicture StoppedDbHost() {
  model::HostPicture host = DbHost();
  model::CheckPicture& unit = host.checks[kMysqlUnit];
  unit.state = State::kCritical;
  unit.reason = "UNIT_INACTIVE";
  unit.detail = "mysql.service was stopped by a systemctl request; it did not crash";
  unit.evidence = {{"systemd stop job, no start queued", kStopped},
                   {"ubuntu ran \"systemctl stop mysql\"", kStopped}};
  unit.since = kStopped;
  unit.last_seq = 17;
  model::CheckPicture& listener = host.checks[CheckId{"listener", "3306", ""}];
  listener.state = State::kCritical;
  listener.reason = "NOT_LISTENING";
  listener.detail = "nothing listens on 3306";
  listener.since = kStopped + Span::Millis(2);
  return host;
}

inline rules::Alert ServiceDown() {
  rules::Alert alert;
  alert.id = "shop/prod/db-1/unit:mysql.service/ServiceDown";
  alert.rule = "ServiceDown";
  alert.host = kDb;
  alert.check = kMysqlUnit;
  alert.subject = "database";
  alert.severity = rules::Severity::kCritical;
  alert.state = rules::AlertState::kFiring;
  alert.reason = "UNIT_INACTIVE";
  alert.since = kStopped;
  alert.received = kStopped + Span::Millis(5);
  alert.fired_at = kStopped + Span::Millis(6);
  alert.incident = 42;
  return alert;
}

inline incidents::Incident DatabaseDown() {
  incidents::Incident incident;
  incident.id = 42;
  incident.dedup_key = "shop-prod/database/s-1-17";
  incident.stack = kShop;
  incident.subject = "database";
  incident.severity = rules::Severity::kCritical;
  incident.lead_alert = ServiceDown().id;
  incident.host = "db-1";
  incident.reason = "UNIT_INACTIVE";
  incident.title =
      "CRITICAL shop-prod: database down. mysql.service on db-1 was stopped by a systemctl "
      "request; it did not crash.";
  incident.text = incident.title +
                  "\nSince: 2026-11-22 03:14:07.412 UTC (04:14 Berlin)"
                  "\nImpact: app-1 cannot connect to 10.0.2.10:3306 (refused)"
                  "\ndb-1: systemd stop job, no start queued; nothing listens on 3306"
                  "\nDo: aws ssm start-session --target i-0abc --region us-east-1"
                  "\n    sudo systemctl start mysql"
                  "\nIncident 42: http://127.0.0.1:7480/incidents/42";
  incident.evidence = {{"db-1", kStopped, "systemd stop job, no start queued"},
                       {"db-1", kStopped + Span::Millis(2), "nothing listens on 3306"}};
  incident.since = kStopped;
  incident.opened_at = kStopped + Span::Millis(6);
  incident.opened_mono = MonoTime{987654321};
  incident.alerts = {ServiceDown()};
  return incident;
}

inline std::vector<incidents::TimelineEntry> DatabaseTimeline() {
  incidents::TimelineEntry transition;
  transition.incident = 42;
  transition.at = kStopped;
  transition.recorded = kStopped + Span::Millis(5);
  transition.kind = incidents::TimelineKind::kTransition;
  transition.host = "db-1";
  transition.check = "unit:mysql.service";
  transition.state = State::kCritical;
  transition.reason = "UNIT_INACTIVE";
  transition.text = "unit:mysql.service on db-1 is CRITICAL (UNIT_INACTIVE)";
  incidents::TimelineEntry opened = transition;
  opened.kind = incidents::TimelineKind::kOpened;
  opened.at = kStopped + Span::Millis(6);
  opened.recorded = opened.at;
  opened.text = "Incident opened";
  return {transition, opened};
}

inline pipeline::Picture PictureOf(std::vector<model::HostPicture> hosts) {
  pipeline::Picture picture;
  picture.version = 1;
  picture.taken = kStopped + Span::Seconds(41);
  for (model::HostPicture& host : hosts) {
    const HostId id = host.identity.id;
    picture.hosts[id] = std::make_shared<const model::HostPicture>(std::move(host));
  }
  return picture;
}

inline pipeline::Picture AllWell() { return PictureOf({AppHost(), DbHost()}); }

inline pipeline::Picture DatabaseStopped() {
  pipeline::Picture picture = PictureOf({AppHost(), StoppedDbHost()});
  picture.version = 2;
  picture.alerts = std::make_shared<const pipeline::AlertList>(
      pipeline::AlertList{std::make_shared<const rules::Alert>(ServiceDown())});
  picture.open_incidents = {std::make_shared<const incidents::Incident>(DatabaseDown())};
  return picture;
}

}  // namespace faultline::fakes
