// Reading: rows back into values. Every function runs within the caller's own connection.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "collector/store/sqlite.h"
#include "collector/store/store.h"

namespace faultline::store {

// `resolved_after`: resolved incidents older than this are left out.
absl::StatusOr<Loaded> ReadLoaded(Connection& reader, WallTime resolved_after);

absl::StatusOr<std::vector<incidents::Incident>> ReadIncidents(Connection& reader,
                                                               const IncidentFilter& filter);

// Version 0: as it is now; N: as notification N froze it. NotFound when it is not there.
absl::StatusOr<incidents::Incident> ReadIncident(Connection& reader, uint64_t id, uint32_t version);

absl::StatusOr<std::vector<incidents::TimelineEntry>> ReadTimeline(Connection& reader,
                                                                   uint64_t incident);

}  // namespace faultline::store
