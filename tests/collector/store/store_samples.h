// Values with every field set, and a store opened for a test.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <utility>

#include "collector/store/sqlite.h"
#include "collector/store/store.h"
#include "common/clock.h"
#include "tests/fakes/temp_directory.h"

namespace faultline::store {

constexpr auto kDeadline = std::chrono::seconds(20);

inline WallTime At(int64_t seconds) { return {seconds * 1'000'000'000}; }

inline HostId Db1() { return {{"shop", "prod"}, "db-1"}; }

inline rules::Alert SampleAlert(const std::string& check = "mysql.service") {
  rules::Alert alert;
  alert.id = "shop-prod/db-1/unit:" + check + "/ServiceDown";
  alert.rule = "ServiceDown";
  alert.host = Db1();
  alert.check = {"unit", check, "a"};
  alert.subject = "database";
  alert.severity = rules::Severity::kWarning;
  alert.state = rules::AlertState::kFiring;
  alert.reason = "UNIT_STOPPING";
  alert.detail = check + " is being stopped";
  alert.decision = rules::Decision::kGraceOver;
  alert.since = At(1);
  alert.received = At(2);
  alert.fired_at = At(3);
  alert.resolved_at = At(4);
  alert.deadline = At(5);
  alert.late = true;
  alert.incident = 42;
  alert.transition = {"spool-a", 7, 0xffff'ffff'ffff'fff0};
  return alert;
}

inline incidents::Incident SampleIncident(uint64_t id = 42) {
  incidents::Incident incident;
  incident.id = id;
  incident.dedup_key = "shop-prod/database/spool-a/7/" + std::to_string(id);
  incident.stack = {"shop", "prod"};
  incident.subject = "database";
  incident.severity = rules::Severity::kCritical;
  incident.lead_alert = SampleAlert().id;
  incident.host = "db-1";
  incident.reason = "UNIT_STOPPING";
  incident.title = "CRITICAL shop-prod: database down.";
  incident.text = incident.title + "\nSince: \xE2\x80\xA6 'quoted' \"text\"";
  incident.evidence = {{"db-1", At(1), "systemd stop job 4711"}, {"app-1", At(2), "refused"}};
  incident.since = At(1);
  incident.opened_at = At(3);
  incident.opened_mono = {99};
  incident.late = true;
  incident.notifications = 3;
  incident.alerts = {SampleAlert(), SampleAlert("mariadb.service")};
  return incident;
}

inline incidents::Notification SampleNotification(uint64_t incident, uint32_t version) {
  incidents::Notification notification;
  notification.event =
      version == 1 ? incidents::NotificationEvent::kOpened : incidents::NotificationEvent::kUpdated;
  notification.version = version;
  notification.incident = SampleIncident(incident);
  notification.incident.title = "as of version " + std::to_string(version);
  notification.decided_at = At(1000 + version);
  return notification;
}

inline StoredTransition SampleTransition(uint64_t seq) {
  StoredTransition transition;
  transition.host = Db1();
  transition.spool_id = "spool-a";
  transition.start_number = 7;
  transition.seq = seq;
  transition.check = {"unit", "mysql.service", ""};
  transition.state = State::kCritical;
  transition.reason = "UNIT_INACTIVE";
  transition.at = transition.host_time = transition.received = At(static_cast<int64_t>(seq));
  return transition;
}

inline std::unique_ptr<Store> MustOpen(SqliteOptions options) {
  static const SystemClock clock;
  auto opened = OpenSqliteStore(options, clock);
  EXPECT_TRUE(opened.ok()) << opened.status();
  return opened.ok() ? *std::move(opened) : nullptr;
}

// Submits and waits until it is durable. False when that did not happen in time.
inline bool CommitAndWait(Store& store, Commit commit) {
  auto done = std::make_shared<std::promise<void>>();
  std::future<void> durable = done->get_future();
  store.Submit(std::move(commit), [done] { done->set_value(); });
  return durable.wait_for(kDeadline) == std::future_status::ready;
}

// What another program would see in the file.
inline int64_t CountRows(const std::string& path, const std::string& from) {
  auto reader = Connection::Open(path, Access::kReader);
  if (!reader.ok()) return -1;
  return (*reader)->QueryInt("SELECT count(*) FROM " + from).value_or(-1);
}

class StoreTest : public testing::Test {
 protected:
  SqliteOptions Options(std::vector<std::string> channels = {"pager"}) const {
    return {directory_ / "faultline.db", std::move(channels)};
  }
  fakes::TempDirectory directory_;
};

}  // namespace faultline::store
