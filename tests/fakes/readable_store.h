// A Store of which only the readers of incidents do something: they give what the test put there.
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "collector/store/store.h"
#include "common/mutex.h"

namespace faultline::fakes {

class ReadableStore : public store::Store {
 public:
  void Put(incidents::Incident incident) {
    MutexLock lock(mutex_);
    incidents_[incident.id] = std::move(incident);
  }
  void PutTimeline(uint64_t incident, std::vector<incidents::TimelineEntry> timeline) {
    MutexLock lock(mutex_);
    timelines_[incident] = std::move(timeline);
  }
  // Every read fails with this from now on; OK ends that.
  void Fail(absl::Status status) {
    MutexLock lock(mutex_);
    failure_ = std::move(status);
  }

  absl::StatusOr<std::vector<incidents::Incident>> ListIncidents(
      const store::IncidentFilter& filter) override {
    MutexLock lock(mutex_);
    if (!failure_.ok()) return failure_;
    std::vector<incidents::Incident> found;
    for (auto entry = incidents_.rbegin(); entry != incidents_.rend(); ++entry) {
      const incidents::Incident& incident = entry->second;
      if (filter.state && *filter.state != incident.state) continue;
      if (!filter.stack.empty() && filter.stack != incident.stack.stack) continue;
      if (!filter.env.empty() && filter.env != incident.stack.env) continue;
      if (found.size() < filter.limit) found.push_back(incident);
    }
    return found;
  }
  absl::StatusOr<incidents::Incident> GetIncident(uint64_t id) override {
    MutexLock lock(mutex_);
    if (!failure_.ok()) return failure_;
    const auto found = incidents_.find(id);
    if (found == incidents_.end()) return absl::NotFoundError("no such incident");
    return found->second;
  }
  absl::StatusOr<std::vector<incidents::TimelineEntry>> Timeline(uint64_t incident) override {
    MutexLock lock(mutex_);
    if (!failure_.ok()) return failure_;
    const auto found = timelines_.find(incident);
    if (found == timelines_.end()) return std::vector<incidents::TimelineEntry>();
    return found->second;
  }

  absl::StatusOr<store::Loaded> Load() override { return store::Loaded(); }
  void Submit(store::Commit, std::function<void()> done) override { done(); }
  WallTime failing_since() const override { return {}; }
  std::string last_error() const override { return ""; }
  store::StoreHealth Health() const override { return {}; }
  void ConfirmClock(WallTime, MonoTime) override {}
  absl::StatusOr<std::vector<store::Waiting>> Window(
      const std::string&, const std::function<bool(const store::Waiting&)>&) override {
    return std::vector<store::Waiting>();
  }
  absl::StatusOr<store::OutboxTally> Tally(const std::string&) override {
    return store::OutboxTally();
  }
  absl::StatusOr<uint64_t> Untold(const std::string&, const std::string&) override { return 0; }
  absl::StatusOr<store::ToldNote> Told(const std::string&, uint64_t) override {
    return store::ToldNote();
  }
  absl::StatusOr<std::vector<store::ToldNote>> ToldBefore(const std::string&, WallTime,
                                                          size_t) override {
    return std::vector<store::ToldNote>();
  }
  absl::StatusOr<incidents::Incident> Frozen(uint64_t id, uint32_t) override {
    return GetIncident(id);
  }
  void Mark(store::OutboxMark, std::function<void()> done) override {
    if (done) done();
  }
  void SetChannels(std::vector<std::string>) override {}
  void set_outbox_listener(std::function<void()>) override {}

 private:
  Mutex mutex_;
  std::map<uint64_t, incidents::Incident> incidents_;
  std::map<uint64_t, std::vector<incidents::TimelineEntry>> timelines_;
  absl::Status failure_;
};

}  // namespace faultline::fakes
