// The operator API: one handler a call, messages in and out, no HTTP in it. The calls, their
// filters and their answers are specified in proto/faultline/v1/operator.proto.
//
// Handlers are thread-safe. Those about incidents read the store and may take as long as a short
// SQLite read; the others only look at the newest picture. Errors: InvalidArgument (a filter, by
// name), NotFound (also a stack, env, host or kind in a filter that nothing here has), Unavailable
// (the store cannot be read).
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "collector/operator/channels.h"
#include "collector/operator/last_reload.h"
#include "collector/operator/params.h"
#include "collector/pipeline/host_forgetter.h"
#include "collector/pipeline/look_asker.h"
#include "collector/pipeline/picture.h"
#include "collector/security/joining.h"
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
  security::Joining* joining = nullptr;  // nullptr: the collector is not the authority itself
  pipeline::LookAsker* looks = nullptr;  // nullptr: nobody can be asked
  ChannelAccess* channels = nullptr;     // nullptr: there are none
  pipeline::HostForgetter* forgetter = nullptr;
  const ReloadNote* reload = nullptr;  // nullptr: its configuration never changes
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

// Both take stack and env, which may be missing where hosts of only one stack are known; NotFound
// and InvalidArgument name the stacks that there are. Neither waits for an agent.
absl::StatusOr<v1::LookResponse> AskToLook(const Context& context, const v1::LookRequest& request,
                                           const std::string& who);
// Filter since (RFC 3339): rows that were seen before it are stale.
absl::StatusOr<v1::Verification> Verify(const Context& context, const Params& params);

// About channels; these read the store. `who` is for the log; the caller has made sure that he may.
absl::StatusOr<v1::ListChannelsResponse> ListChannels(const Context& context, const Params& params);
absl::StatusOr<v1::ChannelTest> TestChannel(const Context& context,
                                            const v1::TestChannelRequest& request,
                                            const std::string& who);
// For a status, too.
void AddChannels(const Context& context,
                 google::protobuf::RepeatedPtrField<v1::ChannelStatus>* channels);

// About joining: FailedPrecondition where the collector is not the authority itself. These wait for
// the disk. `who` is for the log; the caller has made sure that he may.
absl::StatusOr<v1::ListTokensResponse> ListTokens(const Context& context, const Params& params);
absl::StatusOr<v1::CreateTokenResponse> CreateToken(const Context& context,
                                                    const v1::CreateTokenRequest& request,
                                                    const std::string& who);
absl::StatusOr<v1::Token> RevokeToken(const Context& context, const std::string& id,
                                      const std::string& who);
absl::StatusOr<v1::RevokeHostResponse> RevokeHost(const Context& context,
                                                  const v1::RevokeHostRequest& request,
                                                  const std::string& who);

// Of a host that is not connected: FailedPrecondition where it is, NotFound where nothing of it is
// in the picture. Waits for the pipeline, 5 s at most (Unavailable). Needs no authority.
absl::StatusOr<v1::ForgetHostResponse> ForgetHost(const Context& context,
                                                  const v1::ForgetHostRequest& request,
                                                  const std::string& who);

}  // namespace faultline::operator_api
