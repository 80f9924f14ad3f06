// Joins, keeps the identity, renews it: for as long as the agent runs.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "agent/host/secret_file.h"
#include "agent/link/enrolment_client.h"
#include "agent/link/identity_store.h"
#include "agent/link/join_state.h"
#include "common/clock.h"
#include "common/tls/pem_files.h"

namespace faultline::link {

struct EnrollerOptions {
  EnrolmentTarget target;
  std::string host;  // the name to join under
  // The join token as it is now. Asked for at each attempt, as `describe` is, on the enroller's
  // thread; its error names file and fix.
  std::function<absl::StatusOr<host::Secret>()> token;
  // Differs when another token is there (host::SecretFileStamp).
  std::function<std::string()> token_stamp;
  // What this host is: fills in the request's fields for people.
  std::function<void(faultline::v1::EnrolRequest*)> describe;
  // While the collector is not there.
  Span min_backoff = Span::Millis(200);
  Span max_backoff = Span::Seconds(30);
  // After refusals, which a person has to mend. A new token is seen within `token_look`.
  Span min_refused = Span::Seconds(60);
  Span max_refused = Span::Seconds(600);
  Span token_look = Span::Seconds(5);
};

// Owns one thread, which blocks in calls and on the disk: a call at a time, minutes or days apart,
// needs no completion queue of its own (the synchronous calls have one inside and end at once when
// cancelled). Thread-safe; Stop (and the destructor) joins as soon as the call under way is
// cancelled.
class Enroller {
 public:
  // Called on the enroller's thread: post, and return at once.
  class Listener {
   public:
    virtual ~Listener() = default;
    // Credentials gives others than before.
    virtual void OnCredentials() = 0;
    // After every change.
    virtual void OnJoinState(const JoinState& state) = 0;
  };

  virtual ~Enroller() = default;
  // `clock` must outlive it. Does nothing until Start.
  static std::unique_ptr<Enroller> Make(EnrollerOptions options,
                                        std::unique_ptr<IdentityStore> store, const Clock& clock);

  // `listener` must live until Stop has returned.
  virtual void Start(Listener& listener) = 0;
  virtual void Stop() = 0;

  // For LinkOptions::credentials. Unavailable: not joined yet, or the certificate has run out and
  // is renewed first; the text says how that stands.
  virtual absl::StatusOr<tls::PemFiles> Credentials() = 0;

  // The collector refuses our certificate: asks for another one now, which shows whether it was
  // revoked. Heeded once in ten minutes.
  virtual void Doubt() = 0;

  // Tries again now if it is waiting.
  virtual void Wake() = 0;
};

}  // namespace faultline::link
