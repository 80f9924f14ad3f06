// What the collector knows, kept up to date by its live feed. Pure.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "cli/settings.h"
#include "common/clock.h"
#include "faultline/v1/operator.pb.h"

namespace faultline::cli {

// Everything that the collector knew at one moment.
struct Snapshot {
  v1::Status status;
  v1::ListHostsResponse hosts;
  v1::ListChecksResponse checks;
  v1::ListAlertsResponse alerts;
};

// Not thread-safe.
class LivePicture {
 public:
  // What lies beyond is dropped: a bound for memory, far above what a collector serves.
  static constexpr size_t kMaxEntries = 500'000;

  // Only what `filter` lets through is kept.
  explicit LivePicture(StackFilter filter) : filter_(std::move(filter)) {}

  // Takes over `snapshot`. Returns what it says that was not known: everything, the first time.
  std::vector<v1::LiveEvent> Replace(const Snapshot& snapshot);

  // Takes over one change. True when a person would want to hear of it: something began, ended or
  // changed its state or reason; false for a new measurement of the same.
  bool Apply(const v1::LiveEvent& event);

  // As GET /api/v1/status, counted from what is kept; `now` is the collector's clock.
  v1::Status ToStatus(WallTime now) const;

 private:
  bool IsStale(const v1::Check& check) const;
  void AddUnheard(WallTime now, v1::Status* status) const;
  bool ApplyHost(const v1::Host& host);
  bool ApplyCheck(const v1::Check& check);
  bool ApplyAlert(const v1::Alert& alert);
  bool ApplyIncident(const v1::Incident& incident);
  size_t Remove(const v1::LiveEvent& event);  // how many it took away

  StackFilter filter_;
  v1::Status base_;  // version and times
  std::map<std::string, v1::Host> hosts_;
  std::map<std::string, v1::Check> checks_;
  std::map<std::string, v1::Alert> alerts_;     // pending and firing
  std::map<uint64_t, v1::Incident> incidents_;  // open
};

// "shop-prod/db-1".
std::string HostPath(const v1::StackRef& stack, const std::string& host);

}  // namespace faultline::cli
