// One attempt to join, from the token to the certificate: the agent's, and that of
// `faultline-agent join`.
#pragma once

#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "agent/link/enrolment_client.h"
#include "agent/link/identity_store.h"
#include "agent/link/join_state.h"

namespace faultline::link {

// As what a host asks to join.
struct Applicant {
  std::string host;
  std::string role;  // as RoleList; empty: the token's where it has one only
  // What this host is: fills in the request's fields for people.
  std::function<void(faultline::v1::EnrolRequest*)> describe;
};

struct JoinAttempt {
  JoinStep step;            // when it failed: at what
  std::string fingerprint;  // of the authority, once it has proved itself
  absl::StatusOr<Identity> identity;
};

// `token`: or why there is none. Takes the joining key from the store and keeps nothing there.
// Blocks in calls and on the disk.
JoinAttempt TryToJoin(const absl::StatusOr<JoinToken>& token, const Applicant& applicant,
                      EnrolmentClient& client, IdentityStore& store);

}  // namespace faultline::link
