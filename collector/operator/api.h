// The operator API: one handler a call, messages in and out, no HTTP in it. The calls, their
// filters and their answers are specified in proto/faultline/v1/operator.proto.
//
// Handlers are thread-safe. Those about incidents read the store and may take as long as a short
// SQLite read; the others only look at the newest picture. Errors: InvalidArgument (a filter, by
// name), NotFound, Unavailable (the store cannot be read).
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "collector/operator/params.h"
#include "collector/pipeline/picture.h"
#include "collector/store/store.h"
#include "common/clock.h"
#include "faultline/v1/operator.pb.h"

namespace faultline::operator_api {

// What the handlers read. Everything must outlive the calls.
struct Context {
  const pipeline::PictureSource& pictures;
  store::Store& store;
  const Clock& clock;
  WallTime started_at;
  std::string version;
};

// Takes no filters.
absl::StatusOr<v1::Status> GetStatus(const Context& context, const Params& params);

// Filters stack, env.
absl::StatusOr<v1::ListHostsResponse> ListHosts(const Context& context, const Params& params);

// Filters stack, env, host, kind, state (one or several, with commas).
absl::StatusOr<v1::ListChecksResponse> ListChecks(const Context& context, const Params& params);

// Filters stack, env, host, state (one or several). Firing first, then pending, then the rest.
absl::StatusOr<v1::ListAlertsResponse> ListAlerts(const Context& context, const Params& params);

// Filters stack with env, state, limit (1 to 1000, 100 without). Newest first.
absl::StatusOr<v1::ListIncidentsResponse> ListIncidents(const Context& context,
                                                        const Params& params);

// `id` as it was written by the caller. With the timeline, oldest first.
absl::StatusOr<v1::Incident> GetIncident(const Context& context, const std::string& id,
                                         const Params& params);

}  // namespace faultline::operator_api
