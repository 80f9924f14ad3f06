// Joining as a whole: authority, tokens and certificates behind plain calls, whoever makes them.
// The wire is collector/enrolment, people come by collector/operator.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "collector/pipeline/live_hosts.h"
#include "collector/security/attempt_limits.h"
#include "collector/security/authority.h"
#include "collector/security/join_token.h"
#include "collector/security/joining_tally.h"
#include "collector/security/registry.h"
#include "collector/security/standing.h"
#include "collector/security/verdict.h"
#include "common/clock.h"
#include "common/identity.h"
#include "common/mutex.h"

namespace faultline::security {

struct JoiningOptions {
  std::string directory;                             // of the authority and the registry
  Span certificate_life = Span::Seconds(48 * 3600);  // at least 1 s
  Span renew_expired = Span::Seconds(7 * 86'400);
};

// What a token is for. Names and roles as identity.h; 1 to 10,000 uses; 1 m to 365 d.
struct TokenSpec {
  StackId stack;
  std::vector<std::string> roles;  // of which a host has one or several; empty: any, or none
  bool replace = false;
  int64_t uses = 1;
  Span ttl = Span::Seconds(86'400);
};

// From outside, unchecked, as enrolment.proto has it.
struct EnrolDemand {
  std::string token;
  std::string certificate_request;
  std::string host;
  std::string instance_id;
  std::vector<std::string> addresses;
  std::string role;
};
struct RenewDemand {
  std::string certificate;
  std::string certificate_request;
  std::string signature;
};

struct Proof {
  std::string authority;  // DER
  std::string proof;
};
struct Granted {
  std::string certificate;  // DER
  std::string authority;    // DER
  Validity validity;
  HostIdentity identity;
};

struct CreatedToken {
  std::string text;  // the token itself: shown once, then nowhere any more
  StoredToken stored;
};
struct RevokedHost {
  HostId host;
  size_t certificates = 0;
  // Tokens that it joined with and that still let others in.
  std::vector<std::string> open_tokens;
  // Active tokens that it has not joined with, newest first: they let this name in again.
  std::vector<std::string> readmitting_tokens;
};

// For /metrics.
struct JoiningNumbers {
  Outcomes outcomes;
  uint64_t active_tokens = 0;
  WallTime authority_end;
  WallTime nearest_end;  // of the certificate of a connected host; {0} = none is
};

// Thread-safe. A call that changes something returns when the change is durable, so it may wait for
// the disk: not for threads that must not block. Logs a line for each host that joined, each change
// that an operator made, and (at most 20 a minute) each refusal.
class Joining {
 public:
  // Makes what is missing. `live`, `clock` must outlive it.
  static absl::StatusOr<std::unique_ptr<Joining>> Open(JoiningOptions options,
                                                       const pipeline::LiveHosts& live,
                                                       const Clock& clock);
  ~Joining();

  const Authority& authority() const { return *authority_; }
  Standing& standing() { return standing_; }

  // The three calls of hosts; `peer` is gRPC's. Errors are those of enrolment.proto, and
  // RESOURCE_EXHAUSTED and UNAVAILABLE, after which the host tries again later.
  absl::StatusOr<Proof> Prove(const std::string& token_id, const std::string& nonce,
                              const std::string& peer);
  absl::StatusOr<Granted> Enrol(const EnrolDemand& demand, const std::string& peer);
  absl::StatusOr<Granted> Renew(const RenewDemand& demand, const std::string& peer);

