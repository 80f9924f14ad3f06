#include "agent/link/join_attempt.h"

#include <utility>

namespace faultline::link {

JoinAttempt TryToJoin(const absl::StatusOr<JoinToken>& token, const Applicant& applicant,
                      EnrolmentClient& client, IdentityStore& store) {
  if (!token.ok()) return {JoinStep::kToken, "", token.status()};
  const absl::StatusOr<ProvenAuthority> authority = client.FindAuthority(*token);
  if (!authority.ok()) return {JoinStep::kProof, "", authority.status()};
  absl::StatusOr<HostKey> key = store.JoiningKey();
  if (!key.ok()) return {JoinStep::kDisk, authority->fingerprint, key.status()};
  faultline::v1::EnrolRequest request;
  applicant.describe(&request);
  request.set_host(applicant.host);
  request.set_role(applicant.role);
  return {JoinStep::kCollector, authority->fingerprint,
          client.Enrol(*authority, *token, *std::move(key), std::move(request))};
}

}  // namespace faultline::link
