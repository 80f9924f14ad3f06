// PURE: who this host is and can prove: key, certificate, authorities, as one text.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "agent/host/secret_file.h"
#include "agent/link/host_certificate.h"
#include "agent/link/host_key.h"
#include "common/clock.h"
#include "common/identity.h"
#include "faultline/v1/enrolment.pb.h"

namespace faultline::link {

struct Identity {
  HostKey key;
  std::string chain;        // PEM, the host's certificate first
  std::string authorities;  // PEM
  HostIdentity who;
  Life life;
  std::string leaf;  // DER of the host's certificate

  std::string Uri() const { return IdentityUri(who); }
};

// From what the collector answered, for the key that was asked for. `proven`: the authority that
// must have signed it (PEM, DER is made of it); empty: one of those in the answer, which then came
// over a channel that is trusted. Errors as CheckHostCertificate.
absl::StatusOr<Identity> IdentityFromAnswer(const faultline::v1::Certificate& answer, HostKey key,
                                            const std::string& host, std::string_view proven,
                                            WallTime now);

// All of it in PEM form with words for people between; a secret. ParseIdentity reads it again and
// checks everything but the dates: one that has run out can still be renewed. InvalidArgument says
// what is wrong.
host::Secret FormatIdentity(const Identity& identity);
absl::StatusOr<Identity> ParseIdentity(std::string_view text);

}  // namespace faultline::link