  // The calls of operators; `who` is for the log. InvalidArgument names the field.
  absl::StatusOr<CreatedToken> CreateToken(const TokenSpec& spec, const std::string& who);
  // A token that was made elsewhere. False: it is known already, and stays as it is.
  absl::StatusOr<bool> ImportToken(const JoinToken& token, const TokenSpec& spec,
                                   const std::string& source);
  absl::StatusOr<std::vector<StoredToken>> Tokens();
  absl::StatusOr<StoredToken> RevokeToken(const std::string& id, const std::string& who);
  // Without `env` it must be the only host of this name. NotFound when none holds a certificate.
  // First the host is cut off, then it is written down: Unavailable when that fails, and the host
  // is out until the collector starts again.
  absl::StatusOr<RevokedHost> RevokeHost(const std::string& stack, const std::string& env,
                                         const std::string& host, const std::string& who);

  // When the newest certificate that each host has got ends, of those that stand. These two never
  // wait for the disk.
  std::map<HostId, WallTime> CertificateEnds() const;
  JoiningNumbers Numbers() const;

  // Called when certificates of a host do not stand any more, after the fact, on the thread that
  // did it; `why` is for the host's log. Empty = nobody. Does not return while a call of the old
  // one is under way.
  using OnEnded = std::function<void(const HostId& host, const std::string& why)>;
  void set_on_ended(OnEnded listener);

 private:
  Joining(JoiningOptions options, std::unique_ptr<Authority> authority,
          std::unique_ptr<Registry> registry, const pipeline::LiveHosts& live, const Clock& clock);
  absl::Status Load();

  // In joining_calls.cc and joining_renew.cc.
  absl::StatusOr<Granted> EnrolLocked(const EnrolDemand& demand, const std::string& peer)
      FAULTLINE_REQUIRES(mutex_);
  absl::StatusOr<Granted> RenewLocked(const RenewDemand& demand, const std::string& peer)
      FAULTLINE_REQUIRES(mutex_);
  NameFacts FactsOf(const HostId& host, const StoredToken& token, const std::string& key_digest,
                    const std::vector<StoredCertificate>& held, const StoredCertificate** repeat)
      FAULTLINE_REQUIRES(mutex_);
  // What the authority says is filled in.
  absl::StatusOr<Granted> Issue(IssueRecord record, EVP_PKEY* key) FAULTLINE_REQUIRES(mutex_);
  bool IsRevoked(const StoredCertificate& certificate) const;
  Granted ToGranted(const StoredCertificate& certificate) const;
  absl::Status CheckLimits(const std::string& call, const std::string& peer)
      FAULTLINE_REQUIRES(mutex_);
  absl::Status Refuse(const std::string& call, const std::string& outcome, const std::string& peer,
                      const absl::Status& why, const std::string& of) FAULTLINE_REQUIRES(mutex_);
  absl::Status Failed(const std::string& call, const absl::Status& why) FAULTLINE_REQUIRES(mutex_);

  void Housekeeping() FAULTLINE_REQUIRES(mutex_);
  void EndUnrenewable(WallTime now) FAULTLINE_REQUIRES(mutex_);
  // Not under mutex_: ends streams.
  void TellEnded();
  bool MayLog() FAULTLINE_REQUIRES(mutex_);

  const JoiningOptions options_;
  const std::unique_ptr<Authority> authority_;
  const pipeline::LiveHosts& live_;
  const Clock& clock_;
  const MonoTime opened_;
  Standing standing_;
  JoiningTally tally_;

  // Held over the disk.
  Mutex mutex_;
  const std::unique_ptr<Registry> registry_ FAULTLINE_GUARDED_BY(mutex_);
  AttemptLimits limits_ FAULTLINE_GUARDED_BY(mutex_);
  std::vector<std::pair<HostId, std::string>> ended_ FAULTLINE_GUARDED_BY(mutex_);  // untold, why
  MonoTime forgot_ FAULTLINE_GUARDED_BY(mutex_);
  MonoTime log_window_ FAULTLINE_GUARDED_BY(mutex_);
  int logged_ FAULTLINE_GUARDED_BY(mutex_) = 0;

  Mutex listener_mutex_;
  OnEnded on_ended_ FAULTLINE_GUARDED_BY(listener_mutex_);
};

}  // namespace faultline::security
