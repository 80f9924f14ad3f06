// A notification with every field set.
#pragma once

#include <string>

#include "collector/incidents/incident.h"

namespace faultline::notify {

inline incidents::Notification SampleNotification(uint64_t incident = 42, uint32_t version = 1) {
  constexpr int64_t kMs = 1'000'000;
  rules::Alert alert;
  alert.id = "shop/prod/db-1/unit:mysql.service/ServiceDown";
  alert.rule = "ServiceDown";
  alert.host = {{"shop", "prod"}, "db-1"};
  alert.check = {"unit", "mysql.service", ""};
  alert.state = rules::AlertState::kFiring;
  alert.reason = "UNIT_STOPPING";

  incidents::Notification notification;
  notification.version = version;
  notification.event = version == 1 ? incidents::NotificationEvent::kOpened
                                    : incidents::NotificationEvent::kResolved;
  incidents::Incident& i = notification.incident;
  i.id = incident;
  i.dedup_key = "shop-prod/database/" + std::to_string(incident);
  i.stack = {"shop", "prod"};
  i.subject = "database";
  i.host = "db-1";
  i.reason = "UNIT_STOPPING";
  i.title = "CRITICAL shop-prod: database down. mysql.service on db-1 is being stopped.";
  i.text = i.title + "\nSince: 2026-11-22 03:14:07.412 UTC";
  i.evidence = {{"db-1", {1795317247412 * kMs}, "systemd stop job 4711, no start queued"}};
  i.since = {1795317247412 * kMs};
  i.opened_at = {1795317247420 * kMs};
  i.alerts = {alert};
  notification.decided_at = i.opened_at;
  return notification;
}

}  // namespace faultline::notify
