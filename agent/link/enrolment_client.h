// The calls of proto/faultline/v1/enrolment.proto, from the agent's side.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "agent/link/identity.h"
#include "agent/link/join_proof.h"
#include "common/clock.h"
#include "common/mutex.h"
#include "faultline/v1/enrolment.pb.h"
#include "grpcpp/client_context.h"

namespace faultline::link {

struct EnrolmentTarget {
  std::string address;                // host:port of the enrolment service
  std::string server_name;            // expected in the collector's certificate
  Span deadline = Span::Seconds(10);  // for each call
};

// An authority that proved itself with the token.
struct ProvenAuthority {
  std::string pem;
  std::string fingerprint;  // SHA-256
};

// Calls block for at most the deadline each; one thread calls them. The statuses carry the
// collector's own code and text, and besides:
//   Unavailable      not reached, or this host's clock is wrong: try again soon
//   Unauthenticated  GetAuthority: the proof is wrong, so nobody there knows the token
//   InvalidArgument  an answer that cannot be believed
// What GetAuthority is refused with may be anybody's word, and its text says so.
class EnrolmentClient {
 public:
  // `clock` must outlive it.
  EnrolmentClient(EnrolmentTarget target, const Clock& clock);

  // On a channel that trusts nobody; of the token only its ID is sent.
  absl::StatusOr<ProvenAuthority> FindAuthority(const JoinToken& token);

  // On a channel that trusts this authority alone. `request` holds what the host is; token and
  // certificate request are filled in.
  absl::StatusOr<Identity> Enrol(const ProvenAuthority& authority, const JoinToken& token,
                                 HostKey key, faultline::v1::EnrolRequest request);

  // On a channel that trusts the authorities of `present`, which may have run out.
  absl::StatusOr<Identity> Renew(const Identity& present, HostKey key);

  // Thread-safe. The call under way ends at once with Cancelled, and so does every later one.
  void Cancel();

 private:
  // `who`: before what the other side says, when it is not known to be the collector.
  absl::Status Call(const std::function<grpc::Status(grpc::ClientContext*)>& call,
                    const char* who = "");

  const EnrolmentTarget target_;
  const Clock& clock_;
  Mutex mutex_;
  bool cancelled_ FAULTLINE_GUARDED_BY(mutex_) = false;
  grpc::ClientContext* under_way_ FAULTLINE_GUARDED_BY(mutex_) = nullptr;
};

// Whether trying again may help (the collector is not there yet, or asks to come later), as against
// what a person has to mend.
bool IsPassing(const absl::Status& status);

}  // namespace faultline::link
