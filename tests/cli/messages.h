// Messages of the operator API for tests, written as their JSON.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "cli/client.h"
#include "faultline/v1/operator.pb.h"

namespace faultline::cli {

template <typename Message>
Message FromJson(const std::string& json) {
  Message message;
  const absl::Status parsed = ParseJson(json, &message);
  EXPECT_TRUE(parsed.ok()) << parsed;
  return message;
}

// The database of shop-prod is stopped; 03:14:17 on the collector's clock.
inline const std::string& BrokenStatusJson() {
  static const std::string& json = *new std::string(R"({
    "version": "0.1.0", "now": "2026-11-22T03:14:17.900Z", "started_at": "2026-11-20T03:00:00Z",
    "hosts_connected": 2, "hosts_silent": 0,
    "checks_ok": 7, "checks_critical": 1, "checks_unknown": 1,
    "alerts_pending": 1, "alerts_firing": 1,
    "open_incidents": [{
      "id": "42", "stack": {"stack": "shop", "env": "prod"}, "subject": "database",
      "severity": "critical", "state": "STATE_OPEN", "host": "db-1", "reason": "UNIT_INACTIVE",
      "title": "CRITICAL shop-prod: database down. mysql.service on db-1 was stopped.",
      "since": "2026-11-22T03:14:07.412Z", "opened_at": "2026-11-22T03:14:07.440Z"}],
    "troubled_checks": [
      {"stack": {"stack": "shop", "env": "prod"}, "host": "db-1", "id": "unit:mysql.service",
       "state": "STATE_CRITICAL", "reason": "UNIT_INACTIVE",
       "detail": "stopped by a systemctl request", "since": "2026-11-22T03:14:07.412Z"},
      {"stack": {"stack": "shop", "env": "prod"}, "host": "app-1", "id": "log:flask-app.service",
       "state": "STATE_UNKNOWN", "reason": "NO_JOURNAL", "since": "2026-11-22T01:00:00Z",
       "stale": true, "observed_at": "2026-11-22T03:10:00Z", "detail": "no journal here"}]
  })");
  return json;
}

// 2026-11-22 03:14:17.900 UTC
inline constexpr WallTime kNow{1'795'317'257'900'000'000};

inline const std::string& HostsJson() {
  static const std::string& json = *new std::string(R"({"hosts": [
    {"stack": {"stack": "shop", "env": "prod"}, "name": "app-1", "role": "app",
     "link": "LINK_CONNECTED", "addresses": ["10.0.1.10", "fe80::1"], "agent_version": "0.1.0",
     "link_since": "2026-11-22T03:00:00Z", "last_heard_at": "2026-11-22T03:14:17Z",
     "clock_offset_seconds": 0.0021, "clock_uncertainty_seconds": 0.0004,
     "worst": "STATE_OK", "checks": 5},
    {"stack": {"stack": "shop", "env": "staging"}, "name": "db-1", "role": "db",
     "link": "LINK_SILENT", "link_since": "2026-11-22T03:14:07Z",
     "worst": "STATE_CRITICAL", "checks": 4}]})");
  return json;
}

}  // namespace faultline::cli
