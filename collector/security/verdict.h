// Who gets a certificate. PURE: what is known and the time in, a verdict with its reason out.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "common/clock.h"
#include "common/identity.h"

namespace faultline::security {

enum class Verdict {
  kIssue,
  kRepeat,    // the same again: the answer before was lost
  kTakeOver,  // issue, and revoke what holds the name
  kNoSuchToken,
  kWrongToken,
  kTokenExpired,
  kTokenRevoked,
  kTokenUsedUp,
  kHostRevoked,   // this host was revoked after it joined with this token
  kNameLive,      // its holder is connected
  kNameSettling,  // its holder joined or was heard moments ago and may be about to connect
  kNameTaken,     // its holder is silent, and the token may not replace
  kUnknownCertificate,
  kWrongSignature,
  kCertificateRevoked,
  kCertificateOutdated,  // a newer one of the host is in use
  kCertificateTooOld,    // ran out too long ago
};

// "token_used_up"; for /metrics and logs.
std::string_view NameOf(Verdict verdict);
// A certificate is given.
bool Grants(Verdict verdict);

struct Decision {
  Verdict verdict = Verdict::kIssue;
  std::string text;  // for the host's log: what is wrong, what to do; empty when it Grants

  // As the wire's specification (enrolment.proto) has it.
  absl::Status ToStatus() const;
};

struct TokenFacts {
  bool known = false;
  bool right = false;  // the secret is the token's
  WallTime expires_at;
  WallTime revoked_at;  // {0} = not
  uint32_t uses = 0;
  uint32_t used = 0;
  bool replace = false;
  bool holder = false;  // a host joined with it and still has the certificate; of DecideProof only
};

// Of a call for the proof alone. A used-up token still gets it, and an expired one that has a
// holder: the host whose last answer was lost must find the authority again, and the token lets
// nobody else in.
Decision DecideProof(const TokenFacts& token, WallTime now);

struct NameFacts {
  HostId host;
  // The token gave this very host and key a certificate that still stands.
  bool repeat = false;
  // A certificate of this name that this token gave was revoked by an operator.
  bool revoked_since = false;
  // Another key holds a certificate of this name that stands, and it is connected or could still
  // renew it.
  bool taken = false;
  std::string holder;        // "i-0abc at 10.0.1.5", for people; may be empty
  bool live = false;         // its stream is connected
  WallTime holder_since;     // its newest join
  WallTime heard;            // the last time that it was connected, {0} = never
  bool powered_off = false;  // it said that its machine is being switched off, and is gone
  // The collector has only just started: for so long hosts may not have come back yet. {0} = not.
  Span starting_for;
};

// Who joined or was heard so recently counts as live, and everybody in the collector's first time.
inline constexpr Span kSettling = Span::Seconds(60);

Decision DecideEnrol(const TokenFacts& token, const NameFacts& name, WallTime now);

struct RenewalFacts {
  bool known = false;  // byte for byte one of ours
  bool signed_right = false;
  bool revoked = false;
  std::string revoked_why;
  bool newer_in_use = false;  // the host has shown one that was given later
  WallTime not_after;
};

// `renew_expired`: how long after its end a certificate can still be renewed.
Decision DecideRenewal(const RenewalFacts& facts, Span renew_expired, WallTime now);

}  // namespace faultline::security
