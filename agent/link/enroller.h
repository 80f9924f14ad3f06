// Joins, keeps the identity, renews it: for as long as the agent runs.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "agent/link/enrolment_client.h"
#include "agent/link/identity_store.h"
#include "agent/link/join_attempt.h"
#include "agent/link/join_state.h"
#include "common/clock.h"
#include "common/tls/pem_files.h"

namespace faultline::link {

struct EnrollerOptions {
  EnrolmentTarget target;
  // Its `describe` is called at each attempt, on the enroller's thread.
  Applicant applicant;
  std::string token_file;
  // While the collector is not there.
  Span min_backoff = Span::Millis(200);
  Span max_backoff = Span::Seconds(30);
  // After refusals, which a person has to mend. A new token is seen within `token_look`.
  Span min_refused = Span::Seconds(60);
  Span max_refused = Span::Seconds(600);
  Span token_look = Span::Seconds(2);
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

  // For LinkOptions::credentials; no leaf. Those on disk, or newer ones when these have run out.
  // Unavailable: not joined yet, or the certificate has run out and is renewed first; the text says
  // how that stands.
  virtual absl::StatusOr<tls::PemFiles> Credentials() = 0;

  // The collector refuses our certificate: asks for another one now, which shows whether it was
  // revoked. Then not heeded for ten minutes, or for one after this host has joined anew, unless
  // Trust comes between.
  virtual void Doubt() = 0;

  // The collector took our certificate: the next doubt is a new one.
  virtual void Trust() = 0;

  // Tries again now if it is waiting.
  virtual void Wake() = 0;
};

}  // namespace faultline::link
